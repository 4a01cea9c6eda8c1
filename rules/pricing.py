"""What a quote means, exactly (rules.md section 3): groups in order, best price, allocation, vouchers, points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules.amounts import half_up
from rules.basket import Basket, Work
from rules.book import WHOLE, RuleBook, Settings
from rules.event import PAR, Event
from rules.plans import COMPUTED, Base, Plan, Plans, combine
from rules.trace import Decision, EffectFired, LineDecision
from rules.vocabulary import Value, Vocabulary


class Pricer:
    """The arithmetic of one rule book."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        """Prepare the book.

        Refuses with BookRefused if a rule changes prices without a group.
        """
        self._book = book
        self._plans = Plans(book, vocabulary)
        self._names = [rule.name for rule in book.rules]

    def decide(self, event: Event, fired: Sequence[tuple[int, int]]) -> Decision:
        """Return the decision, given which rule (its place in the book) fired on which line (-1: the whole event).

        Refuses with ParameterMissing if a rule that fired needs a parameter that has no value on the day.
        """
        groups, effects, multipliers = self._sort_out(event, fired)
        if event.kind == "quote":
            decision = self._priced(event, groups, combine(self._book.settings.multiplier_combination, multipliers))
        else:
            decision = Decision(event.kind)
        decision.effects = tuple(effects)
        names = self._names
        decision.fired = tuple([(names[place], line) for place, line in fired])
        return decision

    def _sort_out(
        self, event: Event, fired: Sequence[tuple[int, int]]
    ) -> tuple[dict[int, list[Work]], list[EffectFired], list[int]]:
        """Put what fired in its place: price effects by group, other effects, points multipliers."""
        day = event.at.date()
        plans = self._plans.on(day)
        groups: dict[int, list[Work]] = {}
        effects: list[EffectFired] = []
        multipliers: list[int] = []
        for place, hits in _by_rule(fired, len(event.lines)).items():
            plan = plans[place] or self._plans.make(plans, place, day)
            if plan.prices:
                groups.setdefault(plan.group, []).extend([(price, hits) for price in plan.prices])
            if plan.effects:
                multipliers += plan.multipliers
                for line in hits if plan.once_a_line else (None,):
                    effects += _collected(plan, line, event.facts)
        return groups, effects, multipliers

    def _priced(self, event: Event, groups: dict[int, list[Work]], multiplier: int) -> Decision:
        settings = self._book.settings
        basket = Basket(event, settings)
        for place in sorted(groups):
            basket.run(self._book.groups[place], groups[place])
        pay = basket.running.copy()
        used = basket.tender(event, settings)
        total, cash = sum(pay), sum(basket.running)
        worth = in_book_money(cash, event.rate)
        listed = in_book_money(sum(basket.columns[Base.LIST]), event.rate)
        points, base = earned(settings, worth, listed, multiplier)
        columns = zip(*basket.columns[:2], pay, basket.running, basket.steps, strict=True)
        return Decision(
            event.kind,
            tuple([LineDecision(full, sold, due, due - net, net, tuple(how)) for full, sold, due, net, how in columns]),
            total,
            total - cash,
            cash,
            points,
            base,
            multiplier,
            worth,
            tuple(used),
            shortfalls=tuple(basket.shortfalls),
        )


def in_book_money(amount: int, rate: int) -> int:
    """Return what an amount of the store's money is worth in the book's, in fen, half up (C34)."""
    return amount if rate == PAR else half_up(amount * rate, PAR)


def earned(settings: Settings, cash: int, listed: int, multiplier: int) -> tuple[int, int]:
    """Return the points of a receipt and, of them, its purchase points; amounts in fen of the book's money (C20)."""
    base = (cash if settings.points_base == "net" else listed) // 100 * settings.points_per_yuan
    return base * multiplier // WHOLE, base


def _by_rule(fired: Sequence[tuple[int, int]], lines: int) -> dict[int, list[int]]:
    """Return the lines of each rule that fired; a rule about the whole event is about all lines."""
    hits: dict[int, list[int]] = {}
    for place, line in fired:
        if line < 0:
            hits[place] = list(range(lines))
        elif place in hits:
            hits[place].append(line)
        else:
            hits[place] = [line]
    return hits


def _collected(plan: Plan, line: int | None, facts: Mapping[str, Value]) -> list[EffectFired]:
    """Return the effects of a rule that fired, for one line or for all; figures that need the facts are worked out."""
    if line is None and not plan.computed:
        return list(plan.effects)
    effects = [_computed(effect, facts) if effect.effect in COMPUTED else effect for effect in plan.effects]
    return [effect._replace(line=line) for effect in effects if effect is not None]


def _computed(effect: EffectFired, facts: Mapping[str, Value]) -> EffectFired | None:
    """Return the effect with its figures, or None where they come to nothing."""
    params = effect.params
    if effect.effect == "points.exchange":
        price = _number(params["points"])
        times = _number(facts.get(str(params["counter"]), 0)) // price
        return effect._replace(params={**params, "times": times, "total_points": times * price}) if times > 0 else None
    amount = _number(facts.get(str(params["of"]), 0))  # fen
    points = amount * _number(params["ratio"]) // (WHOLE * 100)
    cap = params.get("cap")
    points = points if cap is None else min(points, _number(cap))
    return effect._replace(params={**params, "points": points}) if points > 0 else None


def _number(value: Value) -> int:
    if not isinstance(value, int):
        message = f"{value!r} is not a whole number"
        raise TypeError(message)
    return value
