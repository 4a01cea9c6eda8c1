"""The values of one fact for the event or for all its lines: checked for their exact kind, then numbered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from rules.book import WHOLE
from rules.errors import FactRefused
from rules.event import Line
from rules.facts import selling_price
from rules.fields import Column, Numbers
from rules.values import LARGEST, NUMBERS, shown
from rules.vocabulary import Fact, Kind

Reader = Callable[[Sequence[Any]], list[Any]]
Numberer = Callable[[Sequence[Any], Numbers], list[int]]


def _ratios(lines: Sequence[Line]) -> list[int]:
    return [
        (line.list_price if line.special_price is None else line.special_price) * WHOLE // line.list_price
        if line.list_price > 0
        else WHOLE
        for line in lines
    ]


def _amounts(lines: Sequence[Line]) -> list[int]:
    return [(line.list_price if line.special_price is None else line.special_price) * line.quantity for line in lines]


LINE_COLUMNS: dict[str, Reader] = {
    "line.quantity": lambda lines: [line.quantity for line in lines],
    "line.list_price": lambda lines: [line.list_price for line in lines],
    "line.selling_price": lambda lines: [selling_price(line) for line in lines],
    "line.price_ratio": _ratios,
    "line.has_special": lambda lines: [line.special_price is not None for line in lines],
}


EVENT_COLUMNS: dict[str, Reader] = {
    "basket.lines": lambda events: [len(event.lines) for event in events],
    "basket.quantity": lambda events: [sum([line.quantity for line in event.lines]) for event in events],
    "basket.amount": lambda events: [sum(_amounts(event.lines)) for event in events],
    "basket.list_amount": lambda events: [
        sum([line.list_price * line.quantity for line in event.lines]) for event in events
    ],
    "basket.weekday": lambda events: [event.at.isoweekday() for event in events],
    "basket.date": lambda events: [event.at.date() for event in events],
    "basket.time": lambda events: [event.at.hour * 60 + event.at.minute for event in events],
    "basket.brand": lambda events: [event.place.brand for event in events],
    "basket.region": lambda events: [event.place.region for event in events],
    "basket.franchisee": lambda events: [event.place.franchisee for event in events],
    "basket.store_format": lambda events: [event.place.format for event in events],
    "basket.store": lambda events: [event.place.store for event in events],
}

_TYPES: Mapping[Kind, frozenset[type]] = {
    **dict.fromkeys(NUMBERS, frozenset({int})),
    Kind.DATE: frozenset({date}),
    Kind.YES_NO: frozenset({bool}),
    Kind.CHOICE: frozenset({str}),
    Kind.CHOICES: frozenset({frozenset, set}),
}


def column_of(column: Column, computed: Mapping[str, Reader]) -> Numberer:
    """Return the function that gives a column's numbers for a sequence of events or lines.

    It refuses with FactRefused, naming the fact and the line, a value that is not exactly of the fact's kind.
    """
    fact, encode = column.fact, column.coding.encode
    read = computed.get(fact.name) or _given(fact)
    types, number = _TYPES[fact.kind], fact.kind in NUMBERS

    def numbered(sources: Sequence[Any], numbers: Numbers) -> list[int]:
        values = read(sources)
        if not types.issuperset(map(type, values)) or (number and (max(values) > LARGEST or min(values) < -LARGEST)):
            raise _refusal(fact, values)
        return encode(values, numbers)

    return numbered


def _given(fact: Fact) -> Reader:
    name, neutral = fact.name, fact.neutral
    return lambda sources: [source.facts.get(name, neutral) for source in sources]


def _refusal(fact: Fact, values: Sequence[Any]) -> FactRefused:
    types = _TYPES[fact.kind]
    wrong = next(
        place
        for place, value in enumerate(values)
        if type(value) not in types or (type(value) is int and abs(value) > LARGEST)
    )
    where = f"lines[{wrong}].{fact.name}" if fact.scope == "line" else fact.name
    raise FactRefused.at(where, f"is of kind {fact.kind}, and {shown(values[wrong])} is not")
