"""What each rule would do, worked out once for a span of days in which no parameter changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from rules.book import WHOLE, Group, Ref, Rule, RuleBook, Then
from rules.errors import BookRefused, Problem
from rules.parameters import resolve
from rules.trace import EffectFired, Shares
from rules.vocabulary import Value, Vocabulary


class How(IntEnum):
    """The ways a rule can change a price."""

    RATIO = 0
    FIXED = 1
    ADD_ON = 2
    OFF = 3


class Base(IntEnum):
    """The price that a ratio is taken of; also the place of that price in a basket's columns."""

    LIST = 0
    SELLING = 1
    RUNNING = 2


PRICE_WORDS = {
    "price.pay_ratio": (How.RATIO, "ratio"),
    "price.fixed": (How.FIXED, "price"),
    "price.add_on": (How.ADD_ON, "price"),
    "price.amount_off": (How.OFF, "amount"),
}
MULTIPLY = "points.multiply"
COMPUTED = frozenset({"points.earn_share", "points.exchange"})  # their figures need the facts of the event
_BASES = {"list": Base.LIST, "selling": Base.SELLING, "running": Base.RUNNING}

#: Higher priority first, then the rule's name, then the order of its effects.
Rank = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Price:
    """One price effect of one rule."""

    rule: str
    how: How
    value: int  # basis points, fen a unit, or fen
    base: Base
    rank: Rank
    cap: int | None  # fen of list price a day that may be priced so (C14)
    units: int  # how many units of a receipt may have an add-on price
    once_a_line: bool  # an amount off is given on each line instead of once for all
    funding: Shares
    plain: bool  # a rate without a cap


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one rule does when it fires."""

    rule: str
    group: int  # place in the book's groups; -1: changes no price
    prices: tuple[Price, ...]
    effects: tuple[EffectFired, ...]
    once_a_line: bool
    multipliers: tuple[int, ...]  # basis points
    computed: bool  # an effect has figures that need the facts of the event


class Plans:
    """The plans of a book's rules, made when a rule first fires in a span of days and kept."""

    def __init__(self, book: RuleBook, vocabulary: Vocabulary) -> None:
        """Check that every rule that prices has a group.

        Refuses with BookRefused if one has none, naming all of them.
        """
        self._book = book
        self._defaults = {
            effect.name: {param.name: param.default for param in effect.params if param.default is not None}
            for effect in vocabulary.effects.values()
        }
        self._groups = {group.name: (place, group) for place, group in enumerate(book.groups)}
        self._refuse_groupless()
        days = {day for parameter in book.parameters.values() for day, _ in parameter.values}
        self._changes = sorted(days)
        self._spans: dict[int, list[Plan | None]] = {}

    def on(self, day: date) -> list[Plan | None]:
        """Return the plans made so far for the span of days around `day`, one place a rule."""
        span = bisect_right(self._changes, day) if self._changes else 0
        plans = self._spans.get(span)
        if plans is None:
            plans = self._spans[span] = [None] * len(self._book.rules)
        return plans

    def make(self, plans: list[Plan | None], place: int, day: date) -> Plan:
        """Work out the plan of the rule at `place` of the book for the span of `day`, and keep it.

        Refuses with ParameterMissing if a parameter has no value yet on that day.
        """
        rule = self._book.rules[place]
        group_place, group = self._groups[rule.group] if rule.group else (-1, None)
        thens = [(then, self._resolved(then, day)) for then in rule.then]
        plan = Plan(
            rule.name,
            group_place,
            tuple(_price(rule, group, order, *pair) for order, pair in enumerate(thens) if _prices(pair[0]) and group),
            tuple(EffectFired(rule.name, then.effect, params) for then, params in thens if not _prices(then)),
            rule.once == "line",
            tuple(_whole(params["ratio"]) for then, params in thens if then.effect == MULTIPLY),
            any(then.effect in COMPUTED for then in rule.then),
        )
        plans[place] = plan
        return plan

    def _resolved(self, then: Then, day: date) -> dict[str, Value]:
        params = self._defaults.get(then.effect, {}) | dict(then.params)
        return {name: resolve(value, self._book.parameters, day) for name, value in params.items()}

    def _refuse_groupless(self) -> None:
        problems = [
            Problem(f"rules[{place}].group", f"{rule.name} changes prices and needs one of the book's groups")
            for place, rule in enumerate(self._book.rules)
            if any(map(_prices, rule.then)) and rule.group not in self._groups
        ]
        if problems:
            raise BookRefused(problems)


def _prices(then: Then) -> bool:
    return then.effect in PRICE_WORDS


def _price(rule: Rule, group: Group, order: int, then: Then, params: Mapping[str, Value]) -> Price:
    how, word = PRICE_WORDS[then.effect]
    cap = params.get("list_cap")
    return Price(
        rule.name,
        how,
        _whole(params[word]),
        _base(group, params),
        (-rule.priority, rule.name, order),
        None if cap is None else _whole(cap),
        _whole(params.get("units", 1)),
        rule.once == "line",
        shares_of(rule),
        how is How.RATIO and cap is None,
    )


def _base(group: Group, params: Mapping[str, Value]) -> Base:
    chosen = params.get("base")
    if chosen is None:  # in a group where all rules apply in turn, each takes what the one before has left
        chosen = "running" if group.policy == "all" else group.base
    return _BASES[str(chosen)]


def shares_of(rule: Rule) -> Shares:
    """Return who pays for a rule, in basis points."""
    funding = rule.funding
    return (funding.hq, funding.selling_store, funding.issuing_store, funding.partner)


def combine(how: str, multipliers: list[int]) -> int:
    """Combine the points multipliers that fired, in basis points, by the book's setting (C15); none is 10,000."""
    if how == "max":
        return max(multipliers, default=WHOLE)
    if how == "add":
        return WHOLE + sum(multiplier - WHOLE for multiplier in multipliers)
    whole = WHOLE
    for multiplier in multipliers:
        whole = whole * multiplier // WHOLE
    return whole


def _whole(value: Value | Ref) -> int:
    if not isinstance(value, int):
        message = f"{value!r} is not a whole number"
        raise TypeError(message)
    return value
