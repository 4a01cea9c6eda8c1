"""On which day a birthday is kept: by the sun, or by the moon where the member wishes it (C14)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import NamedTuple

from rules.lunar import lunar_day, months, solar_day

_MONTH = 100


def kept_in(year: int, born: date) -> date:
    """Return the day a birthday is kept in a year by the sun: 29 February on the 28th where there is none."""
    return date(year, born.month, min(born.day, monthrange(year, born.month)[1]))


def lunar_key(born: date) -> int:
    """Return month and day of a day in the lunar calendar: 815 is the 15th of the eighth month, -605 of a leap one."""
    found = lunar_day(born)
    return (found.month * _MONTH + found.day) * (-1 if found.leap else 1)


def lunar_kept_in(year: int, key: int) -> date:
    """Return the day a lunar birthday is kept in a lunar year.

    The 30th of a month that is short this year is kept on its 29th, the leap month where there is none in the month of
    that number: so it comes once in every lunar year, which may be twice in a year of the sun, or not at all.
    """
    month, day = divmod(abs(key), _MONTH)
    return solar_day(year, month, day, leap=key < 0)


def lunar_keys_on(day: date) -> frozenset[int]:
    """Return the lunar birthdays (their keys) that are kept on a day."""
    today = lunar_day(day)
    days = {today.day, 30} if _is_last(day) else {today.day}
    has_leap = any(month.number == today.month and month.leap for month in months(today.year))
    signs = {-1} if today.leap else {1} if has_leap else {1, -1}
    return frozenset(sign * (today.month * _MONTH + one) for sign in signs for one in days)


def _is_last(day: date) -> bool:
    return lunar_day(date.fromordinal(day.toordinal() + 1)).day == 1


class Birthday(NamedTuple):
    """A day of birth, with its key in the lunar calendar where it is kept by that."""

    born: date
    lunar: int | None = None

    def is_on(self, day: date) -> bool:
        """Tell whether it is kept on a day."""
        if self.lunar is None:
            return kept_in(day.year, self.born) == day
        return lunar_kept_in(lunar_day(day).year, self.lunar) == day

    def next(self, today: date) -> date:
        """Return the next day on which it is kept, today included."""
        if self.lunar is None:
            this_year = kept_in(today.year, self.born)
            return this_year if this_year >= today else kept_in(today.year + 1, self.born)
        year = lunar_day(today).year
        this_year = lunar_kept_in(year, self.lunar)
        return this_year if this_year >= today else lunar_kept_in(year + 1, self.lunar)
