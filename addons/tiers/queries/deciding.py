"""What the rules decide about a member: the event `tier_review`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from addons.stores.queries import place as place_of
from addons.tiers import domain
from core.periods import local
from rules.decide import Program
from rules.event import Event, Place
from rules.trace import EffectFired


@dataclass(frozen=True, slots=True)
class Raised:
    """A step the rules lead to: one level up, whatever they name (TIER-06), with the other effects of the rule."""

    to: str
    rule: str
    effects: tuple[EffectFired, ...]


def event(
    session: Session, store_id: int, tier: str, reached: Mapping[str, int], at: datetime, *, taken: int = 0
) -> Event:
    """Return what the rules are told of a member who stands at a tier, in the time of the store."""
    place = place_of(session, store_id)
    return Event(
        domain.EVENT,
        local(at, ZoneInfo(place.timezone)),
        Place(place.brand_code, place.region, place.franchisee, place.format, place.code),
        {
            "member.present": True,
            "member.tier": tier,
            "tiers.credit_half_year": reached["credit"],
            "tiers.points_half_year": reached["points"],
            "tiers.steps_today": taken,
        },
    )


def raised(program: Program, asked: Event, tier: str) -> Raised | None:
    """Return where the rules lead from a tier: the first rule of the book that raises decides, None if not up."""
    effects = program.decide(asked).effects
    found = next((effect for effect in effects if effect.effect == domain.RAISE), None)
    if found is None or not domain.above(str(found.params["to"]), tier):
        return None
    others = tuple(effect for effect in effects if effect.rule == found.rule and effect is not found)
    return Raised(domain.next_above(tier), found.rule, others)
