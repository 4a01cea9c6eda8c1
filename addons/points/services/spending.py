"""Points go: spent on a gift or a service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from addons.points.services.posting import Movement, Written, write
from addons.points.services.taking import lock_to_take, taken_from
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
    """Spend available points, those that expire first before the others; the family's where one's own do not reach.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints if fewer are there, MonthIsClosed.
    """
    movement = Movement(
        member_id, store_id, 0, "spend", "available", "redeemed", points, local_day(now), now, reason=reason, ref=ref
    )
    hand = lock_to_take(session, movement)
    return write(session, taken_from(session, movement, hand).movements, hand.held)
