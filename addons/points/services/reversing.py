"""Points of goods that came back (C21): taken back in the lots they were given in.

What still waits is cancelled first, then what can still be spent goes. What was spent already becomes a debt, a lot
below nothing, down to the lowest balance that is allowed; it is paid at once from whatever the member has, else by
the next points that come (`settling`). What goes beyond lands in the review queue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.membership.queries import survivor
from addons.points import domain, queries
from addons.points.domain import LotPart, Piece
from addons.points.models import Lot, Review
from addons.points.queries import LotHeld
from addons.points.services.debts import debt
from addons.points.services.posting import Held, Movement, after, insert_lots, lock_there, write
from addons.points.services.settling import settle
from core import settings
from core.db.scope import require_store
from core.db.statement import Statement, write_rows
from core.errors import Invalid

_L, _Q = Lot.__table__, Review.__table__


@dataclass(frozen=True, slots=True)
class Reversal:
    """Points of a receipt to be taken back: `purchase_points` of them from its purchase lots, the rest is bonus.

    `store_id` is where the goods came back, `day` the business day there.
    """

    member_id: int
    store_id: int
    receipt_id: int
    points: int
    purchase_points: int
    day: date
    rule: str = ""
    ref: str = ""


class Reversed(NamedTuple):
    """What became of a member's reversals, and what she can spend now.

    `points` went; `debt` of them had been spent already; `queued` beside them went beyond the lowest balance and
    waits for two persons. points + queued is what was asked for.
    """

    points: int
    debt: int
    queued: int
    balance: int


class Claim(NamedTuple):
    """Points to be taken back from some lots; `member_id` owes what is not there any more."""

    member_id: int
    store_id: int
    receipt_id: int | None
    points: int
    lots: Sequence[LotHeld]
    day: date
    now: datetime
    rule: str = ""
    ref: str = ""


_MARK = Statement(
    update(_L)
    .where(_L.c.id == bindparam("b_lot"), _L.c.reversed + bindparam("b_points") <= _L.c.points)
    .values(reversed=_L.c.reversed + bindparam("b_points"))
)


def reverse(session: Session, *, reversals: Sequence[Reversal], now: datetime) -> dict[int, Reversed]:
    """Take back points of receipts, and return what became of them for each member named.

    Refuses with OutOfScope for a store that may not be written, Invalid for more than is left of a receipt's points,
    for a receipt that is named twice or is not the member's, MonthIsClosed.
    """
    _check(reversals)
    members = {reversal.member_id: survivor(session, reversal.member_id) for reversal in reversals}
    held = lock_there(session, members.values())
    lots = queries.receipt_lots(session, [reversal.receipt_id for reversal in reversals]) if reversals else []
    claims = [claim for reversal in reversals for claim in _claims(session, reversal, members, lots, now)]
    done = take_back(session, claims, held)
    return {member_id: done[of] for member_id, of in members.items()}


def _check(reversals: Sequence[Reversal]) -> None:
    for reversal in reversals:
        require_store(reversal.store_id, write=True)
        if not 0 <= reversal.purchase_points <= reversal.points:
            raise Invalid(field="points", problem="not fewer than none, and not more than all are purchase points")
    if len({reversal.receipt_id for reversal in reversals}) < len(reversals):
        raise Invalid(field="receipt_id", problem="a receipt is named twice")


def _claims(
    session: Session, reversal: Reversal, members: Mapping[int, int], lots: Sequence[LotHeld], now: datetime
) -> Iterator[Claim]:
    """Divide a reversal into its purchase points and its bonus."""
    own = [lot for lot in lots if lot.receipt_id == reversal.receipt_id]
    member_id = members[reversal.member_id]
    owners = {lot.member_id for lot in own} - {reversal.member_id, member_id}
    if any(survivor(session, owner) != member_id for owner in owners):
        raise Invalid(field="member_id", problem="the receipt is not this member's")
    parts = (("purchase", reversal.purchase_points), ("bonus", reversal.points - reversal.purchase_points))
    for source, points in parts:
        if points:
            of_source = [lot for lot in own if lot.source == source]
            yield Claim(
                member_id,
                reversal.store_id,
                reversal.receipt_id,
                points,
                of_source,
                reversal.day,
                now,
                reversal.rule,
                reversal.ref,
            )


# --- what reversals of purchases and of rewards have in common -----------------------------------------------------


def take_back(session: Session, claims: Sequence[Claim], held: Mapping[int, Held]) -> dict[int, Reversed]:
    """Take points back over accounts that are locked; return what became of it for each account.

    Refuses with Invalid for more than is left to take back.
    """
    pieces = [(claim, piece) for claim in claims for piece in _pieces(claim)]
    mark_reversed(session, [(piece.origin_id, piece.points) for _, piece in pieces])
    there = [_movement(claim, piece) for claim, piece in pieces if piece.state]
    room = _room(session, there, held)
    owed: list[tuple[Claim, Piece]] = []
    queued: list[tuple[Claim, Piece]] = []
    for claim, piece in pieces:
        if not piece.state:
            points = min(piece.points, room[claim.member_id])
            room[claim.member_id] -= points
            owed += [(claim, piece._replace(points=points))] if points else []
            queued += [(claim, piece._replace(points=piece.points - points))] if piece.points > points else []
    debts = _open_debts(session, owed)
    movements = [*there, *debts, *(_movement(claim, piece) for claim, piece in queued)]
    write(session, movements, held)
    _queue(session, queued)
    return _settled(session, movements, debts, held)


def _pieces(claim: Claim) -> list[Piece]:
    origins = [(lot.id, lot.points - lot.reversed) for lot in claim.lots if lot.origin_id is None]
    parts = [LotPart(lot.id, lot.origin_id or lot.id, lot.pending, lot.remaining) for lot in claim.lots]
    try:
        return domain.taken_back(origins, parts, claim.points)
    except ValueError as problem:
        raise Invalid(field="points", problem=str(problem)) from problem


def mark_reversed(session: Session, taken: Sequence[tuple[int, int]]) -> None:
    """Count how many points of which lot were taken back.

    Refuses with Invalid more than the lot had: of two that take the last ones back, the second finds none left.
    """
    points: dict[int, int] = {}
    for lot_id, count in taken:
        points[lot_id] = points.get(lot_id, 0) + count
    rows = [{"b_lot": lot_id, "b_points": count} for lot_id, count in sorted(points.items())]
    if _MARK.run_each(session, rows) != len(rows):
        raise Invalid(field="points", problem="these points were taken back already")


def _movement(claim: Claim, piece: Piece) -> Movement:
    """Return the entry of a piece; one that is not there any more is missing from the queue."""
    return Movement(
        claim.member_id,
        claim.store_id,
        piece.lot_id,
        "cancel" if piece.state == "pending" else "reverse",
        piece.state or "queued",
        "reversed",
        piece.points,
        claim.day,
        claim.now,
        claim.receipt_id,
        claim.rule,
        ref=claim.ref,
    )


def _room(session: Session, there: Sequence[Movement], held: Mapping[int, Held]) -> dict[int, int]:
    """Return how much each member may owe more, once what is there was taken."""
    lowest: int = settings.value(session, "points.lowest_balance")
    balances = {member_id: account.balance for member_id, account in held.items()}
    for movement in there:
        balances[movement.member_id] += movement.change
    return {member_id: max(0, balance - lowest) for member_id, balance in balances.items()}


def _open_debts(session: Session, owed: Sequence[tuple[Claim, Piece]]) -> list[Movement]:
    """Open a lot for each debt, still empty; return the entries that fill it."""
    movements = [_movement(claim, piece._replace(state="available")) for claim, piece in owed]
    rows = [debt(movement, piece.origin_id) for movement, (_, piece) in zip(movements, owed, strict=True)]
    ids = insert_lots(session, rows)
    return [movement._replace(lot_id=lot_id) for movement, lot_id in zip(movements, ids, strict=True)]


def _queue(session: Session, queued: Sequence[tuple[Claim, Piece]]) -> None:
    rows = [
        {
            "member_id": claim.member_id,
            "store_id": claim.store_id,
            "lot_id": piece.origin_id,
            "receipt_id": claim.receipt_id,
            "points": piece.points,
            "at": claim.now,
            "state": "waiting",
            "outcome": "",
            "reason": "",
        }
        for claim, piece in queued
    ]
    write_rows(session, _Q, rows)


def _settled(
    session: Session, movements: Sequence[Movement], debts: Sequence[Movement], held: Mapping[int, Held]
) -> dict[int, Reversed]:
    """Pay the new debts from what the members have; return what became of it all."""
    counted = after(movements, held)
    done = {member_id: Reversed(0, 0, 0, account.balance) for member_id, account in counted.items()}
    for m in movements:
        found, queued = done[m.member_id], m.points if m.from_state == "queued" else 0
        done[m.member_id] = found._replace(points=found.points + m.points - queued, queued=found.queued + queued)
    for owed in debts:
        found = done[owed.member_id]
        done[owed.member_id] = found._replace(debt=found.debt + owed.points)
    owing = {owed.member_id: owed for owed in debts}
    settle(session, {member_id: counted[member_id] for member_id in owing}, owing)
    return done
