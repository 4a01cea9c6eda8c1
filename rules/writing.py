"""Rule books back to plain data, in the order people read them; what has its usual value is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from rules.book import (
    Calendar,
    Combine,
    Condition,
    Funding,
    Group,
    Limit,
    Parameter,
    Ref,
    Rule,
    RuleBook,
    Settings,
    Stores,
    Then,
    Total,
)
from rules.values import write_clock
from rules.vocabulary import Text, Value

Plain = dict[str, object]


def plain_book(book: RuleBook) -> Plain:
    """Return a book as plain data; rows of tables appear in their tables only."""
    plain: Plain = {"book": book.name, "brand": book.brand, "currency": book.currency}
    plain["settings"] = _fields(book.settings, Settings())
    plain["parameters"] = [_parameter(parameter) for parameter in book.parameters.values()]
    plain["groups"] = [_group(group) for group in book.groups]
    plain["rules"] = [plain_rule(rule) for rule in book.rules if rule.table is None]
    plain["tables"] = [dict(table.raw) for table in book.tables]
    return {key: value for key, value in plain.items() if value or isinstance(value, str)}


def plain_rule(rule: Rule) -> Plain:
    """Return a rule as plain data that reads back as the same rule."""
    plain: Plain = {"rule": rule.name, "reference": rule.reference, "event": rule.event, "group": rule.group}
    plain["items"] = plain_condition(rule.items)
    plain["when"] = plain_condition(rule.when)
    plain["totals"] = [_total(total) for total in rule.totals]
    plain["then"] = [_then(then) for then in rule.then]
    plain["priority"] = rule.priority
    plain["calendar"] = _calendar(rule.calendar)
    plain["stores"] = {key: sorted(codes) for key, codes in _fields(rule.stores, Stores()).items()}  # type: ignore[call-overload]
    plain["limits"] = [_limit(limit) for limit in rule.limits]
    plain["funding"] = {} if rule.funding == Funding() else _shares(rule.funding)
    plain["once"] = "" if rule.once == "rule" else rule.once
    plain["note"] = _text(rule.note) if isinstance(rule.note, Text) else rule.note
    kept = {key: value for key, value in plain.items() if value}
    return kept if rule.enabled else kept | {"enabled": False}


def plain_condition(condition: Condition | None) -> Plain | None:
    """Return a condition as plain data, None for none."""
    if condition is None:
        return None
    if isinstance(condition, Combine):
        return {condition.how: [plain_condition(part) for part in condition.parts]}
    operand = condition.operand
    if isinstance(operand, tuple):
        return {"fact": condition.fact, condition.operator: [plain_value(each) for each in operand]}
    return {"fact": condition.fact, condition.operator: plain_value(operand)}


def plain_value(value: Value | Ref | None) -> object:
    """Return a value or a reference as plain data: days as texts, sets as sorted lists, times in minutes."""
    if isinstance(value, Ref):
        return {"parameter": value.parameter}
    if isinstance(value, frozenset):
        return sorted(value)
    return value if value is None or isinstance(value, int | str) else str(value)


def _fields(value: object, usual: object) -> Plain:
    names = [field.name for field in fields(value)]  # type: ignore[arg-type]
    return {name: getattr(value, name) for name in names if getattr(value, name) != getattr(usual, name)}


def _then(then: Then) -> Plain:
    return {"effect": then.effect} | {name: plain_value(value) for name, value in then.params.items()}


def _total(total: Total) -> Plain:
    edges = {"at_least": plain_value(total.at_least), "at_most": plain_value(total.at_most)}
    return {"measure": total.measure} | {key: value for key, value in edges.items() if value is not None}


def _limit(limit: Limit) -> Plain:
    rooms = {"count": plain_value(limit.count), "budget": plain_value(limit.budget)}
    return {"per": limit.per, "period": limit.period} | {k: v for k, v in rooms.items() if v is not None}


def _shares(funding: Funding) -> Plain:
    return {field.name: share for field in fields(funding) if (share := getattr(funding, field.name))}


def _calendar(calendar: Calendar) -> Plain:
    plain: Plain = {}
    for key, day in (("since", calendar.since), ("until", calendar.until)):
        if day is not None:
            plain[key] = day.isoformat()
    if calendar.weekdays:
        plain["weekdays"] = sorted(calendar.weekdays)
    if calendar.hours:
        plain["hours"] = [f"{write_clock(start)}-{write_clock(end)}" for start, end in calendar.hours]
    if calendar.yearly:
        plain["yearly"] = [
            {"from": _month_day(span.start), "to": _month_day(span.end)} | ({"lunar": True} if span.lunar else {})
            for span in calendar.yearly
        ]
    return plain


def _month_day(edge: tuple[int, int]) -> str:
    return f"{edge[0]:02}-{edge[1]:02}"


def _parameter(parameter: Parameter) -> Plain:
    return {
        "parameter": parameter.name,
        "kind": parameter.kind.value,
        "label": _text(parameter.label),
        "reference": parameter.reference,
        "values": {day.isoformat(): value for day, value in parameter.values},
    }


def _group(group: Group) -> Plain:
    return {"group": group.name, "label": _text(group.label), "policy": group.policy, "base": group.base}


def _text(text: Text) -> Mapping[str, str]:
    return {"zh_hant": text.zh_hant, "zh_hans": text.zh_hans, "en": text.en}
