"""Which limits of rules are held, so that none is promised that nobody counts (rules.md 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules.book import Limit, Rule, RuleBook
from rules.errors import Problem
from rules.vocabulary import Vocabulary


class Held(NamedTuple):
    """What is counted for an event: per whom fen are beside firings, of which effects, and of which a firing is."""

    budget_per: frozenset[str]
    costs: frozenset[str]  # beside prices the effects whose cost in fen is known when it is decided
    effects: frozenset[str] = frozenset()  # one of these; none: whatever the rule does


_ANY = frozenset({"member", "store", "all"})
#: A sale counts by a guarded update and a return frees it. So does a visit; per member it is counted by what was given,
#: behind the lock of her account, and what that cost nobody adds up.
HELD = {
    "quote": Held(_ANY, frozenset({"voucher.issue", "points.multiply", "points.earn"})),
    "visit": Held(_ANY - {"member"}, frozenset({"points.earn"}), frozenset({"points.earn"})),
}


def limits_not_held(book: RuleBook, vocabulary: Vocabulary) -> list[Problem]:
    """Return the limits of rules that are on which nothing would hold, each with its rule and what can be done."""
    return [
        Problem(f"{rule.name}.limits[{place}]", sentence)
        for rule in book.rules
        if rule.enabled
        for place, limit in enumerate(rule.limits)
        for sentence in _problems(rule, limit, vocabulary)
    ]


def _problems(rule: Rule, limit: Limit, vocabulary: Vocabulary) -> Iterator[str]:
    held = HELD.get(rule.event)
    if held is None:
        yield f"nothing counts the limits of the event {rule.event}; take it away, or limit a rule of a quote"
        return
    if held.effects and not held.effects & {then.effect for then in rule.then}:
        yield f"for the event {rule.event} only {' or '.join(sorted(held.effects))} is counted"
    if limit.budget is None:
        return
    if limit.per not in held.budget_per:
        only = " or ".join(sorted(held.budget_per))
        yield f"for the event {rule.event} a budget is held per {only} alone; per {limit.per} give a count"
    if free := _without_cost(rule, held, vocabulary):
        yield f"a budget counts what prices, vouchers and points cost, and {free} costs nothing there; give a count"


def _without_cost(rule: Rule, held: Held, vocabulary: Vocabulary) -> str | None:
    """Return the first effect that gives something of value that no budget counts."""
    given = (vocabulary.effects[then.effect] for then in rule.then)
    uncounted = (each.name for each in given if each.of_value and each.name not in held.costs)
    return next((name for name in uncounted if vocabulary.effects[name].on == "event"), None)
