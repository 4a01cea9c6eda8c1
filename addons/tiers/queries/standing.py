"""Where members stand on the ladder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Subquery, bindparam, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers.models import CLIMBS, TierChange
from core.db.listed import any_of
from core.db.statement import Statement

_T, _M = TierChange.__table__, Member.__table__

#: A step that was decided, and whose card has not been converted.
WAITS = _T.c.converted_at.is_(None) & _T.c.withdrawn_at.is_(None)


class Locked(NamedTuple):
    """A member nobody else can move until the transaction ends."""

    member_id: int
    store_id: int
    brand_id: int
    tier: str
    status: str


_WAITING = Statement(
    select(_T.c.member_id, _T.c.tier_after).where(any_of(_T.c.member_id, "b_members"), WAITS).order_by(_T.c.id)
)
_STEPS_ON = Statement(
    select(_T.c.member_id, func.count())
    .where(
        any_of(_T.c.member_id, "b_members"),
        _T.c.day == bindparam("b_day"),
        _T.c.reason.in_(CLIMBS),
        _T.c.withdrawn_at.is_(None),
    )
    .group_by(_T.c.member_id)
)
_LOCK = Statement(
    select(_M.c.id, _M.c.store_id, _M.c.brand_id, _M.c.tier, _M.c.status)
    .where(any_of(_M.c.id, "b_members"))
    .order_by(_M.c.id)
    .with_for_update(key_share=True)
)


def waiting_many_ahead(session: Session, member_ids: Sequence[int]) -> None:
    """Let the database begin with what `waiting_many` asks."""
    _WAITING.look_ahead(session, b_members=member_ids)


def waiting_many(session: Session, member_ids: Sequence[int]) -> dict[int, str]:
    """Return the tier that was reached and waits for the card to be converted (C06), of the members who have one."""
    return dict(_WAITING.all(session, b_members=member_ids))


def steps_on(session: Session, member_ids: Sequence[int], day: date) -> dict[int, int]:
    """Return how many steps members climbed on a day; those who climbed none are left out."""
    return dict(_STEPS_ON.all(session, b_members=member_ids, b_day=day))


def lock_members(session: Session, member_ids: Collection[int]) -> dict[int, Locked]:
    """Let nobody else move these members until the transaction ends; return them as they are now, in their order."""
    return {row[0]: Locked(*row) for row in _LOCK.all(session, b_members=sorted(member_ids))}


def waiting() -> Subquery:
    """The tier each member stands at where it waits for its card."""
    last = select(func.max(_T.c.id)).where(WAITS).group_by(_T.c.member_id)
    return select(_T.c.member_id, _T.c.tier_after).where(_T.c.id.in_(last)).subquery()
