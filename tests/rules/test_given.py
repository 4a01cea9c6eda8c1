"""Which rule gave how many points: together they gave all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.book import WHOLE
from rules.given import gift_of, points_given
from rules.plans import combine
from rules.trace import Decision, EffectFired


def quoted(base: int, *ratios: tuple[str, int], how: str = "max") -> Decision:
    effects = tuple(EffectFired(rule, "points.multiply", {"ratio": ratio}) for rule, ratio in ratios)
    points = base * combine(how, [ratio for _, ratio in ratios]) // WHOLE
    return Decision("quote", points=points, points_base=base, effects=effects)


def test_the_largest_multiplier_gives_all_and_the_first_of_equal_ones() -> None:
    assert points_given("max", quoted(100, ("a", 20_000), ("b", 30_000), ("c", 30_000))) == {"b": 200}


def test_multipliers_that_are_combined_give_what_each_adds() -> None:
    assert points_given("add", quoted(100, ("a", 20_000), ("b", 30_000))) == {"a": 100, "b": 200}
    assert points_given("multiply", quoted(100, ("a", 20_000), ("b", 30_000))) == {"a": 100, "b": 400}


def test_a_rule_that_fires_on_each_line_multiplies_once() -> None:
    each = tuple(EffectFired("a", "points.multiply", {"ratio": 20_000}, line) for line in (0, 1))
    assert points_given("add", Decision("quote", points=200, points_base=100, effects=each)) == {"a": 100}


def test_what_a_quote_gives_as_such_is_beside_what_multipliers_give() -> None:
    """The points of a decision are those of rules.md 3: what is given as such is an effect like others."""
    gifts = tuple(
        EffectFired(rule, "points.earn", {"points": 50}, line) for rule, line in (("a", 0), ("a", 1), ("g", None))
    )
    decision = quoted(100, ("a", 20_000))
    decision.effects += gifts
    assert points_given("max", decision) == {"a": 200, "g": 50}
    assert (gift_of(decision), decision.points) == (150, 200)


def test_other_events_give_what_their_rules_say() -> None:
    gifts = [("a", 10), ("b", 0), ("a", 5)]
    effects = tuple(EffectFired(rule, "points.earn", {"points": points}) for rule, points in gifts)
    assert points_given("max", Decision("visit", effects=effects)) == {"a": 15}


@given(
    st.sampled_from(["max", "add", "multiply"]),
    st.integers(0, 100_000),
    st.lists(st.integers(WHOLE, 70_000), max_size=4),
)
def test_nothing_is_given_by_nobody(how: str, base: int, ratios: list[int]) -> None:
    decision = quoted(base, *((f"r{place}", ratio) for place, ratio in enumerate(ratios)), how=how)
    shares = points_given(how, decision)
    assert sum(shares.values()) == decision.points - base
    assert all(points > 0 for points in shares.values())
