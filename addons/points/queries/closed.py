"""Closed months counted again: what was kept of them must still be what their entries say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from addons.points.domain import BOOK
from addons.points.models import Entry
from core.db.models import LedgerClose
from core.ledger.books import Finding
from core.ledger.periods import closings, named
from rules.vocabulary import Text

_E = Entry.__table__
_MONTH = func.substr(cast(_E.c.day, String), 1, 7)  # as closings are named
_MOVED = select(_MONTH, _E.c.store_id, _E.c.from_state, _E.c.to_state, func.sum(_E.c.points), func.count()).group_by(
    _MONTH, _E.c.store_id, _E.c.from_state, _E.c.to_state
)

#: Month -> what moved in it: (store, from, to, points, entries).
_Months = dict[str, list[tuple[Any, ...]]]


def closed_figures(session: Session, problem: Text) -> Iterator[Finding]:
    """Yield the closed months whose figures are not those that were kept."""
    closed = sorted(closings(session, BOOK), key=lambda each: each.month)
    if not closed:
        return
    months: _Months = {}
    for month, *moved in session.connection().execute(_MOVED):
        months.setdefault(month, []).append(tuple(moved))
    standing: dict[tuple[int, str], int] = {}
    waiting = sorted(months)
    for each in closed:
        while waiting and waiting[0] <= named(each.month):
            _stand(standing, months[waiting.pop(0)])
        own = months.get(named(each.month), [])
        yield from _difference(each, standing, sum(int(moved[-1]) for moved in own), problem)


def _stand(standing: dict[tuple[int, str], int], moved: list[tuple[Any, ...]]) -> None:
    for store_id, from_state, to_state, points, _ in moved:
        for state, change in ((to_state, int(points)), (from_state, -int(points))):
            standing[store_id, state] = standing.get((store_id, state), 0) + change


def _difference(
    closed: LedgerClose, standing: Mapping[tuple[int, str], int], entries: int, problem: Text
) -> Iterator[Finding]:
    kept = {
        (int(store_id), state): points
        for store_id, states in closed.figures["stores"].items()
        for state, points in states.items()
    }
    counted = {key: points for key, points in standing.items() if points}
    if kept != counted or closed.figures["entries"] != entries:
        other = sorted(kept.items() ^ counted.items())[:1]
        expected = f"{entries} {[f'{store} {state} {points}' for (store, state), points in other]}"
        yield Finding(LedgerClose.__tablename__, named(closed.month), problem, expected, str(closed.figures["entries"]))
