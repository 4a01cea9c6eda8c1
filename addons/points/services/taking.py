"""Taking points: the account is locked, and what expires first goes first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from addons.points import domain, queries
from addons.points.services.freeing import free_overdue
from addons.points.services.posting import Held, Movement, lock_there
from addons.points.services.refusals import InsufficientPoints
from core.db.scope import require_store
from core.errors import Invalid


def lock_to_take(session: Session, movement: Movement) -> dict[int, Held]:
    """Lock the account from which points are to be taken; what a till held too long can be taken too.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints where the account has fewer.
    """
    require_store(movement.store_id, write=True)
    if movement.points < 1:
        raise Invalid(field="points", problem="at least one point")
    held = lock_there(session, [movement.member_id])
    if held[movement.member_id].balance < movement.points:
        held = free_overdue(session, held, movement.now)
    balance = held[movement.member_id].balance
    if balance < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=balance)
    return held


def taken_in_order(session: Session, movement: Movement) -> list[Movement]:
    """Divide a movement among the lots that can be spent, in the order in which they are.

    Refuses with InsufficientPoints.
    """
    return taken(movement, [(lot.id, lot.remaining) for lot in queries.open_lots(session, movement.member_id)])


def taken(movement: Movement, lots: Sequence[tuple[int, int]]) -> list[Movement]:
    """Divide a movement among lots, (lot, what remains), in their order.

    Refuses with InsufficientPoints where they do not hold enough.
    """
    takes = domain.in_order(lots, movement.points)
    there = sum(take.points for take in takes)
    if there < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=there)
    return [movement._replace(lot_id=take.lot_id, points=take.points) for take in takes]
