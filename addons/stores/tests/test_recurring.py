"""Days that come again: by the week, the month, the year and the moon; what a month does not have is its last day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from lunar_python import Lunar

from addons.stores.domain import LONGEST, Recurring


def held(recurring: Recurring, since: str, until: str) -> list[str]:
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    return [day.isoformat() for day in days if recurring.holds(day)]


def one(day: str, repeats: str = "never", last: str = "", until: str = "") -> Recurring:
    first = date.fromisoformat(day)
    end = date.fromisoformat(last) if last else first
    return Recurring(first, end, repeats, date.fromisoformat(until) if until else None)


def test_an_opening_is_its_own_days_and_no_other() -> None:
    opening = one("2026-05-01", last="2026-05-03")
    assert held(opening, "2025-01-01", "2028-01-01") == ["2026-05-01", "2026-05-02", "2026-05-03"]


def test_a_member_day_comes_each_week() -> None:
    assert held(one("2026-05-06", "weekly"), "2026-05-01", "2026-05-21") == ["2026-05-06", "2026-05-13", "2026-05-20"]
    weekend = one("2026-05-02", "weekly", last="2026-05-03", until="2026-05-10")
    assert held(weekend, "2026-04-01", "2026-06-01") == ["2026-05-02", "2026-05-03", "2026-05-09", "2026-05-10"]


def test_a_member_day_comes_each_month_and_on_the_last_where_there_is_none() -> None:
    assert held(one("2026-01-18", "monthly"), "2026-02-01", "2026-03-31") == ["2026-02-18", "2026-03-18"]
    end = held(one("2027-10-31", "monthly"), "2027-11-01", "2028-03-31")
    assert end == ["2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]


def test_days_in_a_row_may_pass_the_end_of_the_month() -> None:
    assert held(one("2026-01-30", "monthly", last="2026-02-01"), "2026-04-01", "2026-05-31") == [
        "2026-04-01",
        "2026-04-30",
        "2026-05-01",
        "2026-05-02",
        "2026-05-30",
        "2026-05-31",
    ]


def test_the_second_friday_of_each_month_and_the_fifth_or_last_one() -> None:
    assert held(one("2026-01-09", "monthly_weekday"), "2026-02-01", "2026-04-30") == [
        "2026-02-13",
        "2026-03-13",
        "2026-04-10",
    ]
    assert held(one("2026-01-30", "monthly_weekday"), "2026-02-01", "2026-05-31") == [
        "2026-02-27",
        "2026-03-27",
        "2026-04-24",
        "2026-05-29",
    ]


def test_an_anniversary_comes_each_year_and_over_new_year() -> None:
    assert held(one("2018-03-01", "yearly"), "2026-01-01", "2027-12-31") == ["2026-03-01", "2027-03-01"]
    assert held(one("2024-02-29", "yearly"), "2025-01-01", "2028-12-31") == [
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]
    turn = one("2025-12-31", "yearly", last="2026-01-01")
    assert held(turn, "2026-12-01", "2027-12-30") == ["2026-12-31", "2027-01-01"]


def test_the_spring_festival_comes_by_the_moon() -> None:
    festival = one("2026-02-17", "lunar", last="2026-02-19")
    for year in range(2026, 2060):
        begins = Lunar.fromYmd(year, 1, 1).getSolar()
        first = date(begins.getYear(), begins.getMonth(), begins.getDay())
        assert [festival.holds(first + timedelta(days=n)) for n in range(-1, 4)] == [False, True, True, True, False]


def test_new_years_eve_passes_into_the_new_year() -> None:
    """It begins on the 30th of the twelfth month, or the 29th of a short one."""
    eve = one("2024-02-09", "lunar", last="2024-02-10")
    assert held(eve, "2025-01-01", "2027-12-31") == [
        "2025-01-28", "2025-01-29", "2026-02-16", "2026-02-17", "2027-02-05", "2027-02-06",
    ]  # fmt: skip


def test_the_next_day_is_found_until_there_is_none() -> None:
    member_day = one("2026-05-18", "monthly", until="2026-07-18")
    assert member_day.next(date(2026, 1, 1)) == date(2026, 5, 18)
    assert member_day.next(date(2026, 6, 18)) == date(2026, 6, 18)
    assert member_day.next(date(2026, 6, 19)) == date(2026, 7, 18)
    assert member_day.next(date(2026, 7, 19)) is None
    assert one("2018-03-01", "lunar").next(date(2026, 1, 1)) == date(2026, 3, 2)  # the 14th of the first month


def test_nothing_comes_again_before_its_first_day_or_after_its_last() -> None:
    assert held(one("2026-05-18", "monthly", until="2026-07-18"), "2026-01-01", "2027-01-01") == [
        "2026-05-18",
        "2026-06-18",
        "2026-07-18",
    ]
    assert held(one("2026-05-18", "yearly"), "2020-01-01", "2026-05-17") == []


def test_a_span_ends_on_the_same_date_each_year_whatever_lies_in_between() -> None:
    over_leap_day = one("2024-02-20", "yearly", last="2024-03-05")
    assert held(over_leap_day, "2025-03-01", "2025-12-31")[-1] == "2025-03-05"
    over_new_year = one("2024-02-02", "lunar", last="2024-02-24")  # 12-23 to 1-15, the 12th month with 30 days
    assert held(over_new_year, "2025-01-01", "2025-12-31")[0] == "2025-01-22"  # ... with 29 days
    assert held(over_new_year, "2025-01-01", "2025-12-31")[-1] == "2025-02-12"


@pytest.mark.parametrize("repeats", ["weekly", "monthly", "monthly_weekday"])
@pytest.mark.parametrize("first", [date(2024, 1, 1), date(2024, 1, 30), date(2023, 12, 31)])
def test_the_longest_span_is_over_before_it_begins_anew(repeats: str, first: date) -> None:
    days = [first + timedelta(days=n) for n in range(366 * 5)]
    starts = [day for day in days if Recurring(first, first, repeats).holds(day)]
    assert min((later - earlier).days for earlier, later in pairwise(starts)) >= LONGEST[repeats]
