"""Dated numbers: the value of a parameter on a day, and conditions with their parameters looked up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from rules.book import Combine, Compare, Condition, Parameter, Ref
from rules.errors import ParameterMissing

T = TypeVar("T")


def value_on(parameter: Parameter, day: date) -> int:
    """Return the value of the latest day not after `day`.

    Refuses with ParameterMissing if the first value begins later.
    """
    place = bisect_right(parameter.values, day, key=lambda dated: dated[0])
    if not place:
        raise ParameterMissing.at(f"parameters.{parameter.name}", f"has no value on {day.isoformat()}")
    return parameter.values[place - 1][1]


def resolve(value: T | Ref, parameters: Mapping[str, Parameter], day: date) -> T | int:
    """Return the value itself, or the parameter's value on the day if it is a reference.

    Refuses with ParameterMissing if there is no such parameter or no value on that day.
    """
    if not isinstance(value, Ref):
        return value
    if value.parameter not in parameters:
        raise ParameterMissing.at(f"parameters.{value.parameter}", "is not a parameter of this book")
    return value_on(parameters[value.parameter], day)


def resolve_condition(condition: Condition, parameters: Mapping[str, Parameter], day: date) -> Condition:
    """Return the condition with every parameter replaced by its value on the day.

    Refuses with ParameterMissing like `resolve`.
    """
    if isinstance(condition, Combine):
        return Combine(condition.how, tuple(resolve_condition(part, parameters, day) for part in condition.parts))
    if isinstance(condition.operand, Ref):
        return replace(condition, operand=resolve(condition.operand, parameters, day))
    return condition


def refs_of(condition: Condition | None) -> set[str]:
    """Return the names of the parameters a condition asks for."""
    if condition is None:
        return set()
    if isinstance(condition, Combine):
        return set[str]().union(*(refs_of(part) for part in condition.parts))
    return {condition.operand.parameter} if isinstance(condition.operand, Ref) else set()


def compares_of(condition: Condition | None) -> tuple[Compare, ...]:
    """Return all comparison rows of a condition, in the order written."""
    if condition is None:
        return ()
    if isinstance(condition, Compare):
        return (condition,)
    return tuple(row for part in condition.parts for row in compares_of(part))
