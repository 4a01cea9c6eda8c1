"""The days that count towards the next tier (C03)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from core.periods import months_after, window_opens

HALF_YEAR = 6  # months


class Window(NamedTuple):
    """How the half-year is counted: rolling months, calendar half-years, or periods from the day of the first card.

    `anchor` below is that day; only the last kind asks for it. With `resets` an upgrade begins to count anew (C04).
    """

    kind: str  # rolling, calendar_half, card_issue
    months: int
    resets: bool = False

    def opens(self, day: date, anchor: date | None = None) -> date:
        """Return the first day that counts on `day`."""
        if self.kind == "calendar_half":
            return date(day.year, 1 if day.month <= HALF_YEAR else 7, 1)
        if self.kind == "card_issue" and anchor is not None:
            return period_opens(anchor, day, self.months)
        return window_opens(day, self.months)

    def counts_until(self, spent_on: date, anchor: date | None = None) -> date:
        """Return the last day on which a purchase still counts: one of 10 January until 9 July (E23)."""
        if self.kind == "calendar_half":
            return date(spent_on.year, 6, 30) if spent_on.month <= HALF_YEAR else date(spent_on.year, 12, 31)
        if self.kind == "card_issue" and anchor is not None:
            return _period_ends(anchor, spent_on, self.months)
        day = months_after(spent_on, self.months)
        while self.opens(day) > spent_on:  # months end on different days
            day -= timedelta(days=1)
        while self.opens(day + timedelta(days=1)) <= spent_on:
            day += timedelta(days=1)
        return day


def period_opens(anchor: date, day: date, months: int) -> date:
    """Return the first day of the period that `day` lies in, of those of so many months from `anchor` on.

    Before the anchor it is the anchor itself: what was bought before the card does not count.
    """
    return months_after(anchor, max(0, _periods(anchor, day, months)) * months)


def _period_ends(anchor: date, day: date, months: int) -> date:
    following = max(0, _periods(anchor, day, months)) + 1
    return months_after(anchor, following * months) - timedelta(days=1)


def _periods(anchor: date, day: date, months: int) -> int:
    """Return how many whole periods lie between two days."""
    whole = (day.year - anchor.year) * 12 + day.month - anchor.month
    if months_after(anchor, whole) > day:
        whole -= 1
    return whole // months
