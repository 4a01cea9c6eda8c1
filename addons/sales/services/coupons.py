"""Discount coupons: which of those presented make a difference to what is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from addons.sales.domain.event import COUPON
from core.policy.live import Live
from rules.event import Event
from rules.trace import Decision


def without(event: Event, name: str) -> Event:
    """Return the same event as if a coupon had not been presented."""
    presented = event.facts.get(COUPON, frozenset())
    return replace(event, facts={**event.facts, COUPON: presented - {name}})  # type: ignore[operator]


def matters(live: Live, event: Event, decision: Decision, name: str) -> bool:
    """Tell whether a coupon makes a difference: without it something would be decided otherwise."""
    other = live.program.decide(without(event, name))
    return (other.lines, other.effects, other.multiplier) != (decision.lines, decision.effects, decision.multiplier)


def needed(live: Live, event: Event, decision: Decision, names: Iterable[str]) -> set[str]:
    """Return which coupons a decision rests on; of several that can stand in for each other the last ones."""
    kept = set(names)
    for name in sorted(kept):
        if not matters(live, event, decision, name):
            kept.remove(name)
            event = without(event, name)
    return kept
