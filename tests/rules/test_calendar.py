"""When and where a rule is open: days, hours, yearly spans by sun and moon, stores and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from rules.book import Calendar, Limit, Ref, Stores, Yearly
from rules.event import Event, Place, Usage
from rules.when import calendar_holds, in_force, is_open, limits_hold, room_left, stores_hold, yearly_holds
from tests.rules.random_books import FIRST_DAY, PARAMETERS, rule_of

EVE = Yearly((12, 30), (12, 30), lunar=True)
FESTIVAL = Yearly((12, 23), (1, 15), lunar=True)
LEAP_DAY = Yearly((2, 29), (2, 29))


@pytest.mark.parametrize(
    ("span", "day", "right"),
    [
        (EVE, "2025-01-28", True),  # the 12th month of that lunar year has 29 days
        (EVE, "2025-01-27", False),
        (EVE, "2024-02-09", True),  # ... and 30 in the year before
        (EVE, "2024-02-08", False),
        (EVE, "2026-02-16", True),
        (EVE, "2026-02-17", False),  # New Year's Day
        (FESTIVAL, "2026-02-10", True),
        (FESTIVAL, "2026-02-09", False),
        (FESTIVAL, "2026-03-03", True),
        (FESTIVAL, "2026-03-04", False),
        (Yearly((6, 1), (6, 30), lunar=True), "2025-07-01", True),  # the 7th of the 6th month
        (Yearly((6, 1), (6, 30), lunar=True), "2025-08-01", False),  # the leap month after it
        (Yearly((6, 15), (7, 7), lunar=True), "2025-08-01", True),  # a span across it
        (LEAP_DAY, "2024-02-29", True),
        (LEAP_DAY, "2024-02-28", False),
        (LEAP_DAY, "2025-02-28", True),
        (Yearly((12, 24), (1, 2)), "2025-12-31", True),
        (Yearly((12, 24), (1, 2)), "2026-01-02", True),
        (Yearly((12, 24), (1, 2)), "2026-01-03", False),
    ],
)
def test_yearly_spans(span: Yearly, day: str, right: bool) -> None:
    assert yearly_holds(span, date.fromisoformat(day)) is right


def test_new_years_eve_comes_once_a_year() -> None:
    days = [date(2000, 1, 1) + timedelta(day) for day in range(366 * 30)]
    eves = [day for day in days if yearly_holds(EVE, day)]
    assert 29 <= len(eves) <= 30
    assert all(350 <= (later - earlier).days <= 390 for earlier, later in pairwise(eves))


@pytest.mark.parametrize(
    ("calendar", "moment", "right"),
    [
        (Calendar(), "2026-05-01T00:00", True),
        (Calendar(since=date(2026, 5, 1)), "2026-05-01T00:00", True),
        (Calendar(since=date(2026, 5, 1)), "2026-04-30T23:59", False),
        (Calendar(until=date(2026, 5, 1)), "2026-05-01T23:59", True),
        (Calendar(until=date(2026, 5, 1)), "2026-05-02T00:00", False),
        (Calendar(weekdays=frozenset({5})), "2026-05-01T12:00", True),
        (Calendar(weekdays=frozenset({5})), "2026-05-02T12:00", False),
        (Calendar(hours=((600, 720),)), "2026-05-01T10:00", True),
        (Calendar(hours=((600, 720),)), "2026-05-01T11:59", True),
        (Calendar(hours=((600, 720),)), "2026-05-01T12:00", False),
        (Calendar(hours=((600, 720), (780, 1440))), "2026-05-01T23:59", True),
        (Calendar(yearly=(LEAP_DAY, Yearly((5, 1), (5, 3)))), "2026-05-02T12:00", True),
    ],
)
def test_all_parts_of_a_calendar_must_hold(calendar: Calendar, moment: str, right: bool) -> None:
    assert calendar_holds(calendar, datetime.fromisoformat(moment)) is right


def test_every_set_of_stores_that_is_not_empty_must_hold() -> None:
    place = Place("B", "north", "F1", "boutique", "S1")
    assert stores_hold(Stores(), place)
    assert stores_hold(Stores(brands=frozenset({"B"}), stores=frozenset({"S0", "S1"})), place)
    for part in ("brands", "regions", "franchisees", "formats", "stores"):
        assert not stores_hold(Stores(**{part: frozenset({"other"})}), place)


def event_with(usage: Usage) -> Event:
    return Event("quote", datetime.combine(FIRST_DAY, datetime.min.time()), usage={"r": usage})


@pytest.mark.parametrize(
    ("usage", "right"),
    [
        (Usage(), True),
        (Usage((1, 0), (0, 0)), True),
        (Usage((2, 0), (0, 0)), False),
        (Usage((0, 0), (0, 499)), True),
        (Usage((0, 0), (0, 500)), False),
        (Usage((9,), ()), False),
    ],
)
def test_limits_close_a_rule_when_one_is_used_up(usage: Usage, right: bool) -> None:
    rule = rule_of("r", limits=(Limit("member", "day", count=Ref("old")), Limit("all", "ever", budget=500)))
    assert limits_hold(rule, event_with(usage), PARAMETERS) is right


def test_room_left_is_the_smaller_of_count_and_budget() -> None:
    limit = Limit("all", "ever", count=3, budget=100)
    assert room_left(limit, Usage((1,), (99,)), 0, {}, FIRST_DAY) == 1
    assert room_left(limit, Usage((5,), (0,)), 0, {}, FIRST_DAY) == 0
    assert room_left(Limit("all", "ever"), Usage(), 0, {}, FIRST_DAY) is None


def test_a_rule_does_not_exist_before_its_parameters_do() -> None:
    rule = rule_of("r", limits=(Limit("all", "day", count=Ref("new")),))
    assert not in_force(rule, PARAMETERS, FIRST_DAY + timedelta(19))
    assert in_force(rule, PARAMETERS, FIRST_DAY + timedelta(20))
    assert not is_open(rule, event_with(Usage()), PARAMETERS)
    assert is_open(replace(rule, limits=()), event_with(Usage()), PARAMETERS)
    assert not is_open(replace(rule, limits=(), enabled=False), event_with(Usage()), PARAMETERS)
    assert not is_open(replace(rule, limits=(), event="visit"), event_with(Usage()), PARAMETERS)
