"""Which codes of goods a book names: in its conditions, and in what limits the vouchers that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.book import Condition, Rule, RuleBook
from rules.parameters import compares_of
from rules.standard_effects import GOODS_OF_VOUCHERS
from rules.vocabulary import Value


@dataclass(frozen=True, slots=True)
class Named:
    """A code that a rule names; it stands for something under one of these facts."""

    rule: str
    facts: tuple[str, ...]
    code: str


def named_in(book: RuleBook) -> list[Named]:
    """Return what the rules of a book name under facts whose values are codes, each once, in the order written."""
    found = (Named(rule.name, facts, code) for rule in book.rules for facts, code in _named(rule))
    return list(dict.fromkeys(found))


def _named(rule: Rule) -> Iterator[tuple[tuple[str, ...], str]]:
    yield from _compared(rule.items)
    yield from _compared(rule.when)
    for then in rule.then:
        for param, facts in GOODS_OF_VOUCHERS.items():
            for code in _codes(then.params.get(param)):
                yield facts, code


def _compared(condition: Condition | None) -> Iterator[tuple[tuple[str, ...], str]]:
    for row in compares_of(condition):
        for code in _codes(row.operand):
            yield (row.fact,), code


def _codes(operand: object) -> tuple[str, ...]:
    values: tuple[Value, ...] = tuple(operand) if isinstance(operand, tuple | list | frozenset) else (operand,)
    return tuple(value for value in values if isinstance(value, str) and value)
