"""Commands of the tiers: credit, one step an evaluation, card conversion, grants by two persons.

They run inside a posting and never commit. The rules decide who climbs (event `tier_review`).

When a tier holds (C06, E24): the step is decided and written at once, and the ladder goes on from there; its price
holds from the day the card is converted in a store, at the latest from the day `conversion_due`, when a job converts it
by itself. Until then membership_member.tier, which sets the price, stays as it was. Where the setting tiers.activation
is `at_once`, both happen together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from addons.membership import services as cards
from addons.membership.models import Card, Member
from addons.stores.queries import place as place_of
from addons.tiers import domain, models, queries
from core import settings
from core.addons.person import PersonHooks
from core.db.scope import require_store
from core.db.statement import write_rows
from core.errors import Invalid, NotFound, Refusal
from core.periods import local, local_day, months_after
from rules.decide import Program
from rules.event import Event, Place
from rules.trace import EffectFired

_C, _T, _G = models.Credit.__table__, models.TierChange.__table__, models.Grant.__table__
_M = Member.__table__


class GrantNeedsSecondPerson(Refusal):
    """Whoever asks for a grant may not decide on it (C27)."""

    sentence = "Another person than %(person)s must decide on this grant."
    person: str


class GrantIsDecided(Refusal):
    """The grant was approved or refused before."""

    sentence = "The grant %(grant)s has been decided already."
    grant: int


class TierNotAbove(Refusal):
    """A grant raises, it never lowers or repeats."""

    sentence = "%(tier)s is not above the member's tier."
    tier: str


class NoUpgradeWaits(Refusal):
    """No upgrade of the member waits for a card."""

    sentence = "No upgrade of this member waits for a card."


@dataclass(frozen=True, slots=True)
class Credit:
    """Money paid (fen) that counts towards the next tier; `points` of the same receipt for climbing by points (C01)."""

    member_id: int
    store_id: int
    receipt_id: int | None
    day: date
    amount: int
    now: datetime
    points: int = 0


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


class TierChanged(NamedTuple):
    """A step that was decided; `effects` are the other effects of its rule (tasks, messages)."""

    member_id: int
    store_id: int
    tier_before: str
    tier_after: str
    rule: str
    conversion_due: date
    converted: bool
    effects: tuple[EffectFired, ...] = ()


class Converted(NamedTuple):
    """A member whose tier holds from now on."""

    member_id: int
    tier: str


_INSERT_CHANGE = _T.insert()
_SET_TIER = update(_M).where(_M.c.id == bindparam("b_member")).values(tier=bindparam("b_tier"))
_CONVERT = (
    update(_T)
    .where(_T.c.member_id == bindparam("b_member"), _T.c.converted_at.is_(None))
    .values(converted_at=bindparam("b_now"), converted_by=bindparam("b_by"))
)


def credit_many(session: Session, paid: Sequence[Credit]) -> None:
    """Write what was paid; nothing ever takes it away but a return's own negative credit (C02).

    Refuses with OutOfScope for a store that may not be written.
    """
    for store_id in {credit.store_id for credit in paid}:
        require_store(store_id, write=True)
    rows = [
        {
            "member_id": credit.member_id,
            "store_id": credit.store_id,
            "receipt_id": credit.receipt_id,
            "day": credit.day,
            "amount": credit.amount,
            "points": credit.points,
            "at": credit.now,
        }
        for credit in paid
        if credit.amount or credit.points
    ]
    write_rows(session, _C, rows)


# --- climbing ------------------------------------------------------------------------------------------------------


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
    evaluation = _Evaluation(
        session, day, now, program, reason, settings.value(session, "tiers.steps_per_evaluation"), _at_once(session)
    )
    climbing = [member for member in members if member.tier]
    seen = queries.waiting_many(session, [member.member_id for member in climbing]) if climbing else {}
    waiting = dict(seen)
    steps: list[tuple[Standing, list[TierChanged]]] = []
    for member in climbing:  # in order: a member named twice goes on from the step she has just taken
        changes = evaluation.steps_of(member, waiting.get(member.member_id, member.tier))
        if changes:
            steps.append((member, changes))
            waiting[member.member_id] = changes[-1].tier_after
    steps = _still_true(session, steps, seen)
    evaluation.keep(steps)
    return [change for _, changes in steps for change in changes]


def _still_true(
    session: Session, steps: list[tuple[Standing, list[TierChanged]]], seen: Mapping[int, str]
) -> list[tuple[Standing, list[TierChanged]]]:
    """Lock who climbs; leave out whom another till or the nightly review moved meanwhile: there is a next time."""
    if not steps:
        return []
    ids = sorted({member.member_id for member, _ in steps})
    locked = select(_M.c.id, _M.c.tier).where(_M.c.id.in_(ids)).order_by(_M.c.id).with_for_update()
    tiers = {row.id: row.tier for row in session.connection().execute(locked)}
    waiting = queries.waiting_many(session, ids)
    moved = {m for m in ids if waiting.get(m) != seen.get(m)}
    moved |= {m.member_id for m, _ in steps if m.member_id not in seen and tiers[m.member_id] not in ("", m.tier)}
    return [(member, changes) for member, changes in steps if member.member_id not in moved]


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One evaluation of some members."""

    session: Session
    day: date
    now: datetime
    program: Program
    reason: str
    most: int  # steps a member
    at_once: bool

    def steps_of(self, member: Standing, tier: str) -> list[TierChanged]:
        """Return the steps a member climbs from where she stands."""
        changes: list[TierChanged] = []
        while len(changes) < self.most and (change := self._step(member, tier, len(changes))) is not None:
            changes.append(change)
            tier = change.tier_after
        return changes

    def _step(self, member: Standing, tier: str, taken: int) -> TierChanged | None:
        effects = self.program.decide(self._event(member, tier, taken)).effects
        raised = next((effect for effect in effects if effect.effect == "tier.raise"), None)
        if raised is None or not domain.above(str(raised.params["to"]), tier):
            return None
        others = tuple(e for e in effects if e.rule == raised.rule and e is not raised)
        due = self.day + timedelta(days=_conversion_days(self.session, others))
        to = str(raised.params["to"])
        return TierChanged(
            member.member_id, member.store_id, tier, to, raised.rule, due, converted=self.at_once, effects=others
        )

    def _event(self, member: Standing, tier: str, taken: int) -> Event:
        place = place_of(self.session, member.store_id)
        return Event(
            "tier_review",
            local(self.now, ZoneInfo(place.timezone)),
            Place(place.brand_code, place.region, place.franchisee, place.format, place.code),
            {
                "member.present": True,
                "member.tier": tier,
                "tiers.credit_half_year": member.credit,
                "tiers.points_half_year": member.points,
                "tiers.steps_today": taken,
            },
        )

    def keep(self, climbed: Sequence[tuple[Standing, list[TierChanged]]]) -> None:
        """Write the steps; the tier itself where it holds at once."""
        if not climbed:
            return
        for store_id in {member.store_id for member, _ in climbed}:
            require_store(store_id, write=True)
        rows = [
            _change_row(change, self.day, self.now, self.reason) | {"credit": member.credit}
            for member, changes in climbed
            for change in changes
        ]
        connection = self.session.connection()
        connection.execute(_INSERT_CHANGE, rows)
        if self.at_once:
            held = [{"b_member": member.member_id, "b_tier": changes[-1].tier_after} for member, changes in climbed]
            connection.execute(_SET_TIER, held)


def _conversion_days(session: Session, effects: Iterable[EffectFired]) -> int:
    """Return the days until the card counts as converted: those of the rule's task for the guide, else the setting."""
    for effect in effects:
        days = effect.params.get("days")
        if effect.effect == "task.create" and effect.params["task"] == "card-conversion" and isinstance(days, int):
            return days
    return int(settings.value(session, "tiers.conversion_days"))


def _at_once(session: Session) -> bool:
    return bool(settings.value(session, "tiers.activation") == "at_once")


def _change_row(change: TierChanged, day: date, now: datetime, reason: str) -> dict[str, Any]:
    return {
        "member_id": change.member_id,
        "store_id": change.store_id,
        "tier_before": change.tier_before,
        "tier_after": change.tier_after,
        "day": day,
        "reason": reason,
        "rule": change.rule,
        "credit": 0,
        "grant_id": None,
        "decided_at": now,
        "conversion_due": change.conversion_due,
        "converted_at": now if change.converted else None,
        "converted_by": "at_once" if change.converted else "",
    }


def evaluate(session: Session, member_id: int, day: date, now: datetime, program: Program) -> list[TierChanged]:
    """Review one member outside a purchase, by what counts on that day.

    Refuses with NotFound where there is no such member in sight, OutOfScope.
    """
    member = _member(session, member_id)
    half_year = queries.credit_many(session, [member_id], day)[member_id]
    standing = Standing(member_id, member.store_id, member.tier, *half_year)
    return evaluate_many(session, [standing], day, now, program, reason="review")


def review(
    session: Session, brand_id: int, day: date, now: datetime, program: Program, *, after_id: int = 0, limit: int = 500
) -> tuple[int | None, list[TierChanged]]:
    """Review the next members of a brand; return the last id reviewed (None: nobody is left) and the steps.

    Refuses with OutOfScope for a store that may not be written.
    """
    found = queries.to_review(session, brand_id, day, after_id, limit)
    standings = [Standing(m.member_id, m.store_id, m.tier, m.credit, m.points) for m in found]
    changes = evaluate_many(session, standings, day, now, program, reason="review")
    return (found[-1].member_id if found else None), changes


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


# --- card conversion (C06) -----------------------------------------------------------------------------------------


def confirm_conversion(session: Session, *, member_id: int, now: datetime, by: str = "card") -> Converted:
    """Let the tier that was reached hold from now on, since the card has been converted.

    Refuses with NotFound where there is no such member in sight, OutOfScope, NoUpgradeWaits.
    """
    member = _member(session, member_id)
    require_store(member.store_id, write=True)
    tier = queries.waiting_many(session, [member_id]).get(member_id)
    if tier is None:
        raise NoUpgradeWaits
    _convert(session, {member_id: tier}, now, by)
    session.expire(member)
    return Converted(member_id, tier)


def convert_card(
    session: Session, *, member_id: int, store_id: int, by: str, now: datetime, number: str | None = None
) -> Card:
    """Do the formality of an upgrade (MEM-12): the tier holds from now on and the member gets its card.

    Refuses with NotFound, OutOfScope, NoUpgradeWaits, and as membership does for the number and the quota of the card.
    """
    confirm_conversion(session, member_id=member_id, now=now)
    return cards.convert_card(session, member_id=member_id, store_id=store_id, now=now, by=by, number=number)


def convert_due(session: Session, *, day: date, now: datetime, limit: int = 1000) -> list[Converted]:
    """Let tiers hold whose card was not converted in time; at most `limit` members, the longest waiting first.

    Runs for the whole programme.
    """
    due = (
        select(_T.c.member_id)
        .where(_T.c.converted_at.is_(None), _T.c.conversion_due <= day)
        .group_by(_T.c.member_id)
        .order_by(func.min(_T.c.conversion_due), _T.c.member_id)
        .limit(limit)
    )
    ids = list(session.connection().scalars(due))
    if not ids:
        return []
    tiers = queries.waiting_many(session, ids)
    _convert(session, tiers, now, "automatic")
    return [Converted(member_id, tiers[member_id]) for member_id in ids]


def _convert(session: Session, tiers: Mapping[int, str], now: datetime, by: str) -> None:
    connection = session.connection()
    connection.execute(_SET_TIER, [{"b_member": member, "b_tier": tier} for member, tier in tiers.items()])
    connection.execute(_CONVERT, [{"b_member": member, "b_now": now, "b_by": by} for member in tiers])


# --- grants (C27) --------------------------------------------------------------------------------------------------


def request_grant(
    session: Session, *, member_id: int, tier: str, reason: str, ends_on: date, by: str, now: datetime
) -> int:
    """Ask for a tier the member did not climb to; return the id of the request.

    Refuses with NotFound, OutOfScope, Invalid for no reason or an end that is past or too far, TierNotAbove.
    """
    member = _member(session, member_id)
    require_store(member.store_id, write=True)
    if not reason.strip():
        raise Invalid(field="reason", problem="a grant needs a reason")
    day = local_day(now)
    months: int = settings.value(session, "tiers.grant_months_at_most")
    if not day <= ends_on <= months_after(day, months):
        raise Invalid(field="ends_on", problem="a grant ends in the future, within the months that are allowed")
    standing = queries.waiting_many(session, [member_id]).get(member_id, member.tier)
    if not member.tier or tier not in domain.LADDER or not domain.above(tier, standing):
        raise TierNotAbove(tier=tier)
    grant = models.Grant(
        member_id=member_id,
        store_id=member.store_id,
        tier=tier,
        tier_before=standing,
        reason=reason.strip(),
        ends_on=ends_on,
        state="asked",
        asked_by=by,
        asked_at=now,
    )
    session.add(grant)
    session.flush()
    return grant.id


def decide_grant(session: Session, *, grant_id: int, approve: bool, by: str, now: datetime) -> models.Grant:
    """Approve or refuse a grant as the second person; an approved one holds at once, to its last day.

    Refuses with NotFound, OutOfScope, GrantNeedsSecondPerson, GrantIsDecided, TierNotAbove where she climbed since.
    """
    grant = session.scalar(
        select(models.Grant)
        .where(models.Grant.id == grant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if grant is None:
        raise NotFound(what="grant", which=str(grant_id))
    require_store(grant.store_id, write=True)
    if grant.asked_by == by:
        raise GrantNeedsSecondPerson(person=by)
    if grant.state != "asked":
        raise GrantIsDecided(grant=grant_id)
    grant.state, grant.decided_by, grant.decided_at = "approved" if approve else "refused", by, now
    session.flush()
    if approve:
        _apply_grant(session, grant, now)
    return grant


def _apply_grant(session: Session, grant: models.Grant, now: datetime) -> None:
    member = _member(session, grant.member_id)
    standing = queries.waiting_many(session, [member.id]).get(member.id, member.tier)
    if not domain.above(grant.tier, standing):
        raise TierNotAbove(tier=grant.tier)
    grant.tier_before = standing
    _convert(session, {member.id: grant.tier}, now, "at_once")
    _move(session, _Step(member.id, grant.store_id, standing, grant.tier, "grant", grant.id), now)
    session.flush()


@dataclass(frozen=True, slots=True)
class _Step:
    """A step that no purchase led to."""

    member_id: int
    store_id: int
    before: str
    after: str
    reason: str
    grant_id: int | None = None


def _move(session: Session, step: _Step, now: datetime) -> None:
    """Write a step that holds at once and set the tier."""
    day = local_day(now)
    change = TierChanged(step.member_id, step.store_id, step.before, step.after, "", day, converted=True)
    connection = session.connection()
    row = _change_row(change, day, now, step.reason) | {"grant_id": step.grant_id}
    connection.execute(_INSERT_CHANGE, row)
    connection.execute(_SET_TIER, {"b_member": step.member_id, "b_tier": step.after})


def end_grants(session: Session, *, day: date, now: datetime, limit: int = 500) -> list[Converted]:
    """End the grants whose last day is over: the member returns to the tier she had, unless she has climbed since.

    Returns who had one, with the tier that holds now. Runs for the whole programme.
    """
    over = (
        select(models.Grant)
        .where(models.Grant.state == "approved", models.Grant.ends_on < day)
        .order_by(models.Grant.id)
        .limit(limit)
        .with_for_update()
    )
    ended: list[Converted] = []
    for grant in session.scalars(over):
        grant.state = "ended"
        member = _member(session, grant.member_id)
        tier = member.tier
        if tier == grant.tier and member.id not in queries.waiting_many(session, [member.id]):
            tier = grant.tier_before
            _move(session, _Step(member.id, grant.store_id, grant.tier, tier, "grant_ended", grant.id), now)
        ended.append(Converted(member.id, tier))
    session.flush()
    return ended


def _member(session: Session, member_id: int) -> Member:
    """Return a member the reader may see, as the database has it now."""
    member = session.scalar(select(Member).where(Member.id == member_id).execution_options(populate_existing=True))
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    return member


# --- persons -------------------------------------------------------------------------------------------------------


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move the credit by entries of its own, so that the history stays; the higher tier holds."""
    sums = select(_C.c.store_id, _C.c.day, func.sum(_C.c.amount).label("amount"), func.sum(_C.c.points).label("points"))
    found = sums.where(_C.c.member_id == from_member).group_by(_C.c.store_id, _C.c.day)
    connection = session.connection()
    rows = [
        {
            "member_id": member_id,
            "store_id": row.store_id,
            "receipt_id": None,
            "day": row.day,
            "amount": sign * int(row.amount),
            "points": sign * int(row.points),
            "at": now,
        }
        for row in connection.execute(found)
        for member_id, sign in ((from_member, -1), (into_member, 1))
        if row.amount or row.points
    ]
    write_rows(session, _C, rows)
    _keep_higher_tier(session, from_member, into_member, now)


def _keep_higher_tier(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    connection = session.connection()
    tiers = dict(connection.execute(select(_M.c.id, _M.c.tier).where(_M.c.id.in_((from_member, into_member)))).all())
    connection.execute(update(_G).where(_G.c.member_id == from_member).values(member_id=into_member))
    waiting = update(_T).where(_T.c.member_id == from_member, _T.c.converted_at.is_(None))
    connection.execute(waiting.values(member_id=into_member))
    if domain.above(tiers[from_member], tiers[into_member]):
        store_id = connection.scalar(select(_M.c.store_id).where(_M.c.id == into_member)) or 0
        _move(session, _Step(into_member, store_id, tiers[into_member], tiers[from_member], "merge"), now)


def _erase(session: Session, member: int, _now: datetime) -> None:
    """A grant's reason may speak of the person; the ledger itself names nobody."""
    session.connection().execute(update(_G).where(_G.c.member_id == member).values(reason="-"))


PERSON = PersonHooks(merge=_merge, erase=_erase)
