"""The trial balance: what is in each account of the ledger, by store; it totals nothing, always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.points.domain import BOOK, STATES
from addons.points.models import Entry
from core.db.models import LedgerClose
from core.db.scope import current_scope
from core.ledger.periods import closings
from core.periods import months_after

#: Store -> state -> points.
Balances = dict[int, dict[str, int]]


class Flow(NamedTuple):
    """Points that went from one state to another in a store, in how many entries."""

    store_id: int
    from_state: str
    to_state: str
    points: int
    entries: int


class Sums(NamedTuple):
    """What came into an account and what left it."""

    came: int = 0
    went: int = 0

    @property
    def balance(self) -> int:
        """Return what is in it."""
        return self.came - self.went


def flows(session: Session, *, since: date | None = None, until: date | None = None) -> list[Flow]:
    """Return what moved between states in a span of days, both included, in the stores of whoever asks."""
    wanted = select(Entry.store_id, Entry.from_state, Entry.to_state, func.sum(Entry.points), func.count())
    if since is not None:
        wanted = wanted.where(Entry.day >= since)
    if until is not None:
        wanted = wanted.where(Entry.day <= until)
    found = session.execute(wanted.group_by(Entry.store_id, Entry.from_state, Entry.to_state))
    return [Flow(store, came, went, int(points), int(count)) for store, came, went, points, count in found]


def by_state(found: Iterable[Flow]) -> dict[str, Sums]:
    """Add flows up by state, in the order of STATES; states nothing ever went through are left out."""
    sums: dict[str, Sums] = {}
    for flow in found:
        came, went = sums.get(flow.to_state, Sums()), sums.get(flow.from_state, Sums())
        sums[flow.to_state] = came._replace(came=came.came + flow.points)
        sums[flow.from_state] = went._replace(went=went.went + flow.points)
    return {state: sums[state] for state in STATES if state in sums}


def by_store(found: Iterable[Flow]) -> dict[int, dict[str, Sums]]:
    """Add flows up by store and state."""
    of_store: dict[int, list[Flow]] = {}
    for flow in found:
        of_store.setdefault(flow.store_id, []).append(flow)
    return {store_id: by_state(own) for store_id, own in sorted(of_store.items())}


def balances(session: Session, until: date | None = None) -> Balances:
    """Return what is in each account at the end of a day (of all days), by store and state; in one's own stores.

    Closed months are not counted again: their figures stand, and nothing came into them since.
    """
    closed = _closed_before(session, until)
    found: Balances = {}
    if closed is not None:
        kept = {int(store_id): dict(states) for store_id, states in closed.figures["stores"].items()}
        found = {store_id: states for store_id, states in kept.items() if current_scope().may_read(store_id)}
    since = None if closed is None else months_after(closed.month, 1)
    for flow in flows(session, since=since, until=until):
        states = found.setdefault(flow.store_id, {})
        states[flow.to_state] = states.get(flow.to_state, 0) + flow.points
        states[flow.from_state] = states.get(flow.from_state, 0) - flow.points
    return {store_id: _in_order(states) for store_id, states in sorted(found.items())}


def _closed_before(session: Session, until: date | None) -> LedgerClose | None:
    """Return the last closing that lies wholly within a span of days that ends then."""
    closed = closings(session, BOOK)
    return next((each for each in closed if until is None or last_day(each.month) <= until), None)


def _in_order(states: Mapping[str, int]) -> dict[str, int]:
    return {state: states[state] for state in STATES if states.get(state)}


def figures(session: Session, month: date) -> dict[str, Any]:
    """Return what is kept of a closed month: balances at its end by store and state, and what moved in it."""
    last = last_day(month)
    standing = balances(session, last)
    own = flows(session, since=month, until=last)
    return {
        "stores": {str(store_id): states for store_id, states in standing.items()},
        "total": sum(points for states in standing.values() for points in states.values()),
        "moved": _moved(own),
        "entries": sum(flow.entries for flow in own),
    }


def last_day(month: date) -> date:
    """Return the last day of a month."""
    return months_after(month, 1) - timedelta(days=1)


def _moved(found: Iterable[Flow]) -> dict[str, int]:
    moved: dict[str, int] = {}
    for flow in found:
        name = f"{flow.from_state}>{flow.to_state}"
        moved[name] = moved.get(name, 0) + flow.points
    return dict(sorted(moved.items()))
