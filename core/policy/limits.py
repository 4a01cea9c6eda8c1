"""Limited rules: what has been used up, what a decision uses, and deciding so that no budget is overdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from rules.book import Limit
from rules.decide import Program
from rules.event import PAR, Event, Usage
from rules.given import points_given
from rules.parameters import resolve
from rules.pricing import in_book_money
from rules.trace import Decision

#: Firings and fen.
Used = tuple[int, int]
#: The limits of an event's rules that are on, by rule.
Limits = Mapping[str, tuple[Limit, ...]]
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
    """Whose counters an event moves; `member_id` may be NEWCOMER until a sale is posted."""

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
    """Return the counter of one limit; None for a limit per member where there is none."""
    if limit.per == "member" and where.member_id is None:
        return None
    subject = {"member": where.member_id or 0, "store": where.store_id, "all": 0}[limit.per]
    return UseKey(where.brand_id, rule, limit.per, subject, period_of(limit.period, where.day))


def keys_of(limits: Limits, where: Where) -> list[UseKey]:
    """Return all counters that the limits of an event's rules look at."""
    found = (key_of(rule, limit, where) for rule, its in limits.items() for limit in its)
    return list(dict.fromkeys(key for key in found if key is not None))


def usage_of(limits: Limits, where: Where, used: Mapping[UseKey, Used]) -> dict[str, Usage]:
    """Return what the rules are told of their limits: those of which something was used, or that miss a member."""
    usage: dict[str, Usage] = {}
    for rule, its in limits.items():
        keys = [key_of(rule, limit, where) for limit in its]
        seen = [_NOTHING if key is None else used.get(key, _NOTHING) for key in keys]
        nobody = None in keys
        if nobody or any(count or cost for count, cost in seen):
            usage[rule] = Usage([count for count, _ in seen], [cost for _, cost in seen], nobody)
    return usage


def has_budget(limits: Limits) -> bool:
    """Tell whether any of these limits is one of fen."""
    return any(limit.budget is not None for its in limits.values() for limit in its)


def budget_rate(rate: int) -> int:
    """Return at which rate a budget pays: as spend is converted; one for one where that is not counted at all."""
    return rate or PAR


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


class Limited(NamedTuple):
    """The rules of an event that are limited, and what a point that they give is worth in fen (0: none are given).

    `rate` is what a fen of the store's money counts in the book's, in which budgets are (C34).
    """

    program: Program
    limits: Limits
    where: Where
    worth: int = 0
    rate: int = PAR

    def number(self, limit: Limit, name: str) -> int | None:
        """Return the count or the budget of a limit on the day, None where it has none."""
        return resolve(getattr(limit, name), self.program.book.parameters, self.where.day)


def decide_within(limited: Limited, event: Event) -> tuple[Decision, list[Use]]:
    """Decide; a rule that would overdraw its budget is told that the budget is used up, and it is decided again.

    Returns the decision and the uses it makes of limited rules. `event.usage` is what the decision rests on.
    """
    decision = limited.program.decide(event)
    if not limited.limits:
        return decision, []
    for _ in limited.limits:  # each round shuts at least one rule
        over = [use.key.rule for use in _uses(limited, decision) if _overdraws(use, event)]
        if not over:
            break
        for rule in over:
            _shut(limited, event, rule)
        decision = limited.program.decide(event)
    return decision, list(_uses(limited, decision))


def _shut(limited: Limited, event: Event, rule: str) -> None:
    """Tell the rules that the budgets of one are used up."""
    budgets = [limited.number(limit, "budget") or 0 for limit in limited.limits[rule]]
    event.usage = {**event.usage, rule: replace(event.usage.get(rule, Usage()), costs=budgets)}


def points_missed(limited: Limited, event: Event, decision: Decision) -> dict[str, int]:
    """Return by rule the points that it would have given here, had its budget not been used up.

    It follows from what a decision keeps, so it can be told of it for ever.
    """
    used_up = [rule for rule in limited.limits if _budget_used_up(limited, event, rule)]
    if not used_up:
        return {}
    seen = event.usage
    room = {rule: replace(seen.get(rule, Usage()), costs=[-1] * len(limited.limits[rule])) for rule in used_up}
    there, given = limited.program.decide(replace(event, usage={**seen, **room})), _points(limited, decision)
    missed = {rule: points - given.get(rule, 0) for rule, points in _points(limited, there).items() if rule in used_up}
    return {rule: points for rule, points in missed.items() if points > 0}


def _budget_used_up(limited: Limited, event: Event, rule: str) -> bool:
    costs = event.usage.get(rule, Usage()).costs
    budgets = (limited.number(limit, "budget") for limit in limited.limits[rule])
    return any(budget is not None and _at(costs, place) >= budget for place, budget in enumerate(budgets))


def _uses(limited: Limited, decision: Decision) -> Iterator[Use]:
    """Yield what a decision uses, each counter once: of two limits of one, both bounds hold."""
    found: dict[UseKey, Use] = {}
    for rule, cost in costs_of(decision, limited).items():
        for place, limit in enumerate(limited.limits.get(rule, ())):
            key = key_of(rule, limit, limited.where)
            if key is not None:
                use = Use(key, place, cost, limited.number(limit, "count"), limited.number(limit, "budget"))
                found[key] = _both(found[key], use) if key in found else use
    yield from found.values()


def _both(one: Use, other: Use) -> Use:
    return one._replace(
        most_count=_least(one.most_count, other.most_count), most_cost=_least(one.most_cost, other.most_cost)
    )


def _least(one: int | None, other: int | None) -> int | None:
    return min((bound for bound in (one, other) if bound is not None), default=None)


def costs_of(decision: Decision, limited: Limited, base: int | None = None) -> dict[str, int]:
    """Return the rules that did something and what it cost in fen: discounts, vouchers to be issued, points.

    In the money of the book, whatever that of the store is. A rule that held and lost against a better price did
    nothing. Points cost only a rule that has a budget; `base` is the purchase points that a multiplier multiplies,
    where they are not those of the decision.
    """
    costs: dict[str, int] = {}
    for line in decision.lines:
        for step in line.steps:
            if step.rule is not None:
                costs[step.rule] = costs.get(step.rule, 0) + step.before - step.after
    for effect in decision.effects:
        value = effect.params.get("value", 0) if effect.effect == "voucher.issue" else 0
        costs[effect.rule] = costs.get(effect.rule, 0) + (value if isinstance(value, int) else 0)
    costs = {rule: in_book_money(cost, limited.rate) for rule, cost in costs.items()}
    for rule, points in _points(limited, decision, base).items():
        if has_budget({rule: limited.limits.get(rule, ())}):
            costs[rule] = costs.get(rule, 0) + points * limited.worth
    return costs


def _points(limited: Limited, decision: Decision, base: int | None = None) -> dict[str, int]:
    return points_given(limited.program.book.settings.multiplier_combination, decision, base) if limited.worth else {}


def _overdraws(use: Use, event: Event) -> bool:
    if use.most_cost is None:
        return False
    usage = event.usage.get(use.key.rule, Usage())
    return _at(usage.costs, use.place) + use.cost > use.most_cost


def _at(values: Sequence[int], place: int) -> int:
    return values[place] if place < len(values) else 0
