"""Birthdays by the sun and by the moon: 29 February, leap months, the 30th of short months (C14)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from lunar_python import Lunar, LunarMonth, LunarYear

from rules.birthday import Birthday, kept_in, lunar_kept_in, lunar_key, lunar_keys_on
from rules.lunar import lunar_day

YEARS = range(2020, 2060)
DAYS = [date(2020, 1, 25) + timedelta(days=n) for n in range(365 * 40)]


def theirs(year: int, month: int, day: int) -> date:
    """Return a lunar day as the library finds it; a leap month is a negative one there."""
    found = Lunar.fromYmd(year, month, day).getSolar()
    return date(found.getYear(), found.getMonth(), found.getDay())


def by_the_moon(born: date) -> Birthday:
    return Birthday(born, lunar_key(born))


def test_29_february_is_kept_on_the_28th_where_there_is_none() -> None:
    leap = Birthday(date(2004, 2, 29))
    assert [day for day in DAYS[:1500] if leap.is_on(day)] == [
        date(2020, 2, 29), date(2021, 2, 28), date(2022, 2, 28), date(2023, 2, 28), date(2024, 2, 29),
    ]  # fmt: skip
    assert kept_in(2026, date(1990, 12, 31)) == date(2026, 12, 31)
    assert leap.next(date(2026, 3, 1)) == date(2027, 2, 28)


def test_a_lunar_birthday_is_kept_where_the_library_finds_it() -> None:
    mid_autumn = by_the_moon(date(1990, 10, 3))
    assert mid_autumn.lunar == 815
    for year in YEARS:
        assert mid_autumn.is_on(theirs(year, 8, 15))
        assert lunar_kept_in(year, 815) == theirs(year, 8, 15)


def test_the_30th_is_kept_on_the_29th_of_a_short_month() -> None:
    new_years_eve = by_the_moon(date(1991, 2, 14))
    assert new_years_eve.lunar == 1230
    kept = [lunar_kept_in(year, 1230) for year in YEARS]
    for year, day in zip(YEARS, kept, strict=True):
        days = LunarMonth.fromYm(year, 12).getDayCount()
        assert day == theirs(year, 12, days)
        assert new_years_eve.is_on(day)
    assert {LunarMonth.fromYm(year, 12).getDayCount() for year in YEARS} == {29, 30}


def test_a_leap_month_is_kept_where_there_is_one_and_else_in_the_month_of_its_number() -> None:
    born = by_the_moon(theirs(1987, -6, 10))  # a leap sixth month
    assert born.lunar == -610
    for year in YEARS:
        month = -6 if LunarYear.fromYear(year).getLeapMonth() == 6 else 6
        assert [day for day in DAYS if lunar_day(day).year == year and born.is_on(day)] == [theirs(year, month, 10)]
    assert lunar_kept_in(2025, -610) == date(2025, 8, 3)


def test_who_was_born_in_the_first_month_of_that_number_keeps_it_there() -> None:
    born = by_the_moon(theirs(1987, 6, 10))
    assert born.lunar == 610
    assert [day for day in DAYS if lunar_day(day).year == 2025 and born.is_on(day)] == [date(2025, 7, 4)]


@pytest.mark.parametrize(
    "born",
    [date(1990, 10, 3), date(1991, 2, 14), date(1987, 8, 4), date(2006, 8, 24), date(1966, 4, 21), date(1984, 12, 31)],
)
def test_it_comes_exactly_once_in_every_lunar_year(born: date) -> None:
    birthday = by_the_moon(born)
    counted = Counter(lunar_day(day).year for day in DAYS if birthday.is_on(day))
    assert set(counted.values()) == {1}
    assert set(YEARS) - {2059} <= set(counted)


def test_the_next_one_is_found_over_the_end_of_either_year() -> None:
    birthday = by_the_moon(date(1985, 1, 21))  # the first of the twelfth month
    assert birthday.lunar == 1201
    kept = [day for day in DAYS if birthday.is_on(day)]
    for today in DAYS[:4000]:
        assert birthday.next(today) == next(day for day in kept if day >= today)
    # 2022 has it twice, and 2023 not at all.
    assert [day for day in kept if day.year in {2022, 2023}] == [date(2022, 1, 3), date(2022, 12, 23)]


def test_a_list_of_a_day_finds_exactly_those_who_keep_it_then() -> None:
    keys = [sign * (month * 100 + day) for sign in (1, -1) for month in range(1, 13) for day in range(1, 31)]
    for today in DAYS[1800:2600]:
        kept = {key for key in keys if Birthday(date(1990, 1, 1), key).is_on(today)}
        assert lunar_keys_on(today) == kept, today
