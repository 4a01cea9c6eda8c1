"""What is taken from a member beyond what she has: a lot below nothing, down to the lowest balance (C21)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.domain import in_order
from addons.points.services.earning import new_lot
from addons.points.services.posting import Held, Movement, insert_lots
from addons.points.services.refusals import BalanceTooLow
from core import settings


def debt(movement: Movement, origin_id: int | None) -> dict[str, Any]:
    """Return the row of the lot that a movement out of nothing fills, still empty."""
    return new_lot(
        member_id=movement.member_id,
        store_id=movement.store_id,
        source="debt",
        earned_on=movement.day,
        points=-movement.points,
        receipt_id=movement.receipt_id,
        origin_id=origin_id,
        rule=movement.rule,
    )


def room(session: Session, held: Held) -> int:
    """Return how far a locked account may fall."""
    lowest: int = settings.value(session, "points.lowest_balance")
    return max(0, held.balance - lowest)


def taken_or_owed(session: Session, movement: Movement, held: Held) -> Sequence[Movement]:
    """Divide a movement among what can be spent, in its order, and a debt for the rest.

    Refuses with BalanceTooLow.
    """
    if movement.points > room(session, held):
        raise BalanceTooLow(points=movement.points, lowest=settings.value(session, "points.lowest_balance"))
    lots = [(lot.id, lot.remaining) for lot in queries.open_lots(session, movement.member_id)]
    takes = in_order(lots, movement.points)
    parts = [movement._replace(lot_id=take.lot_id, points=take.points) for take in takes]
    missing = movement.points - sum(take.points for take in takes)
    if missing:
        owed = movement._replace(points=missing)
        [lot_id] = insert_lots(session, [debt(owed, None)])
        parts.append(owed._replace(lot_id=lot_id))
    return parts
