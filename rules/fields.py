"""How facts become the small whole numbers that the engine compares: ranks, codes, digits, yes and no."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.book import Compare, Ref
from rules.vocabulary import Fact, Value

Numbers = Mapping[str, int]  # the parameters' values on the day of the event
Span = tuple[int, int]  # smallest and largest number that passes

_ASKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "at_least": operator.ge,
    "more_than": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """An ordered fact as the number of limits at or below it: every comparison becomes a span of ranks."""

    cuts: tuple[int, ...]  # ascending
    dated: bool = False

    @property
    def size(self) -> int:
        """How many different numbers there are."""
        return len(self.cuts) + 1

    def encode(self, values: list[Any], numbers: Numbers) -> list[int]:
        """Return the rank of each value."""
        cuts = self.cuts
        if self.dated:
            return [bisect_right(cuts, value.toordinal()) for value in values]
        return [bisect_right(cuts, value) for value in values]

    def passing(self, compare: Compare) -> tuple[Span, bool]:
        """Return the span of ranks a comparison names, and whether it asks to be inside."""
        low, high = span_of(compare)
        first = 0 if low is None else bisect_left(self.cuts, low) + 1
        last = len(self.cuts) if high is None else bisect_left(self.cuts, high + 1)
        return (first, last), compare.operator != "is_not"


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as its number among the codes the version names; 0 for every other code."""

    codes: Mapping[str, int]

    @property
    def size(self) -> int:
        """How many different numbers there are."""
        return len(self.codes) + 1

    def encode(self, values: list[Any], numbers: Numbers) -> list[int]:
        """Return the number of each code."""
        get = self.codes.get
        return [get(value, 0) for value in values]

    def passing(self, compare: Compare) -> tuple[Span, bool]:
        """Return the one number a comparison names, and whether it asks for it."""
        number = self.codes[str(compare.operand)]
        return (number, number), compare.operator == "is"


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a value is one of many: 1 or 0."""

    wanted: frozenset[Value]
    size: int = 2

    def encode(self, values: list[Any], numbers: Numbers) -> list[int]:
        """Return 1 for each value that is wanted, else 0."""
        wanted = self.wanted
        return [1 if value in wanted else 0 for value in values]

    def passing(self, compare: Compare) -> tuple[Span, bool]:
        """Return 1, and whether the comparison asks for it."""
        return (1, 1), compare.operator == "in"


@dataclass(frozen=True, slots=True)
class Holding:
    """Whether a set of codes holds one code: 1 or 0."""

    code: str
    size: int = 2

    def encode(self, values: list[Any], numbers: Numbers) -> list[int]:
        """Return 1 for each set that holds the code, else 0."""
        code = self.code
        return [1 if code in value else 0 for value in values]

    def passing(self, compare: Compare) -> tuple[Span, bool]:
        """Return 1, and whether the comparison asks for it."""
        return (1, 1), compare.operator == "has"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a comparison with a dated parameter holds on the day: 1 or 0."""

    operator: str
    parameter: str
    size: int = 2

    def encode(self, values: list[Any], numbers: Numbers) -> list[int]:
        """Return 1 for each value that passes; 0 where the parameter has no value yet (its rules are closed then)."""
        if self.parameter not in numbers:
            return [0] * len(values)
        passes, number = _ASKS[self.operator], numbers[self.parameter]
        return [1 if passes(value, number) else 0 for value in values]

    def passing(self, compare: Compare) -> tuple[Span, bool]:
        """Return 1: the question is the comparison itself."""
        return (1, 1), True


Coding = Ranked | Coded | Among | Holding | Asked


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every fact of a ruleset: which fact of ours it comes from, and how."""

    fact: Fact
    coding: Coding


@dataclass(frozen=True, slots=True)
class Field:
    """What the engine sees of a column: its number, or a digit of it where a condition had hundreds beside it."""

    column: int
    base: int = 0  # 0: the whole number
    high: bool = False

    def of(self, numbers: Sequence[int]) -> int:
        """Return the field's number for a fact whose columns have these numbers."""
        number = numbers[self.column]
        if not self.base:
            return number
        return number // self.base if self.high else number % self.base


def coding_key(compare: Compare) -> tuple[object, ...]:
    """Return what comparisons that share one number of the same fact have in common."""
    if isinstance(compare.operand, Ref):
        return compare.fact, "asked", compare.operator, compare.operand.parameter
    if isinstance(compare.operand, tuple):
        return compare.fact, "among", compare.operand
    if compare.operator in ("has", "has_not"):
        return compare.fact, "holding", compare.operand
    return compare.fact, "value"


def coding_of(compares: Iterable[Compare]) -> Coding:
    """Return how to number a fact for comparisons that have the same `coding_key`."""
    every = list(compares)
    operand = every[0].operand
    if isinstance(operand, Ref):
        return Asked(every[0].operator, operand.parameter)
    if isinstance(operand, tuple):
        return Among(frozenset(operand))
    if every[0].operator in ("has", "has_not"):
        return Holding(str(operand))
    if isinstance(operand, str):
        codes = sorted({str(each.operand) for each in every})
        return Coded({code: number for number, code in enumerate(codes, 1)})
    return Ranked(_cuts(every), dated=isinstance(operand, date))


def _cuts(compares: list[Compare]) -> tuple[int, ...]:
    spans = [span_of(each) for each in compares]
    lows = {low for low, _ in spans if low is not None}
    highs = {high + 1 for _, high in spans if high is not None}
    return tuple(sorted(lows | highs))


def span_of(compare: Compare) -> tuple[int | None, int | None]:
    """Return the smallest and largest whole number a comparison names (for `is_not`: the one it excludes)."""
    number = _number(compare.operand)
    match compare.operator:
        case "at_least":
            return number, None
        case "more_than":
            return number + 1, None
        case "at_most":
            return None, number
        case "less_than":
            return None, number - 1
        case _:
            return number, number


def _number(operand: object) -> int:
    if isinstance(operand, date):
        return operand.toordinal()
    if isinstance(operand, int):
        return int(operand)
    raise TypeError(f"{operand!r} is not a number")
