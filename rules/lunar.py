"""The lunar calendar: the month and day of a day, and back; computed once a year and process."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from lunar_python import LunarYear, Solar


class LunarDay(NamedTuple):
    """A day of the lunar calendar; the year begins with the Spring Festival."""

    year: int
    month: int
    leap: bool  # of the second month of that number
    day: int


class LunarMonth(NamedTuple):
    """A month of a lunar year: the ordinal of its first day, its number, and how many days it has (29 or 30)."""

    first: int
    number: int
    leap: bool
    days: int


def lunar_day(day: date) -> LunarDay:
    """Return where a day stands in the lunar calendar."""
    ordinal = day.toordinal()
    year = day.year if ordinal >= months(day.year)[0].first else day.year - 1
    known = months(year)
    month = known[bisect_right(known, ordinal, key=lambda each: each.first) - 1]
    return LunarDay(year, month.number, month.leap, ordinal - month.first + 1)


def solar_day(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """Return the day of a lunar month and day in a lunar year.

    A leap month that the year does not have is the month of that number; the 30th of a short month is its 29th.
    """
    found = next((one for one in months(year) if one.number == month and one.leap == leap), None)
    if found is None:
        return solar_day(year, month, day)
    return date.fromordinal(found.first) + timedelta(days=min(day, found.days) - 1)


def last_of(year: int, month: int) -> int:
    """Return how many days a month of a lunar year has; not the leap one of that number."""
    return next(one.days for one in months(year) if one.number == month and not one.leap)


@lru_cache(maxsize=512)
def months(year: int) -> tuple[LunarMonth, ...]:
    """Return the months of a lunar year in order."""
    found = []
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        ordinal = date(first.getYear(), first.getMonth(), first.getDay()).toordinal()
        found.append(LunarMonth(ordinal, abs(month.getMonth()), month.isLeap(), month.getDayCount()))
    return tuple(found)
