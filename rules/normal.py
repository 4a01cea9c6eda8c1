"""Condition trees as alternatives of plain conjunctions: what the engine can hold, and the limits of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from rules.book import Combine, Compare, Condition, Rule
from rules.condition import turned
from rules.errors import Problem

MOST_COMBINATIONS = 256
MOST_CONDITIONS = 20
TAKEN_APART = 4  # longer lists become one yes/no fact, worked out before

Conjunction = frozenset[Compare]


def check_rule(rule: Rule, path: str) -> list[Problem]:
    """Return what makes a rule too large for the engine; empty if it fits."""
    return [
        problem
        for name, condition in (("items", rule.items), ("when", rule.when))
        if condition is not None and (problem := _too_large(condition, f"{path}.{name}"))
    ]


def conjunctions(condition: Condition) -> frozenset[Conjunction]:
    """Return the alternatives, each a set of single comparisons that must all hold; the limits are checked before.

    Groups of `none` are turned round, short lists are taken apart, long ones stay one comparison with a set.
    """
    return frozenset(_alternatives(condition))


def _too_large(condition: Condition, path: str) -> Problem | None:
    if (count := _count(condition)) > MOST_COMBINATIONS:
        shown = count if count < 10**9 else "a huge number of"
        return Problem(path, f"has {shown} combinations of its alternatives, more than {MOST_COMBINATIONS}")
    longest = max((len(each) for each in _alternatives(condition)), default=0)
    if longest > MOST_CONDITIONS:
        return Problem(path, f"asks for {longest} conditions at once, more than {MOST_CONDITIONS}")
    return None


def _count(condition: Condition) -> int:
    if isinstance(condition, Combine):
        if condition.how == "none":
            return _count(turned(condition))
        counts = [_count(part) for part in condition.parts]
        return prod(counts) if condition.how == "all" else sum(counts)
    return len(condition.operand) if _is_short_list(condition) and isinstance(condition.operand, tuple) else 1


def _alternatives(condition: Condition) -> Iterator[Conjunction]:
    if isinstance(condition, Compare):
        yield from _of_compare(condition)
    elif condition.how == "none":
        yield from _alternatives(turned(condition))
    elif condition.how == "any":
        for part in condition.parts:
            yield from _alternatives(part)
    else:
        yield from _joined(condition.parts)


def _joined(parts: tuple[Condition, ...]) -> Iterator[Conjunction]:
    joined: set[Conjunction] = {frozenset()}
    for part in parts:
        joined = {one | other for one in joined for other in _alternatives(part)}
    yield from joined


def _of_compare(compare: Compare) -> Iterator[Conjunction]:
    if isinstance(compare.operand, tuple) and _is_short_list(compare):
        for value in compare.operand:
            yield frozenset({replace(compare, operator="is", operand=value)})
    elif isinstance(compare.operand, tuple):
        yield frozenset({replace(compare, operand=tuple(sorted(set(compare.operand))))})
    else:
        yield frozenset({compare})


def _is_short_list(compare: Compare) -> bool:
    return compare.operator == "in" and isinstance(compare.operand, tuple) and len(compare.operand) <= TAKEN_APART
