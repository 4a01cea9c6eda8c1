"""Climbing the ladder: the rules decide, one step an evaluation (C04)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from addons.tiers import domain, queries
from addons.tiers.queries import deciding
from addons.tiers.services.moving import INSERT_CHANGE, SET_TIER, TierChanged, change_row, member_in_sight
from core import settings
from core.db.scope import require_store
from rules.decide import Program
from rules.trace import EffectFired


@dataclass(frozen=True, slots=True)
class Standing:
    """A member at an evaluation: what counts after the purchase, in fen and points; `store_id` is where it happens.

    `tier` is the one that sets the price; a higher one that waits for its card is looked up.
    """

    member_id: int
    store_id: int
    tier: str
    credit: int
    points: int = 0


def evaluate_many(
    session: Session,
    members: Sequence[Standing],
    day: date,
    now: datetime,
    program: Program,
    *,
    reason: str = "purchase",
) -> list[TierChanged]:
    """Let the rules decide who climbs, one step an evaluation (C04), and write the steps.

    Refuses with OutOfScope for a store that may not be written.
    """
    climb = Climb.begun(session, day, now, reason)
    decide = deciding.ByEngine(session, program, now)
    climbing = [member for member in members if member.tier]
    seen = queries.waiting_many(session, [member.member_id for member in climbing]) if climbing else {}
    waiting = dict(seen)
    steps: list[tuple[Standing, list[TierChanged]]] = []
    for member in climbing:  # in order: a member named twice goes on from the step she has just taken
        changes = climb.steps_of(member, waiting.get(member.member_id, member.tier), decide)
        if changes:
            steps.append((member, changes))
            waiting[member.member_id] = changes[-1].tier_after
    steps = _still_true(session, steps, seen)
    climb.keep(steps)
    return [change for _, changes in steps for change in changes]


def _still_true(
    session: Session, steps: list[tuple[Standing, list[TierChanged]]], seen: Mapping[int, str]
) -> list[tuple[Standing, list[TierChanged]]]:
    """Lock who climbs; leave out whom another till or the nightly review moved meanwhile: there is a next time."""
    if not steps:
        return []
    ids = sorted({member.member_id for member, _ in steps})
    tiers = queries.lock_members(session, ids)
    waiting = queries.waiting_many(session, ids)
    moved = {m for m in ids if waiting.get(m) != seen.get(m)}
    moved |= {m.member_id for m, _ in steps if m.member_id not in seen and tiers[m.member_id].tier not in ("", m.tier)}
    return [(member, changes) for member, changes in steps if member.member_id not in moved]


@dataclass(frozen=True, slots=True)
class Climb:
    """One evaluation of some members."""

    session: Session
    day: date
    now: datetime
    reason: str
    most: int  # steps a member
    resets: bool
    at_once: bool
    review_id: int | None = None

    @classmethod
    def begun(cls, session: Session, day: date, now: datetime, reason: str, review_id: int | None = None) -> Climb:
        """Begin an evaluation by the settings of headquarters."""
        most: int = settings.value(session, "tiers.steps_per_evaluation")
        resets: bool = settings.value(session, "tiers.window_reset_on_upgrade")
        at_once = settings.value(session, "tiers.activation") == "at_once"
        return cls(session, day, now, reason, most, resets, at_once, review_id)

    def steps_of(self, member: Standing, tier: str, decide: deciding.Decide) -> list[TierChanged]:
        """Return the steps a member climbs from where she stands."""
        changes: list[TierChanged] = []
        while len(changes) < self.most and (change := self._step(member, tier, len(changes), decide)) is not None:
            changes.append(change)
            tier = change.tier_after
        return changes

    def _step(self, member: Standing, tier: str, taken: int, decide: deciding.Decide) -> TierChanged | None:
        nothing = taken and self.resets  # the step before used it up
        reached = {"credit": 0 if nothing else member.credit, "points": 0 if nothing else member.points}
        raised = decide(member.store_id, tier, reached, taken)
        return None if raised is None else self._changed(member, tier, raised)

    def _changed(self, member: Standing, tier: str, raised: deciding.Raised) -> TierChanged:
        due = self.day + timedelta(days=_conversion_days(self.session, raised.effects))
        return TierChanged(
            member.member_id,
            member.store_id,
            tier,
            raised.to,
            raised.rule,
            due,
            converted=self.at_once,
            effects=raised.effects,
        )

    def keep(self, climbed: Sequence[tuple[Standing, list[TierChanged]]]) -> None:
        """Write the steps; the tier itself where it holds at once.

        Refuses with OutOfScope for a store that may not be written.
        """
        if not climbed:
            return
        for store_id in {member.store_id for member, _ in climbed}:
            require_store(store_id, write=True)
        rows = [
            change_row(change, self.day, self.now, self.reason) | {"credit": member.credit, "review_id": self.review_id}
            for member, changes in climbed
            for change in changes
        ]
        connection = self.session.connection()
        connection.execute(INSERT_CHANGE, rows)
        if self.at_once:
            held = [{"b_member": member.member_id, "b_tier": changes[-1].tier_after} for member, changes in climbed]
            connection.execute(SET_TIER, held)


def _conversion_days(session: Session, effects: Iterable[EffectFired]) -> int:
    """Return the days until the card counts as converted: those of the rule's task for the guide, else the setting."""
    for effect in effects:
        days = effect.params.get("days")
        if effect.effect == "task.create" and effect.params["task"] == "card-conversion" and isinstance(days, int):
            return days
    return int(settings.value(session, "tiers.conversion_days"))


def evaluate(session: Session, member_id: int, day: date, now: datetime, program: Program) -> list[TierChanged]:
    """Review one member outside a purchase, by what counts on that day.

    Refuses with NotFound where there is no such member in sight, OutOfScope.
    """
    member = member_in_sight(session, member_id)
    half_year = queries.credit_many(session, [member_id], day)[member_id]
    standing = Standing(member_id, member.store_id, member.tier, *half_year)
    return evaluate_many(session, [standing], day, now, program, reason="review")


def near_upgrade(
    session: Session, day: date, within: int, program: Program, *, brand_id: int, limit: int = 200
) -> list[queries.NearUpgrade]:
    """Return who misses at most `within` fen (or points) of the next tier, closest first; those the reader may see."""
    steps = domain.ladder(program.book, day)
    found = [
        near
        for step in steps
        for near in queries.near_step(session, step, day, brand_id=brand_id, within=within, limit=limit)
    ]
    return sorted(found, key=lambda near: (near.missing, near.member_id))[:limit]
