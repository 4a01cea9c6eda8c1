"""The window that counts, and what the rules ask for at each step of the ladder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from core.periods import months_after, window_opens
from rules.book import Combine, Compare, Condition, Parameter, Rule, RuleBook
from rules.parameters import resolve

LADDER = ("ordinary", "gold", "diamond")  # TIER-06, lowest first
METRICS = {"tiers.credit_half_year": "credit", "tiers.points_half_year": "points"}
HALF_YEAR = 6  # months


class Step(NamedTuple):
    """What a rule asks for: so much of a metric ("credit" in fen, or "points") at a tier raises to the next."""

    rule: str
    tier: str
    to: str
    metric: str
    threshold: int


def opens(kind: str, months: int, day: date) -> date:
    """Return the first day that counts: of the rolling months (C03), or of the calendar half-year."""
    if kind == "calendar_half":
        return date(day.year, 1 if day.month <= HALF_YEAR else 7, 1)
    return window_opens(day, months)


def counts_until(kind: str, months: int, spent_on: date) -> date:
    """Return the last day on which a purchase still counts: one of 10 January until 9 July (E23)."""
    if kind == "calendar_half":
        return date(spent_on.year, 6, 30) if spent_on.month <= HALF_YEAR else date(spent_on.year, 12, 31)
    day = months_after(spent_on, months)
    while opens(kind, months, day) > spent_on:  # months end on different days
        day -= timedelta(days=1)
    while opens(kind, months, day + timedelta(days=1)) <= spent_on:
        day += timedelta(days=1)
    return day


def above(tier: str, other: str) -> bool:
    """Tell whether a tier is higher than another; no tier at all is the lowest."""
    return _height(tier) > _height(other)


def _height(tier: str) -> int:
    return LADDER.index(tier) if tier in LADDER else -1


def ladder(book: RuleBook, day: date) -> list[Step]:
    """Return the steps of a book that ask for a tier and a metric.

    Rules that ask for more than that are left out: nobody can say how far a member is from them.
    """
    found = [_step(rule, book.parameters, day) for rule in book.rules if rule.enabled and rule.event == "tier_review"]
    return [step for step in found if step is not None]


def _step(rule: Rule, parameters: Mapping[str, Parameter], day: date) -> Step | None:
    to = next((str(then.params["to"]) for then in rule.then if then.effect == "tier.raise"), None)
    rows = list(_rows(rule.when))
    tiers = [row.operand for row in rows if row.fact == "member.tier" and row.operator == "is"]
    metrics = [row for row in rows if row.fact in METRICS and row.operator == "at_least"]
    if to is None or len(rows) != 2 or len(tiers) != 1 or len(metrics) != 1:
        return None
    threshold = resolve(metrics[0].operand, parameters, day)
    return Step(rule.name, str(tiers[0]), to, METRICS[metrics[0].fact], int(str(threshold)))


def _rows(condition: Condition | None) -> Iterator[Compare]:
    """Yield the rows that must all hold; a row of an `any` or `none` group counts as one that says neither."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Combine) and condition.how == "all":
        for part in condition.parts:
            yield from _rows(part)
    elif condition is not None:
        yield Compare("", "is", "")
