"""Screens of the tiers: who is close, who climbed, cards to convert, notices, grants by two persons, reviews."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.tiers.models import TierChange
from addons.tiers.views.credit import CreditBalancePage, CreditView
from addons.tiers.views.grants import GrantView
from addons.tiers.views.near import WAITS, NearUpgradePage
from addons.tiers.views.notices import NoticeView, under_notice
from addons.tiers.views.reviews import ReviewsPage
from addons.tiers.views.steps import TierChangeView
from core.web.menu import Entry
from core.web.roles import CARING, EVERYBODY, HQ, OFFICE

__all__ = ["TILES", "VIEWS"]


def _tiles(session: Session) -> list[dict[str, Any]]:
    """Return how many cards wait to be converted, for those who may do it, and who is under notice if anybody is."""
    tiles = [
        {
            "title": gettext("Cards to convert"),
            "value": session.scalar(select(func.count(TierChange.id)).where(*WAITS)) or 0,
            "link": "/near-upgrades/",
            "waits": ("convert", "TierChangeView"),
        }
    ]
    noticed = under_notice(session)
    if noticed:
        link = "/noticeview/list/?_flt_0_state=open"
        tiles.append(
            {
                "title": gettext("Members under notice"),
                "value": noticed,
                "link": link,
                "waits": ("can_list", "NoticeView"),
            }
        )
    return tiles


TILES = (_tiles,)

VIEWS = (
    Entry(NearUpgradePage, name="Close to an upgrade", category="Today", icon="fa-stairs", order=30, reads=EVERYBODY),
    Entry(TierChangeView, name="Upgrades", category="Today", icon="fa-ranking-star", order=31, reads=EVERYBODY),
    Entry(
        NoticeView,
        name="Under notice",
        category="Today",
        icon="fa-hourglass-half",
        order=32,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        CreditView,
        name="Tier credit",
        category="Members",
        icon="fa-chart-line",
        order=50,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        GrantView,
        name="Tier grants",
        category="Members",
        icon="fa-gem",
        order=51,
        reads=EVERYBODY,
        writes=HQ,
        listed=CARING,
    ),
    Entry(
        CreditBalancePage,
        name="Tier credit by store",
        category="Reports",
        icon="fa-scale-balanced",
        order=70,
        reads=OFFICE,
    ),
    Entry(
        ReviewsPage, name="Tier reviews", category="Members", icon="fa-stairs", order=52, reads=HQ, writes=HQ, listed=HQ
    ),
)
