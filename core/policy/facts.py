"""What was given to the rules, as compact JSON: a decision keeps it, and it can be decided again from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rules.event import PAR, Event, Line, Offer, Place, Usage
from rules.trace import Decision, value_as_json, value_from_json
from rules.vocabulary import Value


def dump(data: Any) -> str:
    """Write plain data as compact JSON, always the same for the same data in the same order."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def event_as_json(event: Event) -> dict[str, Any]:
    """Return everything a decision depends on as plain values."""
    place = event.place
    return {
        "kind": event.kind,
        "at": event.at.isoformat(),
        "place": [place.brand, place.region, place.franchisee, place.format, place.store],
        "facts": _values(event.facts),
        "lines": [_line_as_json(line) for line in event.lines],
        "vouchers": [_offer_as_json(offer) for offer in event.vouchers],
        "usage": {name: _usage_as_json(usage) for name, usage in event.usage.items()},
        "birthday_list_used": event.birthday_list_used,
        **({} if event.rate == PAR else {"rate": event.rate}),
    }


def event_from_json(data: Mapping[str, Any]) -> Event:
    """Return the event that `event_as_json` wrote."""
    return Event(
        data["kind"],
        datetime.fromisoformat(data["at"]),
        Place(*data["place"]),
        {name: value_from_json(value) for name, value in data["facts"].items()},
        [_line_from_json(line) for line in data["lines"]],
        [_offer_from_json(offer) for offer in data["vouchers"]],
        {name: Usage(*usage) for name, usage in data["usage"].items()},
        data["birthday_list_used"],
        data.get("rate", PAR),
    )


def _values(facts: Mapping[str, Value]) -> dict[str, Any]:
    return {name: value if type(value) in _PLAIN else value_as_json(value) for name, value in facts.items()}


_PLAIN = (int, str, bool)


def _usage_as_json(usage: Usage) -> list[Any]:
    return [list(usage.counts), list(usage.costs), *([True] if usage.nobody else [])]


def _line_as_json(line: Line) -> list[Any]:
    short = [line.product, line.quantity, line.list_price, line.special_price]
    if line.facts or line.floor_price:
        return [*short, _values(line.facts), line.floor_price]
    return short


def _line_from_json(data: Sequence[Any]) -> Line:
    product, quantity, list_price, special_price, *more = data
    facts, floor = more or ({}, 0)
    return Line(product, quantity, list_price, special_price, {n: value_from_json(v) for n, v in facts.items()}, floor)


def _offer_as_json(offer: Offer) -> list[Any]:
    told = [offer.kind, offer.value, offer.code]
    if offer.min_spend or offer.categories is not None or offer.products is not None:
        told += [offer.min_spend, None if offer.categories is None else sorted(offer.categories)]
    if offer.products is not None:
        told.append(sorted(offer.products))
    return told


def _offer_from_json(data: Sequence[Any]) -> Offer:
    kind, value, code, *more = data
    least, *goods = more or (0,)
    return Offer(kind, value, code, least, *(None if codes is None else frozenset(codes) for codes in goods))


def outcome_as_text(decision: Decision) -> str:
    """Return a decision as the text that is kept."""
    return dump(decision.as_json())


def outcome_from_text(text: str) -> Decision:
    """Return the decision that was kept."""
    return Decision.from_json(json.loads(text))
