"""Card conversion (C06): from when a tier that was reached holds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership import services as cards
from addons.membership.models import Card
from addons.tiers import models, queries
from addons.tiers.services.moving import Converted, convert, member_in_sight
from addons.tiers.services.refusals import NoUpgradeWaits
from core.db.scope import require_store

_T = models.TierChange.__table__


def confirm_conversion(session: Session, *, member_id: int, now: datetime, by: str = "card") -> Converted:
    """Let the tier that was reached hold from now on, since the card has been converted.

    Refuses with NotFound where there is no such member in sight, OutOfScope, NoUpgradeWaits.
    """
    member = member_in_sight(session, member_id)
    require_store(member.store_id, write=True)
    queries.lock_members(session, [member_id])
    tier = queries.waiting_many(session, [member_id]).get(member_id)
    if tier is None:
        raise NoUpgradeWaits
    convert(session, {member_id: tier}, now, by)
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
        .where(_T.c.converted_at.is_(None), _T.c.withdrawn_at.is_(None), _T.c.conversion_due <= day)
        .group_by(_T.c.member_id)
        .order_by(func.min(_T.c.conversion_due), _T.c.member_id)
        .limit(limit)
    )
    ids = list(session.connection().scalars(due))
    if not ids:
        return []
    queries.lock_members(session, ids)
    tiers = queries.waiting_many(session, ids)  # once more: a return may have withdrawn a step meanwhile
    held = {member_id: tiers[member_id] for member_id in ids if member_id in tiers}
    if held:
        convert(session, held, now, "automatic")
    return [Converted(member_id, tier) for member_id, tier in held.items()]
