"""Which limits of rules are held, so that none is promised that nobody counts (rules.md 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules.book import Limit, Rule, RuleBook
from rules.errors import Problem
from rules.vocabulary import Vocabulary


class Held(NamedTuple):
    """What is counted for an event: per whom, of which effects a firing is counted, and whether fen are too."""

    per: frozenset[str]
    effects: frozenset[str] = frozenset()  # one of these; none: whatever the rule does
    budget: bool = False


#: A sale counts by a guarded update and a return frees it; a visit is counted behind the lock of the member's account.
HELD = {
    "quote": Held(frozenset({"member", "store", "all"}), budget=True),
    "visit": Held(frozenset({"member"}), frozenset({"points.earn"})),
}
_ISSUE = "voucher.issue"  # beside prices the effect whose cost in fen is known when it is decided


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
    if limit.per not in held.per:
        only = " or ".join(sorted(held.per))
        yield f"for the event {rule.event} a limit is held per {only} alone, not per {limit.per}"
    if held.effects and not held.effects & {then.effect for then in rule.then}:
        yield f"for the event {rule.event} only {' or '.join(sorted(held.effects))} is counted"
    if limit.budget is None:
        return
    if not held.budget:
        yield f"for the event {rule.event} a limit is a count, no budget"
    elif free := _without_cost(rule, vocabulary):
        yield f"a budget counts what prices and vouchers cost, and {free} costs nothing there; give a count"


def _without_cost(rule: Rule, vocabulary: Vocabulary) -> str | None:
    """Return the first effect that gives something of value that no budget counts."""
    given = (vocabulary.effects[then.effect] for then in rule.then)
    return next((each.name for each in given if each.of_value and each.on == "event" and each.name != _ISSUE), None)
