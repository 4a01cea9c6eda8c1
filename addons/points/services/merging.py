"""Two members become one, or one is forgotten: what that means for points.

What is left moves by entries of its own, lot by lot, so that the history stays as it was written: a lot of the file
that goes is emptied into a lot of the file that stays, which names where its points came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Adjustment, Referral, Review, Visit
from addons.points.queries import LotHeld
from addons.points.services.freeing import free, lock_with_givers
from addons.points.services.moving import moved_lot
from addons.points.services.posting import Held, Movement, after, insert_lots, lock, write
from addons.points.services.reversing import mark_reversed
from addons.points.services.settling import settle
from core import settings
from core.addons.person import PersonHooks
from core.db.scope import system_scope
from core.db.statement import write_rows
from core.periods import local_day

_J, _Q, _R, _V = Adjustment.__table__, Review.__table__, Referral.__table__, Visit.__table__


class _Files(NamedTuple):
    """The file that goes, the one that stays, and when."""

    source: int
    target: int
    now: datetime


class _Move(NamedTuple):
    """What is left in a lot that moves; `queued` of a debt goes beyond the lowest balance of the file that stays."""

    lot: LotHeld
    queued: int = 0


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    with system_scope("points of a merged file, of whichever store"):
        _merge_files(session, _Files(from_member, into_member, now))


def _merge_files(session: Session, files: _Files) -> None:
    from_member, into_member, now = files
    held = lock_with_givers(session, [from_member, into_member], lock)
    held = free(session, queries.held_parts(session, [from_member]), held, "released", now)
    held = _cancel_between(session, files, held)
    _move_lots(session, files, held)
    connection = session.connection()
    for table in (_V, _Q, _J):
        connection.execute(update(table).where(table.c.member_id == from_member).values(member_id=into_member))
    _move_referrals(session, from_member, into_member)


# --- lots ----------------------------------------------------------------------------------------------------------


def _move_lots(session: Session, files: _Files, held: Mapping[int, Held]) -> None:
    moves = list(_limited(session, files, held))
    if not moves:
        return
    rows = [(move, row) for move in moves if (row := _new(move, files.target)) is not None]
    ids = insert_lots(session, [row for _, row in rows])
    given = {move.lot.id: lot_id for (move, _), lot_id in zip(rows, ids, strict=True)}
    movements = [m for move in moves for m in _moved(move, files, given.get(move.lot.id))]
    if not movements:
        return
    movements.sort(key=lambda m: m.to_state != "available")  # what comes first: no balance may fall too low on the way
    write(session, movements, held)
    _queue(session, files, moves)
    settle(session, {files.target: after(movements, held)[files.target]}, {files.target: _cause(movements, files)})


def _limited(session: Session, files: _Files, held: Mapping[int, Held]) -> Iterator[_Move]:
    """Yield what moves; of debts only what the balance of the file that stays can bear."""
    lowest: int = settings.value(session, "points.lowest_balance")
    excess = max(0, lowest - held[files.source].balance - held[files.target].balance)
    for lot in queries.lots_held(session, files.source):
        queued = min(excess, max(0, -lot.remaining))
        excess -= queued
        yield _Move(lot, queued)


def _new(move: _Move, target: int) -> dict[str, Any] | None:
    """Return the row of the lot that takes up what moves, still empty; None where nothing does."""
    lot = move.lot
    points = lot.remaining + lot.pending + move.queued
    if not points:
        return None
    return moved_lot(lot, target, points, lot.receipt_id)


def _moved(move: _Move, files: _Files, new_id: int | None) -> Iterator[Movement]:
    lot, day = move.lot, local_day(files.now)
    base = Movement(files.source, lot.store_id, lot.id, "merge", "", "", 0, day, files.now, lot.receipt_id, lot.rule)
    if move.queued:
        yield base._replace(from_state="queued", to_state="available", points=move.queued)
    for state, points in (("pending", lot.pending), ("available", lot.remaining + move.queued)):
        if points and new_id is not None:
            there, here = (state, "transferred") if points > 0 else ("transferred", state)
            yield base._replace(from_state=there, to_state=here, points=abs(points))
            yield base._replace(
                member_id=files.target, lot_id=new_id, from_state=here, to_state=there, points=abs(points)
            )


def _cause(movements: Sequence[Movement], files: _Files) -> Movement:
    own = [m for m in movements if m.member_id == files.target]
    return (own or movements)[0]._replace(receipt_id=None)


def _queue(session: Session, files: _Files, moves: Sequence[_Move]) -> None:
    rows = [
        {
            "member_id": files.target,
            "store_id": move.lot.store_id,
            "lot_id": move.lot.id,
            "receipt_id": move.lot.receipt_id,
            "points": move.queued,
            "at": files.now,
            "state": "waiting",
            "outcome": "",
            "reason": "",
        }
        for move in moves
        if move.queued
    ]
    write_rows(session, _Q, rows)


# --- rewards -------------------------------------------------------------------------------------------------------

_BOTH: tuple[Any, ...] = (bindparam("b_from"), bindparam("b_into"))
_BETWEEN = (
    update(_R)
    .where(_R.c.friend_id.in_(_BOTH), _R.c.referrer_id.in_(_BOTH), _R.c.state == "pending")
    .values(state="cancelled", points=0)
    .returning(_R.c.lot_id)
)


def _cancel_between(session: Session, files: _Files, held: Mapping[int, Held]) -> dict[int, Held]:
    """Cancel what was promised for bringing herself; return what the accounts have then."""
    both = {"b_from": files.source, "b_into": files.target}
    lot_ids = list(session.connection().scalars(_BETWEEN, both))
    lots = list(queries.lots_by_id(session, lot_ids).values()) if lot_ids else []
    lots += queries.moved_from(session, lot_ids) if lot_ids else []
    movements = [_cancelled(lot, files.now) for lot in lots if lot.pending and lot.member_id in held]
    origins = {lot.id: lot.origin_id or lot.id for lot in lots}
    mark_reversed(session, [(origins[m.lot_id], m.points) for m in movements])
    write(session, movements, held)
    return after(movements, held)


def _cancelled(lot: LotHeld, now: datetime) -> Movement:
    return Movement(
        lot.member_id,
        lot.store_id,
        lot.id,
        "cancel",
        "pending",
        "reversed",
        lot.pending,
        local_day(now),
        now,
        lot.receipt_id,
        lot.rule,
    )


def _move_referrals(session: Session, from_member: int, into_member: int) -> None:
    """Keep rewards with the surviving member; nobody is rewarded for bringing a friend twice."""
    connection = session.connection()
    mine = (_R.c.referrer_id == from_member) & (_R.c.friend_id != into_member)
    connection.execute(update(_R).where(mine).values(referrer_id=into_member))
    brought = (_R.c.friend_id == from_member) & (_R.c.referrer_id != into_member)
    state = queries.referral_of(session, into_member)
    if state is None:
        connection.execute(update(_R).where(brought).values(friend_id=into_member))
    elif state == "cancelled":
        _take_over(session, from_member, into_member)


def _take_over(session: Session, from_member: int, into_member: int) -> None:
    """Let a reward that stands take the place of one that came to nothing: the person was counted with it."""
    standing = select(_R).where(
        _R.c.friend_id == from_member, _R.c.referrer_id != into_member, _R.c.state.in_(("pending", "released"))
    )
    row = session.connection().execute(standing).mappings().one_or_none()
    if row is None:
        return
    told = {name: value for name, value in row.items() if name not in {"id", "friend_id"}}
    session.connection().execute(update(_R).where(_R.c.friend_id == into_member).values(told))
    session.connection().execute(update(_R).where(_R.c.id == row["id"]).values(state="cancelled", points=0))


def _erase(session: Session, member: int, _now: datetime) -> None:
    """The ledger names nobody, entries hold the number of the member's row alone; what people wrote beside it goes."""
    for table, column in ((_Q, "reason"), (_J, "note")):
        mine = update(table).where(table.c.member_id == member, table.c[column] != "")
        session.connection().execute(mine.values({column: "-"}))


PERSON = PersonHooks(merge=_merge, erase=_erase)
