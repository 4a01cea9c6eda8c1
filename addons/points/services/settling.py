"""Debts are paid at once: nobody has points that can be spent beside a debt.

What was spent before it was taken back is a lot of its own, below nothing. Whatever the member has pays it, in the
order in which it would have been spent, so the lots end as if the points had never been there; what she has not got
yet is paid by the next points that come. Each payment is two entries: the debt is filled, the paying lot gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from addons.points import domain, queries
from addons.points.services.posting import Held, Movement, after, write


def settle(session: Session, held: Mapping[int, Held], causes: Mapping[int, Movement]) -> dict[int, Held]:
    """Pay what members owe from what they have, in the store and on the day of what led to it; return their accounts.

    The accounts are locked already.
    """
    movements: list[Movement] = []
    for member_id in sorted(held):
        lots = queries.lots_left(session, member_id)
        debts = [(lot.id, -lot.remaining) for lot in lots if lot.remaining < 0]
        paid = domain.settled(debts, [(lot.id, lot.remaining) for lot in lots if lot.remaining > 0])
        movements += _payments(member_id, paid, causes[member_id])
    write(session, movements, held)
    return after(movements, held)


def _payments(member_id: int, paid: Sequence[tuple[int, int, int]], cause: Movement) -> Iterator[Movement]:
    for debt_id, lot_id, points in paid:
        filled = Movement(
            member_id,
            cause.store_id,
            debt_id,
            "settle",
            "settled",
            "available",
            points,
            cause.day,
            cause.now,
            cause.receipt_id,
        )
        yield filled
        yield filled._replace(lot_id=lot_id, from_state="available", to_state="settled")
