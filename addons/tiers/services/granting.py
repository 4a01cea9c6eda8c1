"""Grants by headquarters (C27): one asks, another decides, and they end."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from addons.tiers import domain, models, queries
from addons.tiers.services.moving import Converted, Move, convert, member_in_sight, move
from addons.tiers.services.refusals import GrantIsDecided, GrantNeedsSecondPerson, TierNotAbove
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound
from core.periods import local_day, months_after

_G = models.Grant.__table__


def request_grant(
    session: Session, *, member_id: int, tier: str, reason: str, ends_on: date, by: str, now: datetime
) -> int:
    """Ask for a tier the member did not climb to; return the id of the request.

    Refuses with NotFound, OutOfScope, Invalid for no reason or an end that is past or too far, TierNotAbove.
    """
    member = member_in_sight(session, member_id)
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
        _apply(session, grant, now)
    return grant


def _apply(session: Session, grant: models.Grant, now: datetime) -> None:
    member = queries.lock_members(session, [grant.member_id])[grant.member_id]
    standing = queries.waiting_many(session, [member.member_id]).get(member.member_id, member.tier)
    if not domain.above(grant.tier, standing):
        raise TierNotAbove(tier=grant.tier)
    grant.tier_before = standing
    convert(session, {member.member_id: grant.tier}, now, "at_once")
    move(session, Move(member.member_id, grant.store_id, standing, grant.tier, "grant", grant.id), now)
    session.flush()


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
    grants = list(session.scalars(over.execution_options(populate_existing=True)))
    members = queries.lock_members(session, {grant.member_id for grant in grants}) if grants else {}
    return [_end(session, grant, members[grant.member_id].tier, now) for grant in grants]


def _end(session: Session, grant: models.Grant, tier: str, now: datetime) -> Converted:
    grant.state = "ended"
    session.flush()
    _lead_back(session, grant)
    member_id, before = grant.member_id, grant.tier_before
    if not domain.above(grant.tier, before):  # merged with somebody who has that tier of her own
        return Converted(member_id, tier)
    if tier != grant.tier or member_id in queries.waiting_many(session, [member_id]):
        return Converted(member_id, tier)
    move(session, Move(member_id, grant.store_id, tier, before, "grant_ended", grant.id), now)
    return Converted(member_id, before)


def _lead_back(session: Session, grant: models.Grant) -> None:
    """A grant on top of this one ends where this one began."""
    above = (_G.c.member_id == grant.member_id) & (_G.c.state == "approved") & (_G.c.tier_before == grant.tier)
    session.connection().execute(update(_G).where(above).values(tier_before=grant.tier_before))
