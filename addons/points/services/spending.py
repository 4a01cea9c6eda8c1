"""Points go: spent on a gift or a service, what expires first is used first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from addons.points import domain, queries
from addons.points.services.posting import Held, Movement, Written, lock, write
from addons.points.services.refusals import InsufficientPoints
from core.db.scope import require_store
from core.errors import Invalid
from core.periods import local_day


def spend(
    session: Session,
    *,
    member_id: int,
    points: int,
    store_id: int,
    reason: str,
    ref: str = "",
    now: datetime,
) -> list[Written]:
    """Spend available points, those that expire first before the others.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints if fewer are there, MonthIsClosed.
    """
    movement = Movement(
        member_id, store_id, 0, "spend", "available", "redeemed", points, local_day(now), now, reason=reason, ref=ref
    )
    held = lock_to_take(session, movement)
    lots = [(lot.id, lot.remaining) for lot in queries.open_lots(session, member_id)]
    return write(session, taken(movement, lots), held)


def lock_to_take(session: Session, movement: Movement) -> dict[int, Held]:
    """Lock the account from which points are to be taken.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints where the account has fewer.
    """
    require_store(movement.store_id, write=True)
    if movement.points < 1:
        raise Invalid(field="points", problem="at least one point")
    held = lock(session, [movement.member_id])
    balance = held[movement.member_id].balance
    if balance < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=balance)
    return held


def taken(movement: Movement, lots: Sequence[tuple[int, int]]) -> list[Movement]:
    """Divide a movement among lots, (lot, what remains), in their order.

    Refuses with InsufficientPoints where they do not hold enough.
    """
    takes = domain.in_order(lots, movement.points)
    there = sum(take.points for take in takes)
    if there < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=there)
    return [movement._replace(lot_id=take.lot_id, points=take.points) for take in takes]
