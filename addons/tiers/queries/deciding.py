"""What the rules decide about a member: the event `tier_review`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from addons.stores.queries import place as place_of
from addons.tiers import domain
from core.periods import local, local_day
from rules.decide import Program
from rules.event import Event, Place
from rules.trace import EffectFired


@dataclass(frozen=True, slots=True)
class Raised:
    """A step the rules lead to: one level up, whatever they name (TIER-06), with the other effects of the rule."""

    to: str
    rule: str
    effects: tuple[EffectFired, ...]


#: (store, tier she stands at, what she reached by metric, steps taken in this evaluation) -> the step, or None.
Decide = Callable[[int, str, Mapping[str, int], int], Raised | None]


@dataclass(frozen=True, slots=True)
class ByEngine:
    """Every member is decided by the engine, in the time of the store."""

    session: Session
    program: Program
    now: datetime

    def __call__(self, store_id: int, tier: str, reached: Mapping[str, int], taken: int) -> Raised | None:
        """Return where the rules lead from a tier: the first rule of the book that raises decides, None if not up."""
        effects = self.effects(store_id, tier, reached, taken)
        found = next((effect for effect in effects if effect.effect == domain.RAISE), None)
        if found is None or not domain.above(str(found.params["to"]), tier):
            return None
        return _raised(tier, found, effects)

    def effects(self, store_id: int, tier: str, reached: Mapping[str, int], taken: int) -> tuple[EffectFired, ...]:
        """Return the effects of all rules that hold."""
        place = place_of(self.session, store_id)
        facts = {
            "member.present": True,
            "member.tier": tier,
            "tiers.credit_half_year": reached["credit"],
            "tiers.points_half_year": reached["points"],
            "tiers.steps_today": taken,
        }
        at = local(self.now, ZoneInfo(place.timezone))
        where = Place(place.brand_code, place.region, place.franchisee, place.format, place.code)
        return self.program.decide(Event(domain.EVENT, at, where, facts)).effects


def _raised(tier: str, found: EffectFired, effects: tuple[EffectFired, ...]) -> Raised:
    others = tuple(effect for effect in effects if effect.rule == found.rule and effect is not found)
    return Raised(domain.next_above(tier), found.rule, others)


@dataclass(slots=True)
class ByLadder:
    """Many members at once: the engine decides once for each plain step, and for members that other rules ask about.

    A rule that asks for a tier and so much of a metric alone decides the same for all who have that much.
    """

    engine: ByEngine
    day: date
    asked: domain.Asked
    _steps: dict[domain.Step, Raised | None] = field(default_factory=dict)
    _same_day: dict[int, bool] = field(default_factory=dict)

    def __call__(self, store_id: int, tier: str, reached: Mapping[str, int], taken: int) -> Raised | None:
        """Return where the rules lead from a tier, as the engine would."""
        if self.asked.needs_engine(tier, reached) or not self._is_same_day(store_id):
            return self.engine(store_id, tier, reached, taken)
        step = domain.next_step(self.asked.steps, tier, reached)
        if step is None:
            return None
        if step not in self._steps:
            self._steps[step] = self._decided(step, store_id)
        return self._steps[step] or self.engine(store_id, tier, reached, taken)

    def _decided(self, step: domain.Step, store_id: int) -> Raised | None:
        """Let the engine decide for somebody who has reached a step exactly; None if it decides something else."""
        reached = {"credit": 0, "points": 0, step.metric: step.threshold}
        effects = self.engine.effects(store_id, step.tier, reached, 0)
        found = next((each for each in effects if each.rule == step.rule and each.effect == domain.RAISE), None)
        return None if found is None else _raised(step.tier, found, effects)

    def _is_same_day(self, store_id: int) -> bool:
        """Tell whether it is the same day where the store is: rules begin and end at midnight there."""
        if store_id not in self._same_day:
            zone = place_of(self.engine.session, store_id).zone
            self._same_day[store_id] = local_day(self.engine.now, zone) == self.day
        return self._same_day[store_id]


def by_ladder(session: Session, program: Program, day: date, now: datetime) -> ByLadder:
    """Return how the members of a review on a day are decided."""
    return ByLadder(ByEngine(session, program, now), day, domain.asked(program.book, day))
