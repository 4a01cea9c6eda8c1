"""A till holds points for a while: nobody else can spend them, and they are free again when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Hold, HoldPart
from addons.points.queries import HeldPart
from addons.points.services.freeing import (
    back_to_givers,
    end_hold,
    free,
    free_overdue,
    freed,
    lock_with_givers,
    pay_debts,
)
from addons.points.services.posting import Movement, write
from addons.points.services.refusals import HoldIsOver
from addons.points.services.taking import lock_to_take, taken_from
from core import settings
from core.db.scope import require_store
from core.db.statement import Statement, write_rows
from core.errors import Invalid, NotFound
from core.periods import local_day

_H, _P = Hold.__table__, HoldPart.__table__
_KEEP = Statement(_H.insert().returning(_H.c.id))


class Kept(NamedTuple):
    """Points that are held: under which number, until when, and what can be spent beside them."""

    hold_id: int
    points: int
    until: datetime
    balance: int


class SpentHeld(NamedTuple):
    """Points spent from a hold, what of it was freed, and what can be spent now."""

    spent: int
    freed: int
    balance: int


def hold(
    session: Session, *, member_id: int, points: int, store_id: int, by: str, now: datetime, ref: str = ""
) -> Kept:
    """Hold points for a till, those that expire first before the others, for the minutes the setting says.

    Where one's own do not reach, the family's are drawn; what is not spent of these goes back to whose they were.
    Refuses with OutOfScope, Invalid for no points, InsufficientPoints if fewer can be spent, MonthIsClosed.
    """
    movement = Movement(member_id, store_id, 0, "hold", "available", "reserved", points, local_day(now), now, ref=ref)
    hand = lock_to_take(session, movement)
    drawn, parts = taken_from(session, movement, hand)
    until = now + timedelta(minutes=settings.value(session, "points.hold_minutes"))
    row = {
        "member_id": member_id,
        "store_id": store_id,
        "points": points,
        "spent": 0,
        "state": "held",
        "until": until,
        "by": by,
        "ref": ref,
        "at": now,
    }
    hold_id: int = _KEEP.scalar(session, **row)
    write_rows(session, _P, [{"hold_id": hold_id, "lot_id": part.lot_id, "points": part.points} for part in parts])
    written = write(session, [*drawn, *(part._replace(ref=f"hold:{hold_id}") for part in parts)], hand.held)
    return Kept(hold_id, points, until, written[-1].balance_after)


def release(session: Session, *, hold_id: int, now: datetime) -> int:
    """Free what is held; return what the member can spend now.

    Refuses with NotFound, OutOfScope, HoldIsOver, MonthIsClosed.
    """
    parts = _open_parts(session, hold_id)
    held = lock_with_givers(session, [parts[0].member_id])
    if not _still(session, hold_id):
        raise HoldIsOver(hold=hold_id)
    return free(session, parts, held, "released", now)[parts[0].member_id].balance


def spend_held(
    session: Session, *, hold_id: int, points: int | None = None, reason: str, ref: str = "", now: datetime
) -> SpentHeld:
    """Spend what is held, all of it or so many points of it; what is left over is free again.

    Refuses with NotFound, OutOfScope, Invalid for no points or more than are held, HoldIsOver, also where its time is
    over though nobody has freed it yet, MonthIsClosed.
    """
    parts = _open_parts(session, hold_id)
    member_id, there = parts[0].member_id, sum(part.points for part in parts)
    wanted = there if points is None else points
    if not 1 <= wanted <= there:
        raise Invalid(field="points", problem="at least one, and not more than are held")
    held = lock_with_givers(session, [member_id])
    if _until(session, hold_id) <= now or not end_hold(session, hold_id, "spent", wanted, now):
        raise HoldIsOver(hold=hold_id)
    movements = _used(parts, wanted, reason, ref or f"hold:{hold_id}", now)
    movements += back_to_givers(session, [m for m in movements if m.change > 0], held)
    write(session, movements, held)
    account = pay_debts(session, movements, held)[member_id]
    return SpentHeld(wanted, there - wanted, account.balance)


def _used(parts: Sequence[HeldPart], wanted: int, reason: str, ref: str, now: datetime) -> list[Movement]:
    movements = []
    for part in parts:
        spent = min(part.points, wanted)
        wanted -= spent
        back = freed(part, part.points - spent, now)
        if spent:
            gone = back._replace(kind="spend", to_state="redeemed", points=spent, reason=reason, ref=ref)
            movements.append(gone)
        if back.points:
            movements.append(back)
    return movements


def release_overdue(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Free what tills held too long; return of how many members, at most `limit`.

    Runs for the whole programme. Refuses with MonthIsClosed.
    """
    owners = queries.overdue_owners(session, now, limit)
    free_overdue(session, lock_with_givers(session, owners), now, set(owners))
    return len(set(owners))


def _open_parts(session: Session, hold_id: int) -> list[HeldPart]:
    hold_ = session.get(Hold, hold_id, populate_existing=True)
    if hold_ is None:
        raise NotFound(what="hold", which=str(hold_id))
    require_store(hold_.store_id, write=True)
    parts = queries.hold_parts(session, hold_id)
    if not parts:
        raise HoldIsOver(hold=hold_id)
    return parts


def _still(session: Session, hold_id: int) -> bool:
    return bool(queries.hold_parts(session, hold_id))


def _until(session: Session, hold_id: int) -> datetime:
    return session.get_one(Hold, hold_id).until
