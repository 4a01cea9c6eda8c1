"""Screens of the points ledger, of visits and of referrals; value moves through postings alone."""

from __future__ import annotations

from addons.points.views.books import PointsCloseView, TrialPage
from addons.points.views.counter import ExchangeView, TransferFormView, VisitView
from addons.points.views.expiring import ExpiringPage
from addons.points.views.held import HoldView, TransferView
from addons.points.views.ledger import AccountView, EntryView, LotView, ReferralView
from addons.points.views.requests import AdjustmentView, ReasonCodeView, ReviewView
from addons.points.views.waiting import waiting_tiles
from core.web.menu import Entry
from core.web.roles import CARING, EVERYBODY, HQ, OFFICE

TILES = (waiting_tiles,)

VIEWS = (
    Entry(AccountView, name="Points balances", category="Members", icon="fa-coins", order=40, reads=EVERYBODY),
    Entry(
        EntryView, name="Points ledger", category="Members", icon="fa-book", order=41, reads=EVERYBODY, listed=CARING
    ),
    Entry(
        LotView,
        name="Lots of points",
        category="Members",
        icon="fa-layer-group",
        order=42,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        ReferralView,
        name="Referrals",
        category="Members",
        icon="fa-user-plus",
        order=43,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        ExpiringPage,
        name="Points that expire",
        category="Members",
        icon="fa-hourglass-half",
        order=44,
        reads=EVERYBODY,
        listed=CARING,
    ),
    Entry(
        HoldView,
        name="Points held at tills",
        category="Members",
        icon="fa-lock",
        order=45,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(
        TransferView,
        name="Points within families",
        category="Members",
        icon="fa-people-roof",
        order=46,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(
        AdjustmentView,
        name="Points corrections",
        category="Members",
        icon="fa-pen-to-square",
        order=47,
        reads=EVERYBODY,
        writes=HQ,
        listed=OFFICE,
    ),
    Entry(
        ReviewView,
        name="Points to be decided",
        category="Members",
        icon="fa-scale-unbalanced",
        order=48,
        reads=EVERYBODY,
        writes=HQ,
        listed=OFFICE,
    ),
    Entry(VisitView, name="Visits", category="Today", icon="fa-door-open", order=40, reads=EVERYBODY),
    Entry(ExchangeView, name="Exchange points", category="Today", icon="fa-right-left", order=41),
    Entry(TransferFormView, name="Give points within the family", category="Today", icon="fa-people-arrows", order=42),
    Entry(TrialPage, name="Trial balance of points", category="Reports", icon="fa-scale-balanced", order=40),
    Entry(PointsCloseView, name="Closing of points", category="Reports", icon="fa-calendar-check", order=41),
    Entry(
        ReasonCodeView, name="Reasons for corrections", category="Settings", icon="fa-list-check", order=60, reads=HQ
    ),
)
