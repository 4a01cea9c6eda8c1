"""The ladder, and what the rules of a book ask for at each of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rules.book import Combine, Compare, Condition, Parameter, Rule, RuleBook, Stores
from rules.parameters import resolve
from rules.when import day_holds, in_force

LADDER = ("ordinary", "gold", "diamond")  # TIER-06, lowest first
METRICS = {"tiers.credit_half_year": "credit", "tiers.points_half_year": "points"}
EVENT, RAISE = "tier_review", "tier.raise"


class Step(NamedTuple):
    """What a rule asks for: so much of a metric ("credit" in fen, or "points") at a tier raises to the next."""

    rule: str
    tier: str
    to: str
    metric: str
    threshold: int


@dataclass(frozen=True, slots=True)
class Possible:
    """What must be true of a member at least for a rule to raise her; a tier alone may be told, or a metric."""

    tiers: tuple[str, ...]  # empty: any
    floors: Mapping[str, int]  # by metric

    def of(self, tier: str, reached: Mapping[str, int]) -> bool:
        """Tell whether the rule may raise somebody who stands at `tier`."""
        fits = not self.tiers or tier in self.tiers
        return fits and all(reached[metric] >= floor for metric, floor in self.floors.items())


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules of a book ask for on a day: the steps that are plain, and what is known of all other rules."""

    steps: tuple[Step, ...]
    others: tuple[Possible, ...]

    @property
    def possible(self) -> tuple[Possible, ...]:
        """What must be true of a member at least for any rule to raise her."""
        return (*(Possible((step.tier,), {step.metric: step.threshold}) for step in self.steps), *self.others)

    def needs_engine(self, tier: str, reached: Mapping[str, int]) -> bool:
        """Tell whether a rule that asks for more than a tier and a metric may raise this member."""
        return any(other.of(tier, reached) for other in self.others)


def above(tier: str, other: str) -> bool:
    """Tell whether a tier is higher than another; no tier at all is the lowest."""
    return height(tier) > height(other)


def height(tier: str) -> int:
    """Return how high a tier is: 0 for the lowest, -1 for none."""
    return LADDER.index(tier) if tier in LADDER else -1


def next_above(tier: str) -> str:
    """Return the tier one level higher; the highest stays."""
    return LADDER[min(height(tier) + 1, len(LADDER) - 1)]


def next_below(tier: str) -> str:
    """Return the tier one level lower; the lowest stays."""
    return LADDER[max(height(tier) - 1, 0)]


def ladder(book: RuleBook, day: date) -> list[Step]:
    """Return the steps of a book that ask for a tier and a metric.

    Rules that ask for more than that are left out: nobody can say how far a member is from them.
    """
    return list(asked(book, day).steps)


def asked(book: RuleBook, day: date) -> Asked:
    """Return what the rules of a book that hold on a day ask for."""
    steps: list[Step] = []
    others: list[Possible] = []
    for rule in book.rules:
        to = _raises_to(rule)
        if to is None or not (in_force(rule, book.parameters, day) and day_holds(rule.calendar, day)):
            continue
        step = _step(rule, to, book.parameters, day)
        if step is None:
            others.append(_possible(rule, book.parameters, day))
        else:
            steps.append(step)
    return Asked(tuple(steps), tuple(others))


def next_step(steps: Sequence[Step], tier: str, reached: Mapping[str, int]) -> Step | None:
    """Return the step somebody takes who stands at `tier` and has reached so much, as the engine would decide.

    The first rule of the book that holds decides; one that does not lead up leads nowhere.
    """
    found = next((s for s in steps if s.tier == tier and reached[s.metric] >= s.threshold), None)
    return found if found is not None and above(found.to, tier) else None


def _raises_to(rule: Rule) -> str | None:
    if not rule.enabled or rule.event != EVENT:
        return None
    return next((str(then.params["to"]) for then in rule.then if then.effect == RAISE), None)


def _step(rule: Rule, to: str, parameters: Mapping[str, Parameter], day: date) -> Step | None:
    rows = list(_rows(rule.when))
    tiers = [row.operand for row in rows if row.fact == "member.tier" and row.operator == "is"]
    metrics = [row for row in rows if row.fact in METRICS and row.operator == "at_least"]
    if len(rows) != 2 or len(tiers) != 1 or len(metrics) != 1 or not _is_plain(rule):
        return None
    threshold = resolve(metrics[0].operand, parameters, day)
    return Step(rule.name, str(tiers[0]), to, METRICS[metrics[0].fact], int(str(threshold)))


def _is_plain(rule: Rule) -> bool:
    """Tell whether a rule holds everywhere and all day, without limits."""
    restricted = rule.items is not None or rule.totals or rule.limits or rule.calendar.hours
    return not restricted and rule.stores == Stores()


def _possible(rule: Rule, parameters: Mapping[str, Parameter], day: date) -> Possible:
    tiers: tuple[str, ...] = ()
    floors: dict[str, int] = {}
    for row in _rows(rule.when):
        if row.fact == "member.tier" and row.operator in ("is", "in"):
            named = row.operand if isinstance(row.operand, tuple) else (row.operand,)
            tiers = tuple(str(each) for each in named if not tiers or str(each) in tiers) or ("-",)
        elif row.fact in METRICS and row.operator in ("at_least", "more_than", "is"):
            floor = int(str(resolve(row.operand, parameters, day)))
            metric = METRICS[row.fact]
            floors[metric] = max(floor, floors.get(metric, floor))
    return Possible(tiers, floors)


def _rows(condition: Condition | None) -> Iterator[Compare]:
    """Yield the rows that must all hold; a row of an `any` or `none` group counts as one that says neither."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Combine) and condition.how == "all":
        for part in condition.parts:
            yield from _rows(part)
    elif condition is not None:
        yield Compare("", "is", "")
