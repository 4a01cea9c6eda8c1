"""Whether a rule is open: its calendar (solar and lunar), stores and limits; each a yes or no beside its conditions."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime

from rules.book import Calendar, Limit, Parameter, Ref, Rule, Stores, Yearly
from rules.event import Event, Place, Usage
from rules.lunar import last_of, lunar_day
from rules.parameters import refs_of, resolve

_UNUSED = Usage()


def is_open(rule: Rule, event: Event, parameters: Mapping[str, Parameter]) -> bool:
    """Tell whether a rule is on for this event: enabled, its event, parameters, calendar, stores and limits."""
    return (
        rule.enabled
        and rule.event == event.kind
        and in_force(rule, parameters, event.at.date())
        and calendar_holds(rule.calendar, event.at)
        and stores_hold(rule.stores, event.place)
        and limits_hold(rule, event, parameters)
    )


def in_force(rule: Rule, parameters: Mapping[str, Parameter], day: date) -> bool:
    """Tell whether all parameters a rule uses have a value on the day; before that the rule does not exist yet."""
    return all(name in parameters and parameters[name].values[0][0] <= day for name in refs_of_rule(rule))


def refs_of_rule(rule: Rule) -> set[str]:
    """Return the names of all parameters a rule uses: in conditions, totals, limits and effects."""
    values: list[object] = [edge for total in rule.totals for edge in (total.at_least, total.at_most)]
    values += [edge for limit in rule.limits for edge in (limit.count, limit.budget)]
    values += [value for then in rule.then for value in then.params.values()]
    named = {value.parameter for value in values if isinstance(value, Ref)}
    return named | refs_of(rule.items) | refs_of(rule.when)


def calendar_holds(calendar: Calendar, at: datetime) -> bool:
    """Tell whether the moment is within the calendar; all its parts must hold."""
    return day_holds(calendar, at.date()) and hours_hold(calendar.hours, at.hour * 60 + at.minute)


def day_holds(calendar: Calendar, day: date) -> bool:
    """Tell whether the day is within the calendar, whatever the hour."""
    if calendar.since is not None and day < calendar.since:
        return False
    if calendar.until is not None and day > calendar.until:
        return False
    if calendar.weekdays and day.isoweekday() not in calendar.weekdays:
        return False
    return not calendar.yearly or any(yearly_holds(span, day) for span in calendar.yearly)


def hours_hold(hours: tuple[tuple[int, int], ...], minute: int) -> bool:
    """Tell whether a minute of the day is within one of the spans [start, end); no spans do not restrict."""
    return not hours or any(start <= minute < end for start, end in hours)


def yearly_holds(span: Yearly, day: date) -> bool:
    """Tell whether a day is within a yearly span, by the solar or the lunar calendar.

    A span that begins or ends on a day the month does not have this year (29 February, the 30th of a short lunar
    month) takes the last day of that month: so 12-30 lunar is always New Year's Eve. Days of a lunar leap month come
    after the month of the same number: they are inside a span across it, and never the 5th of the 4th itself.
    """
    if span.lunar:
        today = lunar_day(day)
        here = (today.month, int(today.leap), today.day)
        start, end = _lunar_edge(today.year, span.start), _lunar_edge(today.year, span.end)
    else:
        here = (day.month, 0, day.day)
        start, end = _solar_edge(day.year, span.start), _solar_edge(day.year, span.end)
    return start <= here <= end if start <= end else here >= start or here <= end


def stores_hold(stores: Stores, place: Place) -> bool:
    """Tell whether the place is among the stores; every set that is not empty must hold it."""
    return all(
        not allowed or code in allowed
        for allowed, code in (
            (stores.brands, place.brand),
            (stores.regions, place.region),
            (stores.franchisees, place.franchisee),
            (stores.formats, place.format),
            (stores.stores, place.store),
        )
    )


def limits_hold(rule: Rule, event: Event, parameters: Mapping[str, Parameter]) -> bool:
    """Tell whether every limit of the rule leaves room, by the usage given with the event (none given = unused).

    A limit per member leaves none where nobody is named: it could not be held. Refuses with ParameterMissing if a
    limit's parameter has no value on the day.
    """
    if not rule.limits:
        return True
    usage = event.usage.get(rule.name, _UNUSED)
    if lacks_member(rule, usage):
        return False
    return all(
        room_left(limit, usage, place, parameters, event.at.date()) != 0 for place, limit in enumerate(rule.limits)
    )


def lacks_member(rule: Rule, usage: Usage) -> bool:
    """Tell whether the rule is limited per member and there is nobody to count for."""
    return usage.nobody and any(limit.per == "member" for limit in rule.limits)


def room_left(limit: Limit, usage: Usage, place: int, parameters: Mapping[str, Parameter], day: date) -> int | None:
    """Return what is left of one limit, the smaller of firings and fen, never below 0; None if it does not restrict."""
    count, budget = resolve(limit.count, parameters, day), resolve(limit.budget, parameters, day)
    left = []
    if count is not None:
        left.append(count - (usage.counts[place] if place < len(usage.counts) else 0))
    if budget is not None:
        left.append(budget - (usage.costs[place] if place < len(usage.costs) else 0))
    return max(min(left), 0) if left else None


def _lunar_edge(year: int, edge: tuple[int, int]) -> tuple[int, int, int]:
    month, day = edge
    return month, 0, min(day, last_of(year, month))


def _solar_edge(year: int, edge: tuple[int, int]) -> tuple[int, int, int]:
    month, day = edge
    return month, 0, min(day, monthrange(year, month)[1])
