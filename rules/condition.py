"""The condition tree and its plain evaluator: the oracle of the engine's tests and the source of explanations."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rules.book import Combine, Compare, Condition, Ref
from rules.errors import FactRefused
from rules.parameters import compares_of
from rules.vocabulary import Value

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "in": lambda seen, wanted: seen in wanted,
    "not_in": lambda seen, wanted: seen not in wanted,
    "at_least": operator.ge,
    "more_than": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
    "has": operator.contains,
    "has_not": lambda seen, wanted: wanted not in seen,
}

_OPPOSITES = {
    "is": "is_not",
    "in": "not_in",
    "at_least": "less_than",
    "at_most": "more_than",
    "has": "has_not",
}
_OPPOSITES |= {right: left for left, right in _OPPOSITES.items()}


@dataclass(frozen=True, slots=True)
class Failed:
    """One comparison that did not hold: what was seen, and how far it is from holding (ordered kinds only)."""

    compare: Compare
    seen: Value
    distance: int | None = None  # in the unit of the fact; days for dates


def holds(condition: Condition | None, facts: Mapping[str, Value]) -> bool:
    """Tell whether a condition holds on the facts; no condition always holds.

    Refuses with FactRefused if a fact it asks about is not given; parameters must have been looked up before.
    """
    if condition is None:
        return True
    if isinstance(condition, Compare):
        return _TESTS[condition.operator](_seen(condition, facts), condition.operand)
    parts = (holds(part, facts) for part in condition.parts)
    if condition.how == "all":
        return all(parts)
    return any(parts) if condition.how == "any" else not any(parts)


def failures(condition: Condition | None, facts: Mapping[str, Value]) -> list[Failed]:
    """Return the comparisons that keep a condition from holding; empty if it holds.

    Of `any` it names the alternative that is nearest; of `none` the rows appear turned round (`is` as `is_not`).
    Refuses like `holds`.
    """
    if condition is None or holds(condition, facts):
        return []
    if isinstance(condition, Compare):
        seen = _seen(condition, facts)
        return [Failed(condition, seen, _distance(condition, seen))]
    if condition.how == "none":
        return failures(turned(condition), facts)
    per_part = [failures(part, facts) for part in condition.parts]
    if condition.how == "any":
        return min(per_part, key=_effort, default=[])
    return [failed for part in per_part for failed in part]


def negated(condition: Condition) -> Condition:
    """Return the condition that holds exactly when this one does not."""
    if isinstance(condition, Compare):
        return replace(condition, operator=_OPPOSITES[condition.operator])  # type: ignore[arg-type]
    if condition.how == "none":
        return Combine("any", condition.parts)
    return Combine("any" if condition.how == "all" else "all", tuple(negated(part) for part in condition.parts))


def turned(group: Combine) -> Combine:
    """Return a group of `none` as the group of all its parts negated, which holds exactly when it does."""
    return Combine("all", tuple(negated(part) for part in group.parts))


def facts_of(condition: Condition | None) -> set[str]:
    """Return the names of the facts a condition asks about."""
    return {row.fact for row in compares_of(condition)}


def _seen(compare: Compare, facts: Mapping[str, Value]) -> Any:
    if isinstance(compare.operand, Ref):
        raise FactRefused.at(compare.fact, f"is compared with parameter {compare.operand.parameter}, not looked up yet")
    try:
        return facts[compare.fact]
    except KeyError:
        raise FactRefused.at(compare.fact, "is not given") from None


def _effort(failed: list[Failed]) -> tuple[int, int, int]:
    distances = [one.distance for one in failed]
    return len(failed), distances.count(None), sum(distance or 0 for distance in distances)


def _distance(compare: Compare, seen: Value) -> int | None:
    if isinstance(compare.operand, tuple):
        apart = [_apart(seen, each) for each in compare.operand]
        known = [distance for distance in apart if distance is not None]
        return min(known) if compare.operator == "in" and known else None
    apart_from_one = _apart(seen, compare.operand)
    if apart_from_one is None or compare.operator == "is_not":
        return None
    return apart_from_one + (compare.operator in ("more_than", "less_than"))


def _apart(seen: Value, wanted: Value) -> int | None:
    if isinstance(seen, date) and isinstance(wanted, date):
        return abs(seen.toordinal() - wanted.toordinal())
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return None
    return abs(seen - wanted) if isinstance(seen, int) and isinstance(wanted, int) else None
