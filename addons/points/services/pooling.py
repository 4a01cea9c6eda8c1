"""Points of a family that is spent together: drawn from others where one's own do not reach, given back if not spent.

Both are entries of the posting that needs them: a lot of the giver is emptied into a lot of the member that keeps its
days, its source and its store, and is spent from there. What expires first of all the others goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Transfer
from addons.points.queries import FamilyLot
from addons.points.services.moving import moved_lot
from addons.points.services.posting import Movement, insert_lots
from core.db.scope import system_scope
from core.ledger.entry import write_entries

_T = Transfer.__table__


class Drawn(NamedTuple):
    """The entries that let points change hands, and the lots, (lot, points), in which they are the member's then."""

    movements: list[Movement]
    lots: list[tuple[int, int]]


def draw(session: Session, wanted: Movement, lots: Iterable[FamilyLot], points: int) -> Drawn:
    """Draw points of others, whose accounts are locked, in the order of their lots; fewer where they hold fewer."""
    gone: list[Movement] = []
    for lot in lots:
        if points <= 0:
            break
        taken = min(lot.remaining, points)
        points -= taken
        gone.append(_gives(wanted, lot, taken))
    come = _received(session, [(movement, wanted.member_id) for movement in gone], queries.DRAWN)
    return Drawn([*gone, *come], [(movement.lot_id, movement.points) for movement in come])


def _gives(wanted: Movement, lot: FamilyLot, points: int) -> Movement:
    return wanted._replace(
        member_id=lot.member_id,
        lot_id=lot.id,
        kind="transfer",
        from_state="available",
        to_state="transferred",
        points=points,
        reason="",
        ref=f"{queries.DRAWN}{wanted.member_id}",
    )


def given_back(session: Session, freed: Iterable[Movement], givers: Mapping[int, int]) -> list[Movement]:
    """Return the entries that let freed points go on to those they were drawn from, (lot, member)."""
    pairs = [(_returns(m, givers[m.lot_id]), givers[m.lot_id]) for m in freed if m.lot_id in givers]
    return [*(there for there, _ in pairs), *_received(session, pairs, queries.BACK)]


def _returns(movement: Movement, giver_id: int) -> Movement:
    return movement._replace(
        kind="transfer", from_state="available", to_state="transferred", reason="", ref=f"{queries.BACK}{giver_id}"
    )


def _kept(gone: Sequence[tuple[Movement, int]], prefix: str) -> list[dict[str, Any]]:
    """Return what the list of points within families shows of it, one row for each who gave to one who got."""
    points: dict[tuple[int, int], int] = {}
    for movement, taker in gone:
        points[movement.member_id, taker] = points.get((movement.member_id, taker), 0) + movement.points
    first, _ = gone[0]
    where = {"store_id": first.store_id, "kind": prefix.rstrip(":"), "day": first.day, "by": "", "at": first.now}
    return [{"from_id": giver, "into_id": taker, "points": count, **where} for (giver, taker), count in points.items()]


def _received(session: Session, gone: Sequence[tuple[Movement, int]], prefix: str) -> list[Movement]:
    """Return the entries by which points arrive in new lots of those who get them, and keep who got whose."""
    if not gone:
        return []
    write_entries(session, _T, _kept(gone, prefix))
    lots = queries.lots_by_id(session, [movement.lot_id for movement, _ in gone])
    rows = [moved_lot(lots[movement.lot_id], taker, movement.points, None) for movement, taker in gone]
    with system_scope("a lot stays the store's that gave its points"):
        ids = insert_lots(session, rows)
    return [
        movement._replace(
            member_id=taker,
            lot_id=lot_id,
            from_state="transferred",
            to_state="available",
            ref=f"{prefix}{movement.member_id}",
        )
        for (movement, taker), lot_id in zip(gone, ids, strict=True)
    ]
