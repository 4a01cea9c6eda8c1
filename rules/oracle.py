"""The engine's answer by the plain evaluator, without compiling or packing: what tests hold the engine against."""

from __future__ import annotations

from datetime import date

from rules.book import Condition, Rule, RuleBook, Total
from rules.condition import holds
from rules.event import Event, Line
from rules.facts import event_facts, line_facts, selling_price
from rules.firings import Firings
from rules.parameters import resolve, resolve_condition
from rules.vocabulary import Value, Vocabulary
from rules.when import is_open


def fire_plain(book: RuleBook, vocabulary: Vocabulary, event: Event) -> Firings:
    """Say which rules fire on which lines, rule by rule in plain Python.

    Refuses with ParameterMissing and FactRefused like the engine.
    """
    about_event = event_facts(event, vocabulary)
    about_lines = [line_facts(line, vocabulary) for line in event.lines]
    fired = [
        (place, line)
        for place, rule in enumerate(book.rules)
        for line in _lines_of(book, rule, event, about_event, about_lines)
    ]
    return Firings(tuple(fired))


class PlainEngine:
    """The plain evaluator behind the engine's interface: slower, no C code; for when the engine fails in the field."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        """Keep the book; nothing is compiled and nothing refused."""
        self._book, self._vocabulary = book, vocabulary

    def fire(self, event: Event) -> Firings:
        """Say which rules fire on which lines. Refuses like `fire_plain`."""
        return fire_plain(self._book, self._vocabulary, event)

    def close(self) -> None:
        """Nothing is held."""


def _lines_of(
    book: RuleBook,
    rule: Rule,
    event: Event,
    about_event: dict[str, Value],
    about_lines: list[dict[str, Value]],
) -> list[int]:
    day = event.at.date()
    if not is_open(rule, event, book.parameters) or not _holds(book, rule.when, day, about_event):
        return []
    own = [place for place, facts in enumerate(about_lines) if _holds(book, rule.items, day, facts)]
    if not all(total_holds(book, total, [event.lines[place] for place in own], day) for total in rule.totals):
        return []
    return [-1] if rule.items is None else own


def _holds(book: RuleBook, condition: Condition | None, day: date, facts: dict[str, Value]) -> bool:
    return condition is None or holds(resolve_condition(condition, book.parameters, day), facts)


def total_holds(book: RuleBook, total: Total, own: list[Line], day: date) -> bool:
    """Tell whether a rule's own lines reach its threshold, before discounts.

    Refuses with ParameterMissing if its parameter has no value on the day.
    """
    reached = total_of(total, own)
    at_least, at_most = (resolve(edge, book.parameters, day) for edge in (total.at_least, total.at_most))
    return (at_least is None or reached >= at_least) and (at_most is None or reached <= at_most)


def total_of(total: Total, own: list[Line]) -> int:
    """Return pieces, or fen at selling prices, of a rule's own lines."""
    if total.measure == "quantity":
        return sum(line.quantity for line in own)
    return sum(selling_price(line) * line.quantity for line in own)
