"""Who is close to the next tier, and who reached it and needs the card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Brand, Store
from addons.stores.queries import currencies
from addons.tiers import queries, services
from addons.tiers.models import TierChange
from addons.tiers.views.words import measured
from core import clock, settings
from core.periods import local_day
from core.policy.live import live_program
from core.web import formats
from core.web.lists.page import ListPage
from core.web.roles import NOBODY

MOST_NEAR, _MOST_WAITING = 5000, 200  # of a brand; in all
_RUNNING = select(Brand.id).where(Brand.has_programme)
#: Who reached a tier and needs the card: nobody of a brand whose programme is off (MEM-19).
WAITS = (
    TierChange.converted_at.is_(None),
    TierChange.withdrawn_at.is_(None),
    TierChange.store_id.in_(select(Store.id).where(Store.brand_id.in_(_RUNNING))),
)
#: One more than is shown, so that it is known whether there are more.
_WAITING = select(TierChange).where(*WAITS).order_by(TierChange.conversion_due, TierChange.id).limit(_MOST_WAITING + 1)


class NearUpgradePage(ListPage):
    """Who is close to the next tier, and who reached it and only needs the card: to be called today (TIER-09)."""

    route_base = "/near-upgrades"
    write_roles = NOBODY
    list_template = "tiers/near.html"
    list_title = _("Close to an upgrade")
    empty_text = _("Nobody is close to the next tier today.")
    record_kind = "member"
    list_columns = ("member", "tier", "to", "lacks", "last_day", "days_left", "has")
    more_columns = ("number",)
    search_columns = ("member", "number", "tier", "to", "last_day", "days_left")
    order_columns = ("member", "has", "lacks", "last_day", "days_left")
    amounts_in = staticmethod(currencies)
    label_columns = {
        "member": _("Member"),
        "number": _("Member number"),
        "tier": _("Tier"),
        "to": _("Next tier"),
        "has": _("Reached"),
        "lacks": _("Missing"),
        "last_day": _("Last day"),
        "days_left": _("Days left"),
    }
    formatters_columns = {
        "tier": formats.tier_chip,
        "to": formats.tier_chip,
        "has": measured,
        "lacks": measured,
        "last_day": formats.day,
        "days_left": formats.points,
    }

    def rows(self) -> Sequence[queries.NearUpgrade]:
        """Return the members of the person's stores who miss little, with the last day it is enough."""
        return [near for found in self._by_brand() for near in found[:MOST_NEAR]]

    def _by_brand(self) -> Sequence[Sequence[queries.NearUpgrade]]:
        """Return those of each brand, one more than are listed at most; worked out once a request."""
        if "near_upgrades" not in g:
            session, day = self.appbuilder.session, local_day(clock.now())
            brands = session.scalars(select(Brand).where(Brand.has_programme).order_by(Brand.id))
            g.near_upgrades = [_near(session, brand, day, self._within()) for brand in brands]
        found: Sequence[Sequence[queries.NearUpgrade]] = g.near_upgrades
        return found

    def key_of(self, row: queries.NearUpgrade) -> str:
        """Return the member."""
        return str(row.member_id)

    def around(self) -> dict[str, Any]:
        """Say how much may be missing, whose card waits, and where there are more than are shown."""
        waiting = self.appbuilder.session.scalars(_WAITING).all()
        return {
            "within": self._within(),
            "most": MOST_NEAR,
            "more": any(len(found) > MOST_NEAR for found in self._by_brand()),
            "waiting": waiting[:_MOST_WAITING],
            "most_waiting": _MOST_WAITING if len(waiting) > _MOST_WAITING else 0,
        }

    def _within(self) -> int:
        return int(settings.value(self.appbuilder.session, "tiers.near_upgrade_within"))


def _near(session: Session, brand: Brand, day: Any, within: int) -> list[queries.NearUpgrade]:
    program = live_program(session, brand.code, clock.now()).program
    return services.near_upgrade(session, day, within, program, brand_id=brand.id, limit=MOST_NEAR + 1)
