"""Which rule gave how many points of a decision."""

from __future__ import annotations

from rules.book import WHOLE
from rules.plans import MULTIPLY, combine
from rules.trace import Decision

_GIVEN = "points.earn"


def points_given(how: str, decision: Decision, base: int | None = None) -> dict[str, int]:
    """Return by rule the points beyond those of the purchase: what multipliers give, and what is given as such.

    `how` multipliers are combined (C15): of several of which the largest holds it gives them all, else each what it
    adds to those before it. `base`: the purchase points, where they are not those of the decision.
    """
    if decision.event != "quote":
        return _earned(decision)
    ratios = _multipliers(decision)
    base = decision.points_base if base is None else base
    if how == "max":
        best = max(ratios, key=lambda each: each[1], default=None)  # the first of equal ones
        ratios = [] if best is None else [best]
    shares: dict[str, int] = {}
    given, seen = base, list[int]()
    for rule, ratio in ratios:
        seen.append(ratio)
        points = base * combine(how, seen) // WHOLE
        shares[rule] = shares.get(rule, 0) + points - given
        given = points
    for rule, points in _earned(decision).items():
        shares[rule] = shares.get(rule, 0) + points
    return {rule: points for rule, points in shares.items() if points}


def gift_of(decision: Decision) -> int:
    """Return the points that rules give as such, beside those of the purchase and of multipliers (`points`)."""
    return sum(_earned(decision).values())


def _multipliers(decision: Decision) -> list[tuple[str, int]]:
    """Return what multiplies, rule by rule; a rule that fires on each line multiplies once all the same."""
    first: dict[str, int | None] = {}
    found = []
    for effect in decision.effects:
        if effect.effect == MULTIPLY and first.setdefault(effect.rule, effect.line) == effect.line:
            ratio = effect.params["ratio"]
            found.append((effect.rule, ratio if isinstance(ratio, int) else WHOLE))
    return found


def _earned(decision: Decision) -> dict[str, int]:
    given: dict[str, int] = {}
    for effect in decision.effects:
        points = effect.params["points"] if effect.effect == _GIVEN else 0
        if isinstance(points, int) and points:
            given[effect.rule] = given.get(effect.rule, 0) + points
    return given
