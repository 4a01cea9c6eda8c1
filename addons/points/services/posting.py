"""Entries and the counters they change: one way in for all operations of the ledger.

An account's row is the lock. `credit` adds to accounts in the statement that locks them; whatever takes points away
calls `lock`, looks at what is there, and writes what it decided with `write`. The counters of accounts and lots are
worked out from the entries alone, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.points.domain import BOOK, OWN, Counters, Running, change_of
from addons.points.models import Account, Entry, Lot
from core.db.reserve import reserve, reserve_ahead
from core.db.scope import require_store
from core.db.statement import Statement, upsert, write_rows
from core.ledger.entry import write_entries
from core.ledger.periods import require_open

_A, _L, _E = Account.__table__, Lot.__table__, Entry.__table__


class Movement(NamedTuple):
    """One entry to be written: points of a lot go from one state to another."""

    member_id: int
    store_id: int
    lot_id: int
    kind: str
    from_state: str
    to_state: str
    points: int
    day: date
    now: datetime
    receipt_id: int | None = None
    rule: str = ""
    reason: str = ""
    ref: str = ""

    @property
    def change(self) -> int:
        """How much more or less can be spent."""
        return change_of(self.from_state, self.to_state, self.points)


class Held(NamedTuple):
    """What a locked account has."""

    balance: int
    pending: int
    reserved: int
    entries: int


class Written(NamedTuple):
    """An entry that was written; `points` is by how much it changed what can be spent."""

    lot_id: int
    points: int
    balance_after: int
    number: int


_COUNTERS = Counters._fields


def _credit_account(insert: Any) -> Any:
    new = insert.excluded
    kept = {name: _A.c[name] + new[name] for name in _COUNTERS}
    change = insert.on_conflict_do_update(index_elements=["member_id"], set_=kept)
    return change.returning(_A.c.member_id, *[_A.c[name] for name in Held._fields])


_CREDIT = upsert(_A, _credit_account)
# The guard: an account that changed since it was locked is not the one that was looked at.
_CHANGE = Statement(
    update(_A)
    .where(_A.c.member_id == bindparam("b_member"), _A.c.entries == bindparam("b_seen"))
    .values({name: _A.c[name] + bindparam(f"b_{name}") for name in _COUNTERS})
)
_LOCK = Statement(
    update(_A)
    .where(_A.c.member_id == bindparam("b_member"))
    .values(entries=_A.c.entries)
    .returning(*[_A.c[name] for name in Held._fields])
)
_LOT_COUNTERS = ("pending", "remaining", "reserved")
_CHANGE_LOT = Statement(
    update(_L)
    .where(_L.c.id == bindparam("b_lot"))
    .values({name: _L.c[name] + bindparam(f"b_{name}") for name in _LOT_COUNTERS})
)


def lock(session: Session, member_ids: Iterable[int]) -> dict[int, Held]:
    """Lock the accounts of these members, which there are from now on; return what they have."""
    rows = [_row(member_id, Counters()) for member_id in sorted(set(member_ids))]
    return _upsert(session, rows)


def lock_there(session: Session, member_ids: Iterable[int]) -> dict[int, Held]:
    """Lock the accounts of these members as far as there are any, one after the other; return what each has."""
    found: dict[int, Held] = {}
    for member_id in sorted(set(member_ids)):
        row = _LOCK.first(session, b_member=member_id)
        found[member_id] = Held(0, 0, 0, 0) if row is None else Held(*row)
    return found


def credit(session: Session, movements: Sequence[Movement], members: Iterable[int]) -> dict[int, Held]:
    """Write entries that only add to these members' accounts; return what the accounts have now.

    Refuses with MonthIsClosed.
    """
    _require_open(session, movements)
    changes = _changes(movements, members)
    after = _upsert(session, [_row(member_id, change) for member_id, change in changes.items()])
    before = {
        m: (after[m].balance - change.balance, after[m].entries - change.entries) for m, change in changes.items()
    }
    _write_entries(session, movements, Running(before))
    return after


def write(session: Session, movements: Sequence[Movement], held: Mapping[int, Held]) -> list[Written]:
    """Write entries over accounts that are locked, and change accounts and lots by what they say.

    Refuses with OutOfScope for a store that may not be written, MonthIsClosed.
    """
    if not movements:
        return []
    _require_open(session, movements)
    for store_id in {movement.store_id for movement in movements}:
        require_store(store_id, write=True)
    changes = _changes(movements, {movement.member_id for movement in movements})
    rows = [_bound(change, b_member=m, b_seen=held[m].entries) for m, change in changes.items()]
    _change_all(session, _CHANGE, rows, "an account")
    _change_all(session, _CHANGE_LOT, _lot_rows(movements), "a lot")
    return _write_entries(session, movements, Running({m: (held[m].balance, held[m].entries) for m in changes}))


def after(movements: Iterable[Movement], held: Mapping[int, Held]) -> dict[int, Held]:
    """Return what locked accounts have once entries are written."""
    counted = dict(held)
    for m in movements:
        change = Counters().after(m.from_state, m.to_state, m.points)
        has = zip(counted[m.member_id], (change.balance, change.pending, change.reserved, 1), strict=True)
        counted[m.member_id] = Held(*(value + more for value, more in has))
    return counted


def insert_lots(session: Session, lots: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write lots and return their ids in the same order."""
    ids = reserve(session, {_L: len(lots)})[_L]
    write_rows(session, _L, [{**lot, "id": lot_id} for lot, lot_id in zip(lots, ids, strict=True)])
    return ids


def insert_lots_ahead(session: Session, count: int) -> None:
    """Let the database begin with the keys of so many lots."""
    reserve_ahead(session, {_L: count})


def _require_open(session: Session, movements: Iterable[Movement]) -> None:
    for day in {m.day for m in movements}:
        require_open(session, BOOK, day)


def _upsert(session: Session, rows: list[dict[str, int]]) -> dict[int, Held]:
    return {member_id: Held(*held) for member_id, *held in _CREDIT.all_each(session, rows)}


def _row(member_id: int, change: Counters) -> dict[str, int]:
    return {"member_id": member_id, **change._asdict()}


def _changes(movements: Iterable[Movement], members: Iterable[int]) -> dict[int, Counters]:
    """Return how each account changes, sorted: two operations must not wait for each other."""
    changes = {member_id: Counters() for member_id in sorted(members)}
    for m in movements:
        changes[m.member_id] = changes[m.member_id].after(m.from_state, m.to_state, m.points)
    return changes


def _bound(change: Counters, **more: int) -> dict[str, int]:
    return more | {f"b_{name}": value for name, value in change._asdict().items()}


_OF_LOT = dict(zip(OWN, _LOT_COUNTERS, strict=True))


def _lot_rows(movements: Iterable[Movement]) -> list[dict[str, int]]:
    """Return how each lot changes, sorted like the accounts."""
    changes: dict[int, dict[str, int]] = {}
    for m in movements:
        lot = changes.setdefault(m.lot_id, {"b_lot": m.lot_id, **{f"b_{name}": 0 for name in _LOT_COUNTERS}})
        for state, sign in ((m.to_state, 1), (m.from_state, -1)):
            if state in _OF_LOT:
                lot[f"b_{_OF_LOT[state]}"] += sign * m.points
    return [row for _, row in sorted(changes.items()) if any(row[f"b_{name}"] for name in _LOT_COUNTERS)]


def _change_all(session: Session, statement: Statement, rows: Sequence[Mapping[str, int]], what: str) -> None:
    if statement.run_each(session, rows) != len(rows):
        message = f"{what} changed although its account was locked"
        raise RuntimeError(message)


def _write_entries(session: Session, movements: Sequence[Movement], running: Running) -> list[Written]:
    """Write entries with their numbers and balances."""
    rows, done = [], []
    for m in movements:
        balance, number = running.step(m.member_id, m.change)
        done.append(Written(m.lot_id, m.change, balance, number))
        rows.append(
            {
                "member_id": m.member_id,
                "number": number,
                "store_id": m.store_id,
                "lot_id": m.lot_id,
                "kind": m.kind,
                "from_state": m.from_state,
                "to_state": m.to_state,
                "points": m.points,
                "balance_after": balance,
                "receipt_id": m.receipt_id,
                "rule": m.rule,
                "reason": m.reason,
                "ref": m.ref,
                "day": m.day,
                "at": m.now,
            }
        )
    write_entries(session, _E, rows)
    return done
