"""Credit that is taken back, and which steps no longer stand without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from addons.tiers.domain.windows import Window


@dataclass(frozen=True, slots=True)
class Uncredit:
    """What a receipt counts less after a return: fen and points, with the day of its sale.

    `store_id` is where the goods came back. Negative figures give back what an earlier return took (a return that was
    undone). `kind` is "return", or "correction" for a price that was put right.
    """

    member_id: int
    store_id: int
    receipt_id: int
    day: date
    amount: int
    points: int
    kind: str = "return"


class Counted(NamedTuple):
    """One entry of a member's credit: the day and the moment of its sale, how much, and when it was written."""

    day: date
    sold_at: datetime
    amount: int
    points: int
    at: datetime


class Climbed(NamedTuple):
    """A step that was climbed by credit, and has not been withdrawn."""

    id: int
    store_id: int
    tier_before: str
    tier_after: str
    rule: str
    day: date
    decided_at: datetime
    converted: bool


#: (step, fen, points, when, steps taken in that evaluation) -> whether the rules lead up from where the step began.
Leads = Callable[[Climbed, int, int, datetime, int], bool]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one member's credit says about the steps that were climbed by it."""

    window: Window
    anchor: date | None
    entries: Sequence[Counted]
    today: date
    now: datetime

    def undone(self, steps: Sequence[Climbed], leads: Leads) -> list[Climbed]:
        """Return the steps that would not have been climbed with the credit there is now, with all that follow them.

        A step stands if no sale that counted for it was taken back since; or if what is left was enough on its day, on
        the day of a later purchase, or is enough today: then it would have been climbed in any case.
        """
        for place, step in enumerate(steps):
            if self._touched(step) and not self._stands(steps[:place], step, leads):
                return list(steps[place:])
        return []

    def today_counts(self, before: Sequence[Climbed]) -> tuple[int, int]:
        """Return what counts today, fen and points, for a step after those `before`."""
        return self._sums(self.entries, self.today, self._since(before))

    def _touched(self, step: Climbed) -> bool:
        opens = self.window.opens(step.day, self.anchor)
        return any(
            entry.amount < 0 or entry.points < 0
            for entry in self.entries
            if opens <= entry.day <= step.day and entry.sold_at <= step.decided_at <= entry.at
        )

    def _stands(self, before: Sequence[Climbed], step: Climbed, leads: Leads) -> bool:
        same = sum(1 for earlier in before if earlier.decided_at == step.decided_at)
        since = self._since(before)
        at_once = [entry for entry in self.entries if entry.sold_at <= step.decided_at]
        if leads(step, *self._sums(at_once, step.day, since), step.decided_at, same):
            return True
        return any(leads(step, *self._sums(self.entries, day, since), at, 0) for day, at in self._later(step))

    def _since(self, before: Sequence[Climbed]) -> datetime | None:
        return before[-1].decided_at if before and self.window.resets else None

    def _later(self, step: Climbed) -> list[tuple[date, datetime]]:
        """Return the days on which she would have been looked at again: those of later purchases, and today."""
        last: dict[date, datetime] = {}
        for entry in self.entries:
            if entry.day >= step.day and entry.sold_at > step.decided_at:
                last[entry.day] = max(entry.sold_at, last.get(entry.day, entry.sold_at))
        return [*sorted(last.items()), (self.today, self.now)]

    def _sums(self, entries: Iterable[Counted], day: date, since: datetime | None) -> tuple[int, int]:
        opens = self.window.opens(day, self.anchor)
        counting = [e for e in entries if opens <= e.day <= day and (since is None or e.sold_at > since)]
        return sum(e.amount for e in counting), sum(e.points for e in counting)
