"""The lunar calendar, held against the library day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lunar_python import Lunar, LunarYear, Solar

from rules.lunar import LunarDay, last_of, lunar_day, months, solar_day

DAYS = [date(1930, 1, 1) + timedelta(days=place) for place in range(0, 365 * 130, 13)]


def test_days_stand_where_the_library_says() -> None:
    for day in DAYS:
        theirs = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        ours = lunar_day(day)
        month = theirs.getMonth()
        assert ours == (theirs.getYear(), abs(month), month < 0, theirs.getDay()), day


def test_there_and_back_is_the_same_day() -> None:
    for day in DAYS:
        year, month, leap, of_month = lunar_day(day)
        assert solar_day(year, month, of_month, leap=leap) == day


@pytest.mark.parametrize("year", range(1940, 2080))
def test_a_leap_month_comes_where_the_library_puts_it(year: int) -> None:
    leap = [month.number for month in months(year) if month.leap]
    assert leap == ([LunarYear.fromYear(year).getLeapMonth()] if LunarYear.fromYear(year).getLeapMonth() else [])
    assert len(months(year)) == 12 + len(leap)
    assert {month.days for month in months(year)} <= {29, 30}


def test_a_leap_month_that_is_not_there_is_the_month_of_its_number() -> None:
    assert solar_day(2025, 6, 1, leap=True) == date(2025, 7, 25)
    assert solar_day(2026, 6, 1, leap=True) == solar_day(2026, 6, 1) == date(2026, 7, 14)


def test_the_30th_of_a_short_month_is_its_29th() -> None:
    assert (last_of(2024, 12), last_of(2023, 12)) == (29, 30)
    assert solar_day(2024, 12, 30) == solar_day(2024, 12, 29) == date(2025, 1, 28)
    assert lunar_day(date(2025, 1, 29)) == LunarDay(2025, 1, leap=False, day=1)
    spring = Lunar.fromYmd(2025, 1, 1).getSolar()
    assert (spring.getMonth(), spring.getDay()) == (1, 29)
