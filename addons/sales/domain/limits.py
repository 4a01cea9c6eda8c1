"""Limited rules: what has been used up, what a decision uses, and deciding so that no budget is overdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from core.policy.live import Live, number_on
from rules.book import Limit
from rules.event import Event, Usage
from rules.trace import Decision

#: Firings and fen.
Used = tuple[int, int]
_NOTHING: Used = (0, 0)
#: Stands for a member who is enrolled with the sale and has no number yet; nobody has this one.
NEWCOMER = 0


class UseKey(NamedTuple):
    """One counter of a limited rule."""

    brand_id: int
    rule: str
    per: str
    subject_id: int
    period: str


class Where(NamedTuple):
    """Whose counters a sale moves; `member_id` may be NEWCOMER until the sale is posted."""

    brand_id: int
    store_id: int
    member_id: int | None
    day: date


def period_of(period: str, day: date) -> str:
    """Return the name of the day, month or year a day is in; "ever" for no end."""
    if period == "ever":
        return period
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[period]]


def key_of(rule: str, limit: Limit, where: Where) -> UseKey | None:
    """Return the counter of one limit; None for a limit per member on a sale without one."""
    if limit.per == "member" and where.member_id is None:
        return None
    subject = {"member": where.member_id or 0, "store": where.store_id, "all": 0}[limit.per]
    return UseKey(where.brand_id, rule, limit.per, subject, period_of(limit.period, where.day))


def keys_of(limits: Mapping[str, tuple[Limit, ...]], where: Where) -> list[UseKey]:
    """Return all counters that the limits of an event's rules look at."""
    found = (key_of(rule, limit, where) for rule, its in limits.items() for limit in its)
    return list(dict.fromkeys(key for key in found if key is not None))


def usage_of(limits: Mapping[str, tuple[Limit, ...]], where: Where, used: Mapping[UseKey, Used]) -> dict[str, Usage]:
    """Return what the rules are told of their limits: those of which something was used, or that miss a member."""
    usage: dict[str, Usage] = {}
    for rule, its in limits.items():
        keys = [key_of(rule, limit, where) for limit in its]
        seen = [_NOTHING if key is None else used.get(key, _NOTHING) for key in keys]
        nobody = None in keys
        if nobody or any(count or cost for count, cost in seen):
            usage[rule] = Usage([count for count, _ in seen], [cost for _, cost in seen], nobody)
    return usage


class Use(NamedTuple):
    """One firing to be counted, with what the counter may come to (None: no bound)."""

    key: UseKey
    place: int  # of the limit among those of its rule
    cost: int
    most_count: int | None
    most_cost: int | None

    @property
    def of_newcomer(self) -> bool:
        """Tell whether it counts for somebody who has no number yet."""
        return self.key.per == "member" and self.key.subject_id == NEWCOMER

    def held_by(self, member_id: int | None) -> Use:
        """Return it counted for the member who holds the receipt."""
        if not self.of_newcomer or member_id is None:
            return self
        return self._replace(key=self.key._replace(subject_id=member_id))


def decide_within(live: Live, event: Event, where: Where) -> tuple[Decision, list[Use]]:
    """Decide; a rule that would overdraw its budget is told that the budget is used up, and it is decided again.

    Returns the decision and the uses it makes of limited rules. `event.usage` is what the decision rests on.
    """
    decision = live.program.decide(event)
    limits = live.used.limits.get(event.kind)
    if not limits:
        return decision, []
    for _ in limits:  # each round shuts at least one rule
        uses = list(_uses(live, decision, limits, where))
        over = [use.key.rule for use in uses if _overdraws(use, event)]
        if not over:
            break
        event.usage = {**event.usage, **{rule: _used_up(live, limits[rule], where.day) for rule in over}}
        decision = live.program.decide(event)
    return decision, list(_uses(live, decision, limits, where))


def _uses(live: Live, decision: Decision, limits: Mapping[str, tuple[Limit, ...]], where: Where) -> Iterable[Use]:
    for rule, cost in costs_of(decision).items():
        for place, limit in enumerate(limits.get(rule, ())):
            key = key_of(rule, limit, where)
            if key is not None:
                numbers = (number_on(live, edge, where.day) for edge in (limit.count, limit.budget))
                yield Use(key, place, cost, *numbers)


def costs_of(decision: Decision) -> dict[str, int]:
    """Return the rules that did something and what it cost in fen: discounts given and vouchers to be issued.

    A rule that held and lost against a better price did nothing.
    """
    costs: dict[str, int] = {}
    for line in decision.lines:
        for step in line.steps:
            if step.rule is not None:
                costs[step.rule] = costs.get(step.rule, 0) + step.before - step.after
    for effect in decision.effects:
        value = effect.params.get("value", 0) if effect.effect == "voucher.issue" else 0
        costs[effect.rule] = costs.get(effect.rule, 0) + (value if isinstance(value, int) else 0)
    return costs


def _overdraws(use: Use, event: Event) -> bool:
    if use.most_cost is None:
        return False
    usage = event.usage.get(use.key.rule)
    spent = 0 if usage is None or use.place >= len(usage.costs) else usage.costs[use.place]
    return spent + use.cost > use.most_cost


def _used_up(live: Live, limits: tuple[Limit, ...], day: date) -> Usage:
    budgets = [number_on(live, limit.budget, day) or 0 for limit in limits]
    counts = [number_on(live, limit.count, day) or 0 for limit in limits]
    return Usage(counts, budgets)
