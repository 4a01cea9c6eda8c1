"""What was decided and how: the lines with their steps, the totals, the effects; to and from plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from rules.book import WHOLE
from rules.vocabulary import Value

#: Shares of HQ, selling store, issuing store and partner in basis points.
Shares = tuple[int, int, int, int]

HQ_PAYS: Shares = (WHOLE, 0, 0, 0)
SPECIAL = "special"  # the step from list price to special price
VOUCHER = "voucher"  # the step from what is to pay to what is paid in money


class Step(NamedTuple):
    """One step of a line's waterfall: from `before` to `after`, in fen for the whole line."""

    group: str  # SPECIAL, the name of a stacking group, or VOUCHER
    rule: str | None  # None for SPECIAL and VOUCHER
    before: int
    after: int
    funding: Shares = HQ_PAYS


class EffectFired(NamedTuple):
    """An effect of a rule that fired, its parameters resolved at the day of the event."""

    rule: str
    effect: str
    params: Mapping[str, Value]  # shared between decisions: not to be changed
    line: int | None = None  # the basket line, for a rule that fires once a line


class Shortfall(NamedTuple):
    """What a rule promised and could not give, in fen: a floor price or an empty line was in the way."""

    rule: str
    line: int | None  # None: an amount for the whole basket
    amount: int


@dataclass(slots=True)
class LineDecision:
    """What one basket line costs, in fen for the whole line: list -> selling -> groups -> pay -> voucher -> net."""

    list_amount: int
    selling: int  # special price where there is one, else list price
    pay: int  # after all groups
    tendered: int  # paid by voucher
    net: int  # paid in money
    steps: tuple[Step, ...]

    @property
    def rules(self) -> list[str]:
        """Return the names of the rules that priced this line, in their order."""
        return [step.rule for step in self.steps if step.rule is not None]


@dataclass(slots=True)
class Decision:
    """The whole answer to an event; the same facts and the same book give the same decision, for ever."""

    event: str
    lines: tuple[LineDecision, ...] = ()
    total: int = 0  # fen to pay after all groups, before vouchers
    tendered: int = 0  # fen paid by voucher
    cash: int = 0  # fen paid in money
    points: int = 0  # points_base x multiplier, rounded down
    points_base: int = 0  # whole yuan of the receipt x points a yuan: the purchase points
    multiplier: int = WHOLE  # basis points: 20000 = double points
    credit: int = 0  # tier credit in fen: the money paid
    vouchers_used: tuple[tuple[int, int], ...] = ()  # (place in the offer, fen used)
    effects: tuple[EffectFired, ...] = ()
    fired: tuple[tuple[str, int], ...] = ()  # (rule, line), line -1: for the whole event
    shortfalls: tuple[Shortfall, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the decision as plain JSON values, compact and the same for the same decision."""
        return {
            "event": self.event,
            "lines": [_line_as_json(line) for line in self.lines],
            "total": self.total,
            "tendered": self.tendered,
            "cash": self.cash,
            "points": self.points,
            "points_base": self.points_base,
            "multiplier": self.multiplier,
            "credit": self.credit,
            "vouchers_used": [list(used) for used in self.vouchers_used],
            "effects": [_effect_as_json(effect) for effect in self.effects],
            "fired": [list(pair) for pair in self.fired],
            "shortfalls": [list(shortfall) for shortfall in self.shortfalls],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Decision:
        """Return the decision that `as_json` wrote."""
        plain = {name: data[name] for name in _PLAIN}
        return cls(
            **plain,
            lines=tuple(_line_from_json(line) for line in data["lines"]),
            vouchers_used=tuple((index, amount) for index, amount in data["vouchers_used"]),
            effects=tuple(_effect_from_json(effect) for effect in data["effects"]),
            fired=tuple((rule, line) for rule, line in data["fired"]),
            shortfalls=tuple(Shortfall(*shortfall) for shortfall in data["shortfalls"]),
        )


_PLAIN = ("event", "total", "tendered", "cash", "points", "points_base", "multiplier", "credit")


def value_as_json(value: Value) -> Any:
    """Return a value of a fact or a parameter as plain JSON: days and sets are marked as such."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, frozenset):
        return {"set": sorted(value)}
    return value


def value_from_json(data: Any) -> Value:
    """Return the value that `value_as_json` wrote."""
    if isinstance(data, dict):
        return date.fromisoformat(data["date"]) if "date" in data else frozenset(data["set"])
    return data  # type: ignore[no-any-return]


def _line_as_json(line: LineDecision) -> list[Any]:
    steps = [_step_as_json(step) for step in line.steps]
    return [line.list_amount, line.selling, line.pay, line.tendered, line.net, steps]


def _step_as_json(step: Step) -> list[Any]:
    short = [step.group, step.rule, step.before, step.after]
    return short if step.funding == HQ_PAYS else [*short, list(step.funding)]


def _line_from_json(data: Sequence[Any]) -> LineDecision:
    list_amount, selling, pay, tendered, net, steps = data
    return LineDecision(list_amount, selling, pay, tendered, net, tuple(_step_from_json(step) for step in steps))


def _step_from_json(data: Sequence[Any]) -> Step:
    group, rule, before, after, *funding = data
    return Step(group, rule, before, after, tuple(funding[0]) if funding else HQ_PAYS)


def _effect_as_json(effect: EffectFired) -> list[Any]:
    params = {name: value_as_json(effect.params[name]) for name in sorted(effect.params)}
    return [effect.rule, effect.effect, params, effect.line]


def _effect_from_json(data: Sequence[Any]) -> EffectFired:
    rule, effect, params, line = data
    return EffectFired(rule, effect, {name: value_from_json(value) for name, value in params.items()}, line)
