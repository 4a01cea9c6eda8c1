"""Days that come again (member day, anniversary, the Spring Festival by the moon), and rates between two moneys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.errors import Refusal
from core.periods import months_after
from rules.book import Yearly
from rules.event import PAR
from rules.lunar import lunar_day
from rules.when import yearly_holds

#: How a day comes again, and how many days it may then last: it must be over before it begins anew.
LONGEST = {"never": 366, "weekly": 7, "monthly": 28, "monthly_weekday": 28, "yearly": 365, "lunar": 354}
REPEATS = tuple(LONGEST)
_WEEK = 7
_FAR = 2 * 366  # days within which everything that comes again has done so


@dataclass(frozen=True, slots=True)
class Recurring:
    """A day or some days in a row that may come again until a last day; both ends are included.

    What a month does not have falls on its last day: the 31st, 29 February, the 30th of a short lunar month, the fifth
    Friday where there are four.
    """

    first: date
    last: date
    repeats: str = "never"
    until: date | None = None

    @property
    def days(self) -> int:
        """Return how many days it lasts."""
        return (self.last - self.first).days + 1

    def holds(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        if day < self.first or (self.until is not None and day > self.until):
            return False
        if self.repeats in ("yearly", "lunar"):
            return yearly_holds(self._yearly(), day)
        lasts = timedelta(days=self.days)
        return any(self.first <= start <= day < start + lasts for start in self._starts(day))

    def next(self, today: date) -> date | None:
        """Return the next of its days, today included; None where all are over."""
        ahead = (max(today, self.first) + timedelta(days=n) for n in range(_FAR))
        return next((day for day in ahead if self.holds(day)), None)

    def _yearly(self) -> Yearly:
        """Return its ends as months and days, solar or lunar: it ends on the same date each year."""
        if self.repeats == "yearly":
            return Yearly((self.first.month, self.first.day), (self.last.month, self.last.day))
        begins, ends = lunar_day(self.first), lunar_day(self.last)
        return Yearly((begins.month, begins.day), (ends.month, ends.day), lunar=True)

    def _starts(self, day: date) -> tuple[date, ...]:
        """Return the latest days it may have begun on, seen from a day."""
        if self.repeats == "weekly":
            return (day - timedelta(days=(day - self.first).days % _WEEK),)
        if self.repeats in ("monthly", "monthly_weekday"):
            months = (day.year - self.first.year) * 12 + day.month - self.first.month
            in_month = months_after if self.repeats == "monthly" else _same_weekday
            return in_month(self.first, months), in_month(self.first, months - 1)
        return (self.first,)


def _same_weekday(first: date, months: int) -> date:
    """Return the day of a later month that is the same weekday of it: the second Friday, the fifth or last one."""
    month = months_after(first.replace(day=1), months)
    start = month + timedelta(days=(first.weekday() - month.weekday()) % _WEEK)
    found = start + timedelta(days=(first.day - 1) // _WEEK * _WEEK)
    return found if found.month == month.month else found - timedelta(days=_WEEK)


class NoRate(Refusal):
    """Money of another market, and headquarters gave no rate for the day (C34)."""

    sentence = "There is no rate from %(currency)s to %(into)s for %(day)s. Headquarters must enter one."
    currency: str
    into: str
    day: str


_RATE = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)


def read_rate(text: str) -> int:
    """Read a rate exactly, in millionths: "0.9123" -> 912300; ValueError where it is none, or nothing."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    rate = int(found[1]) * PAR + int((found[2] or "").ljust(6, "0"))
    if not rate:
        raise ValueError(text)
    return rate


def rate_text(millionths: int) -> str:
    """Write a rate with all its digits and no more: 912300 -> 0.9123."""
    whole, part = divmod(millionths, PAR)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


def rate_of(rates: Sequence[tuple[date, int]], day: date) -> int | None:
    """Return the rate of the latest day that is not after a day; the days ascend. None before the first of them."""
    return next((rate for since, rate in reversed(rates) if since <= day), None)
