"""Who is close to the next tier, and who reached it and needs the card."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Brand, Store
from addons.tiers import queries, services
from addons.tiers.models import TierChange
from core import clock, settings
from core.periods import local_day
from core.policy.live import live_program
from core.web.roles import NOBODY
from core.web.views import GuibinPage, expose, has_access

_MOST_WAITING = 200
_RUNNING = select(Brand.id).where(Brand.has_programme)
#: Who reached a tier and needs the card: nobody of a brand whose programme is off (MEM-19).
WAITS = (
    TierChange.converted_at.is_(None),
    TierChange.withdrawn_at.is_(None),
    TierChange.store_id.in_(select(Store.id).where(Store.brand_id.in_(_RUNNING))),
)
_WAITING = select(TierChange).where(*WAITS).order_by(TierChange.conversion_due, TierChange.id).limit(_MOST_WAITING)


class NearUpgradePage(GuibinPage):
    """Who is close to the next tier, and who reached it and only needs the card: to be called today (TIER-09)."""

    route_base = "/near-upgrades"
    default_view = "list"
    write_roles = NOBODY

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the members of the person's stores who miss little, with the last day it is enough."""
        session = self.appbuilder.session
        day = local_day(clock.now())
        within = settings.value(session, "tiers.near_upgrade_within")
        found = [
            near
            for brand in session.scalars(select(Brand).where(Brand.has_programme).order_by(Brand.id))
            for near in _near(session, brand, day, within)
        ]
        return self.render_template(
            "tiers/near.html",
            title=gettext("Close to an upgrade"),
            rows=found,
            within=within,
            waiting=session.scalars(_WAITING).all(),
        )


def _near(session: Session, brand: Brand, day: Any, within: int) -> list[queries.NearUpgrade]:
    program = live_program(session, brand.code, clock.now()).program
    return services.near_upgrade(session, day, within, program, brand_id=brand.id)
