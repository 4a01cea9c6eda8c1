"""Settling: each sale, return, movement of points and of vouchers once, whoever runs it and however often.

It runs beside the sales, not in them. A part is one posting; what it settled is marked in the same transaction, so a
run that was killed goes on where it was, and a second one finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.settlement import domain, queries
from addons.settlement.models import Entry, Mark
from addons.settlement.queries import Books, Row, Source, legs_of
from addons.stores.queries import place
from core.db.posting import Operation, post
from core.db.session import reading
from core.db.statement import upsert
from core.ledger.entry import write_entries
from core.ledger.periods import open_month
from core.periods import local_day

PART = 500  # sources in one transaction
LATE = timedelta(days=1)  # a slow transaction may still commit a lower key
Settled = dict[str, int]

_E, _MARK = Entry.__table__, Mark.__table__
_SET_MARK = upsert(
    _MARK,
    lambda new: new.on_conflict_do_update(index_elements=["source"], set_={"below": new.excluded.below}),
)


def settle(*, now: datetime, progress: Callable[[int], None] = lambda _done: None) -> Settled:
    """Settle all that is not settled yet; returns how many sources and entries, by source. For the whole programme."""
    counted: Settled = {}
    for source in queries.SOURCES:
        for keys in _parts(source):
            counted[source.name] = counted.get(source.name, 0) + _post_part(source, keys, now)
            progress(sum(counted.values()))
        _move_mark(source, now)
    return counted


def _parts(source: Source) -> Iterator[list[int]]:
    """Give what is not settled part by part, each beyond the last: what is settled is not looked through again.

    Twice from the beginning: a slow transaction may have committed a lower key meanwhile. What is still open then waits
    for the next run, as the mark does.
    """
    for _ in range(2):
        last = 0
        while keys := _pending(source, last):
            yield keys
            last = keys[-1]


def _pending(source: Source, after: int) -> list[int]:
    with reading() as session:
        return queries.pending(session, source, PART, after=after)


def _post_part(source: Source, keys: Sequence[int], now: datetime) -> int:
    request = {"source": source.name, "keys": list(keys)}
    key = f"settlement:{source.name}:{now.isoformat()}:{keys[0]}-{keys[-1]}"
    operation = Operation("settlement.settle", key, request)
    answer = post(operation, lambda session: {"settled": settle_part(session, source, keys, now)}).answer
    return int(answer["settled"])


def settle_part(session: Session, source: Source, keys: Sequence[int], now: datetime) -> int:
    """Settle these keys of a source within a posting; returns how many were not settled before."""
    claimed = [key for (key,) in source.claim.all(session, b_ids=keys)]  # of two runs at once each key goes to one
    if claimed:
        rows = [Row(*row) for row in source.rows.all(session, b_ids=claimed)]
        write_entries(session, _E, list(_entries(session, source, rows, now)))
    return len(claimed)


def _move_mark(source: Source, now: datetime) -> None:
    """Remember that everything up to a key is settled; only below what was settled so long ago that none can come."""
    with reading() as session:
        old, still = source.clear.scalar(session, b_before=now - LATE), queries.pending(session, source, 1)
        before = queries.mark_of(session, source)
    if old is None or still or old <= before:
        return
    operation = Operation("settlement.mark", f"settlement.mark:{source.name}:{old}", {"below": old})

    def command(session: Session) -> dict[str, Any]:
        _SET_MARK.run(session, source=source.name, below=old)
        return {"below": old}

    post(operation, command)


def _entries(session: Session, source: Source, rows: Iterable[Row], now: datetime) -> Iterator[dict[str, Any]]:
    books, parts = Books.opened(session), dict[int, int]()
    for row in rows:
        day = local_day(row.at, place(session, row.store_id).zone) if row.day is None else row.day
        for leg in legs_of(source.name, row, books):
            part = parts[row.source_id] = parts.get(row.source_id, 0) + 1
            yield {
                "store_id": leg.store_id,
                "from_party": leg.from_party,
                "to_party": leg.to_party,
                "what": leg.what,
                "amount": leg.amount,
                "currency": row.currency,
                "rule": leg.rule,
                "source": source.name,
                "source_id": row.source_id,
                "part": part,
                "receipt_id": row.receipt_id,
                "day": day,
                "month": open_month(session, domain.BOOK, day),
                "at": now,
            }
