"""Points for coming by (C22)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from addons.points.models import Visit
from addons.points.services.earning import Earning, earn_many
from addons.points.services.limits import decide_counted
from addons.points.services.occasions import about, codes_of, found_member
from addons.points.services.posting import lock
from addons.stores.queries import place as place_of
from core.db.scope import require_store
from core.db.statement import Statement
from core.errors import Invalid
from core.periods import local
from core.policy.limits import Where
from rules.decide import Program
from rules.event import Event
from rules.given import points_given

_V = Visit.__table__
_KEEP = Statement(_V.insert().returning(_V.c.id))


class Visited(NamedTuple):
    """A confirmed visit: the points it gave (0 beyond the caps) and the balance after.

    `not_given` is what it would have given beside them, had the budgets of the rules not been used up.
    """

    visit_id: int
    points: int
    balance: int
    not_given: int = 0


def record_visit(
    session: Session,
    *,
    member_id: int,
    store_id: int,
    invited: bool,
    confirmed_by: str,
    now: datetime,
    program: Program,
    digest: str = "",
) -> Visited:
    """Keep a visit that staff confirmed and give what the rules give for it: nothing beyond their caps.

    `digest` names the rule book: by it settlement knows who bears the points; without it headquarters do.
    Refuses with OutOfScope, NotFound for no such member, Invalid where nobody confirms it, MonthIsClosed.
    """
    require_store(store_id, write=True)
    if not confirmed_by.strip():
        raise Invalid(field="confirmed_by", problem="a visit needs the name of who confirms it")
    found_member(session, member_id)
    place = place_of(session, store_id)
    at = local(now, ZoneInfo(place.timezone))
    held = lock(session, [member_id])  # two visits at once are counted one after the other
    member = found_member(session, member_id)  # again: her file may have become a part of another one before
    facts = about(member) | {"visit.invited": invited, "visit.confirmed": True}
    where = Where(place.brand_id, store_id, member_id, at.date())
    decision, not_given = decide_counted(session, program, Event("visit", at, codes_of(place), facts), where)
    gifts = points_given("", decision)
    points = sum(gifts.values())
    row = {
        "member_id": member_id,
        "store_id": store_id,
        "day": at.date(),
        "invited": invited,
        "confirmed_by": confirmed_by.strip(),
        "points": points,
        "not_given": not_given,
        "rule": next(iter(gifts), ""),
        "at": now,
    }
    visit_id: int = _KEEP.scalar(session, **row)
    event = ("visit", visit_id)
    earnings = [
        Earning(member_id, store_id, None, points, 0, at.date(), now, rule, "visit", digest=digest, event=event)
        for rule, points in gifts.items()
    ]
    balance = earn_many(session, earnings).get(member_id, held[member_id].balance)
    return Visited(visit_id, points, balance, not_given)
