"""Conditions in plain Python: what holds, what failed, how far it was, and parameters by day."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from rules.book import Combine, Compare, Ref
from rules.condition import Failed, facts_of, failures, holds, negated
from rules.errors import FactRefused, ParameterMissing
from rules.facts import line_facts
from rules.parameters import resolve, resolve_condition, value_on
from tests.rules.random_books import FIRST_DAY, PARAMETERS, VOCABULARY, random_condition, random_line

A = Compare("a", "at_least", 10)
B = Compare("b", "is", "x")
FACTS = {"a": 7, "b": "x", "c": frozenset({"p"}), "d": date(2026, 1, 10)}


@pytest.mark.parametrize(
    ("operator", "operand", "right"),
    [
        ("is", 7, True),
        ("is_not", 7, False),
        ("in", (1, 7), True),
        ("not_in", (1, 7), False),
        ("at_least", 7, True),
        ("at_least", 8, False),
        ("more_than", 7, False),
        ("at_most", 7, True),
        ("less_than", 7, False),
    ],
)
def test_each_operator(operator: str, operand: object, right: bool) -> None:
    assert holds(Compare("a", operator, operand), FACTS) is right  # type: ignore[arg-type]


def test_sets_groups_and_nothing() -> None:
    assert holds(None, FACTS)
    assert holds(Compare("c", "has", "p"), FACTS)
    assert not holds(Compare("c", "has_not", "p"), FACTS)
    assert not holds(Combine("all", (A, B)), FACTS)
    assert holds(Combine("any", (A, B)), FACTS)
    assert not holds(Combine("none", (A, B)), FACTS)
    assert holds(Combine("none", (A,)), FACTS)


@pytest.mark.parametrize(
    ("compare", "distance"),
    [
        (A, 3),
        (Compare("a", "more_than", 7), 1),
        (Compare("a", "at_most", 5), 2),
        (Compare("a", "less_than", 5), 3),
        (Compare("a", "is", 9), 2),
        (Compare("a", "in", (1, 8)), 1),
        (Compare("a", "is_not", 7), None),
        (Compare("b", "is", "y"), None),
        (Compare("d", "at_least", date(2026, 1, 31)), 21),
    ],
)
def test_the_distance_is_the_smallest_change_that_makes_it_hold(compare: Compare, distance: int | None) -> None:
    assert failures(compare, FACTS) == [Failed(compare, FACTS[compare.fact], distance)]


def test_of_any_the_nearest_alternative_is_named() -> None:
    far, near = Compare("a", "at_least", 100), Compare("a", "at_least", 8)
    assert failures(Combine("any", (far, Combine("all", (far, near)), near)), FACTS) == [Failed(near, 7, 1)]
    assert failures(Combine("any", (A, B)), FACTS) == []


def test_of_none_the_rows_appear_turned_round() -> None:
    assert failures(Combine("none", (B, A)), FACTS) == [Failed(Compare("b", "is_not", "x"), "x", None)]


def test_a_negated_condition_holds_exactly_when_it_does_not() -> None:
    draw = Random(3)
    for _ in range(2000):
        condition = resolve_condition(random_condition(draw, "line"), PARAMETERS, FIRST_DAY + timedelta(30))
        facts = line_facts(random_line(draw), VOCABULARY)
        assert holds(negated(condition), facts) is not holds(condition, facts)
        assert bool(failures(condition, facts)) is not holds(condition, facts)


def test_facts_of_names_each_fact_once() -> None:
    assert facts_of(Combine("all", (A, B, Combine("none", (A,))))) == {"a", "b"}
    assert facts_of(None) == set()


def test_a_fact_that_is_not_given_is_refused() -> None:
    with pytest.raises(FactRefused, match="z: is not given"):
        holds(Compare("z", "is", 1), FACTS)
    with pytest.raises(FactRefused, match="not looked up yet"):
        holds(Compare("a", "is", Ref("old")), FACTS)


def test_a_parameter_has_the_value_of_the_latest_day_not_after() -> None:
    new = PARAMETERS["new"]
    assert [value_on(new, FIRST_DAY + timedelta(day)) for day in (20, 39, 40, 4000)] == [2, 2, 4, 4]
    with pytest.raises(ParameterMissing, match="has no value on 2026-01-20"):
        value_on(new, FIRST_DAY + timedelta(19))
    with pytest.raises(ParameterMissing, match="not a parameter of this book"):
        resolve(Ref("other"), PARAMETERS, FIRST_DAY)
    assert resolve(5, PARAMETERS, FIRST_DAY) == 5
