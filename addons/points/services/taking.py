"""Taking points: the accounts are locked, and what expires first goes first.

One's own go before those of the family, where a family spends together (`pooling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.membership.services import take_turns
from addons.points import domain, queries
from addons.points.services.freeing import free_overdue, lock_with_givers
from addons.points.services.pooling import draw
from addons.points.services.posting import Held, Movement
from addons.points.services.refusals import InsufficientPoints
from core.db.scope import require_store
from core.errors import Invalid


class Hand(NamedTuple):
    """The locked accounts, and whose points of the family may be taken beside the member's own."""

    held: dict[int, Held]
    others: Sequence[int] = ()

    def there(self, member_id: int) -> int:
        """Return what the member can spend; the points of others do not pay what she owes."""
        own = self.held[member_id].balance
        return own if own < 0 else own + sum(max(0, self.held[other].balance) for other in self.others)


class Taken(NamedTuple):
    """The entries that take points from lots, after those that draw some of them from the family."""

    drawn: list[Movement]
    parts: list[Movement]

    @property
    def movements(self) -> list[Movement]:
        """Return all of them in their order."""
        return [*self.drawn, *self.parts]


def lock_family(session: Session, member_id: int) -> Hand:
    """Lock the account of a member and of those with whom she spends, all of them in one order.

    Their turns before: whoever leaves the family, or takes back what she agreed to, did so before or does so after.
    """
    family = [member_id, *queries.pool_of(session, member_id)]
    if len(family) > 1:
        take_turns(session, sorted(family))
    held = lock_with_givers(session, family)
    return Hand(held, _still_others(session, member_id, held) if len(held) > 1 else ())


def _still_others(session: Session, member_id: int, held: dict[int, Held]) -> list[int]:
    """Look again behind the locks: somebody may have left the family before they were taken."""
    return [other for other in queries.pool_of(session, member_id) if other in held]


def lock_to_take(session: Session, movement: Movement) -> Hand:
    """Lock the accounts from which points are to be taken; what a till held too long can be taken too.

    Refuses with OutOfScope, Invalid for no points, InsufficientPoints where the account, with those of the family, has
    fewer.
    """
    require_store(movement.store_id, write=True)
    if movement.points < 1:
        raise Invalid(field="points", problem="at least one point")
    hand = lock_family(session, movement.member_id)
    if hand.held[movement.member_id].balance < movement.points:
        owners = [movement.member_id, *hand.others]
        hand = hand._replace(held=free_overdue(session, hand.held, movement.now, owners))
    there = hand.there(movement.member_id)
    if there < movement.points:
        raise InsufficientPoints(wanted=movement.points, balance=there)
    return hand


def taken_from(session: Session, movement: Movement, hand: Hand) -> Taken:
    """Divide a movement among what the member can spend, and draw from the family what is missing then.

    Refuses with InsufficientPoints.
    """
    own = [(lot.id, lot.remaining) for lot in queries.open_lots(session, movement.member_id)]
    missing = movement.points - sum(remaining for _, remaining in own)
    if missing <= 0 or not hand.others:
        return Taken([], taken(movement, own))
    drawn = draw(session, movement, queries.family_lots(session, hand.others), missing)
    return Taken(drawn.movements, taken(movement, [*own, *drawn.lots]))


def taken_in_order(session: Session, movement: Movement) -> list[Movement]:
    """Divide a movement among the member's own lots, in the order in which they are spent.

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
