"""All facts of an event as plain values: given ones, computed ones, and the neutral value for what is not given."""

from __future__ import annotations

from rules.book import WHOLE
from rules.event import Event, Line
from rules.vocabulary import Value, Vocabulary


def selling_price(line: Line) -> int:
    """Return the special price if there is one, else the list price, in fen a unit."""
    return line.list_price if line.special_price is None else line.special_price


def price_ratio(line: Line) -> int:
    """Return selling price / list price in basis points, rounded down; 10,000 for a line without a list price."""
    return selling_price(line) * WHOLE // line.list_price if line.list_price > 0 else WHOLE


def event_facts(event: Event, vocabulary: Vocabulary) -> dict[str, Value]:
    """Return every event fact of the vocabulary for this event."""
    neutral = {name: fact.neutral for name, fact in vocabulary.facts.items() if fact.scope == "event"}
    return neutral | dict(event.facts) | computed_event_facts(event)


def line_facts(line: Line, vocabulary: Vocabulary) -> dict[str, Value]:
    """Return every line fact of the vocabulary for this line."""
    neutral = {name: fact.neutral for name, fact in vocabulary.facts.items() if fact.scope == "line"}
    return neutral | dict(line.facts) | computed_line_facts(line)


def computed_event_facts(event: Event) -> dict[str, Value]:
    """Return the basket.* facts, which come from the event itself."""
    place = event.place
    return {
        "basket.lines": len(event.lines),
        "basket.quantity": sum(line.quantity for line in event.lines),
        "basket.amount": sum(selling_price(line) * line.quantity for line in event.lines),
        "basket.list_amount": sum(line.list_price * line.quantity for line in event.lines),
        "basket.weekday": event.at.isoweekday(),
        "basket.date": event.at.date(),
        "basket.time": event.at.hour * 60 + event.at.minute,
        "basket.brand": place.brand,
        "basket.region": place.region,
        "basket.franchisee": place.franchisee,
        "basket.store_format": place.format,
        "basket.store": place.store,
    }


def computed_line_facts(line: Line) -> dict[str, Value]:
    """Return the line.* facts that come from quantity and prices."""
    return {
        "line.quantity": line.quantity,
        "line.list_price": line.list_price,
        "line.selling_price": selling_price(line),
        "line.price_ratio": price_ratio(line),
        "line.has_special": line.special_price is not None,
    }
