"""What was tried with codes, by store and till."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Store
from addons.vouchers.domain import most_within
from addons.vouchers.models import Attempt

#: Outcomes of a code that does not exist: what somebody sees who guesses.
GUESSES = ("unknown", "mistyped")


@dataclass(slots=True)
class Tried:
    """What was tried at one till: how often with which outcome; `guesses` are unknown codes one after another."""

    store: str
    till: str
    outcomes: dict[str, int] = field(default_factory=dict)
    guesses: int = 0
    last: datetime | None = None

    @property
    def total(self) -> int:
        """Return how many attempts there were."""
        return sum(self.outcomes.values())


def attempts_by_till(session: Session, since: datetime, within: timedelta) -> list[Tried]:
    """Return what was tried since a moment in the stores in sight, by store and till; most unknown codes first."""
    wanted = (
        select(Store.name, Attempt.till, Attempt.outcome, Attempt.at)
        .join(Store, Store.id == Attempt.store_id)
        .where(Attempt.at >= since)
        .order_by(Attempt.at)
    )
    found: dict[tuple[str, str], Tried] = {}
    moments: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for store, till, outcome, at in session.execute(wanted):
        tried = found.setdefault((store, till), Tried(store, till))
        tried.outcomes[outcome] = tried.outcomes.get(outcome, 0) + 1
        tried.last = at
        if outcome in GUESSES:
            moments[store, till].append(at)
    for key, tried in found.items():
        tried.guesses = most_within(moments[key], within)
    return sorted(found.values(), key=lambda tried: (-tried.guesses, -tried.total, tried.store, tried.till))
