"""What is open at a moment and a place, worked out for all rules together and kept: sets of rules as bits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from rules.book import RuleBook, Stores
from rules.event import Event, Place
from rules.fields import Numbers
from rules.parameters import value_on
from rules.when import day_holds, hours_hold, in_force, limits_hold, stores_hold

_DAYS_KEPT = 800
_PLACES_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Day:
    """One day: the rules that may fire on it, and the parameters' values."""

    days: int
    numbers: Numbers


class Gates:
    """The calendars, stores and limits of a book's rules."""

    def __init__(self, book: RuleBook) -> None:
        """Sort the rules by what restricts them."""
        self._book = book
        self._all = (1 << len(book.rules)) - 1
        self.limited = self._bits(lambda place: bool(book.rules[place].limits))
        self._placed = [place for place, rule in enumerate(book.rules) if rule.stores != Stores()]
        self._edges, self._hours = self._make_hours()
        self._days: dict[date, Day] = {}
        self._places: dict[tuple[str, str, str, str, str], int] = {}

    def on(self, day: date) -> Day:
        """Return what holds on a day: rules by calendar and by their parameters having begun."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            found = self._days[day] = self._make_day(day)
        return found

    def at(self, moment: datetime) -> int:
        """Return the rules whose hours hold at a moment."""
        return self._hours[bisect_right(self._edges, moment.hour * 60 + moment.minute)] if self._edges else self._all

    def where(self, place: Place) -> int:
        """Return the rules that hold at a place."""
        if not self._placed:
            return self._all
        key = (place.brand, place.region, place.franchisee, place.format, place.store)
        found = self._places.get(key)
        if found is None:
            if len(self._places) >= _PLACES_KEPT:
                self._places.clear()
            found = self._places[key] = self._make_place(place)
        return found

    def limits_leave_room(self, place: int, event: Event) -> bool:
        """Tell whether the limits of the rule at `place` of the book leave room for this event."""
        return limits_hold(self._book.rules[place], event, self._book.parameters)

    def _make_day(self, day: date) -> Day:
        rules, parameters = self._book.rules, self._book.parameters
        days = self._bits(lambda each: day_holds(rules[each].calendar, day) and in_force(rules[each], parameters, day))
        begun = [each for each in parameters.values() if each.values[0][0] <= day]
        return Day(days, {each.name: value_on(each, day) for each in begun})

    def _make_place(self, place: Place) -> int:
        rules = self._book.rules
        closed = sum(1 << each for each in self._placed if not stores_hold(rules[each].stores, place))
        return self._all & ~closed

    def _make_hours(self) -> tuple[list[int], list[int]]:
        """Return the minutes at which rules open or close, and the rules that hold before, between and after them."""
        rules = self._book.rules
        edges = sorted({edge for rule in rules for span in rule.calendar.hours for edge in span})
        minutes = [-1, *edges]
        return edges, [
            self._bits(lambda place, minute=minute: hours_hold(rules[place].calendar.hours, minute))  # type: ignore[misc]
            for minute in minutes
        ]

    def _bits(self, holds: Callable[[int], bool]) -> int:
        return sum(1 << place for place in range(len(self._book.rules)) if holds(place))
