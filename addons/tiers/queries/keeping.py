"""Whose tier comes up for review, and who is under notice (C05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain
from addons.tiers.models import Credit, Grant, Notice, TierChange
from addons.tiers.queries.credit import HalfYear, first_day_of_first_card
from addons.tiers.queries.days import local_day, opens_for
from addons.tiers.queries.standing import WAITS
from core import settings

_C, _T, _G, _N, _M = (m.__table__ for m in (Credit, TierChange, Grant, Notice, Member))


class Due(NamedTuple):
    """A member whose tier has an anniversary soon."""

    member_id: int
    held_since: date
    anniversary: date


def terms(session: Session) -> domain.Terms | None:
    """Return the downgrade policy of headquarters; None where nobody is lowered."""
    if settings.value(session, "tiers.downgrade") == "none":
        return None
    names = ("tiers.downgrade_months", "tiers.downgrade_notice_days", "tiers.downgrade_grace_days")
    return domain.Terms(*(settings.value(session, name) for name in names))


def due_for_notice(
    session: Session, brand_id: int, tiers: Sequence[str], day: date, terms: domain.Terms, *, after_id: int, limit: int
) -> list[Due]:
    """Return the next members of these tiers whose anniversary is within the time of notice, in the order of their ids.

    Left out are those who are under notice, wait for an upgrade, or hold the tier by a running grant.
    """
    last = select(_T.c.member_id, func.max(_T.c.id).label("id")).where(
        _T.c.converted_at.is_not(None), _T.c.withdrawn_at.is_(None)
    )
    last_of = last.group_by(_T.c.member_id).subquery()
    step = _T.alias()
    since = func.coalesce(local_day(step.c.converted_at), first_day_of_first_card())
    anniversary = opens_for(since, day + timedelta(days=terms.notice_days), terms.months)
    found = (
        select(_M.c.id, since, anniversary)
        .outerjoin(last_of, last_of.c.member_id == _M.c.id)
        .outerjoin(step, step.c.id == last_of.c.id)
        .where(_M.c.brand_id == brand_id, _M.c.status == "active", _M.c.tier.in_(tiers), _M.c.id > after_id)
        .where(anniversary > day, anniversary > since)
        .where(*_left_out())
        .order_by(_M.c.id)
        .limit(limit)
    )
    return [Due(*row) for row in session.connection().execute(found)]


def _left_out() -> tuple[Any, ...]:
    of_member = {table: table.c.member_id == _M.c.id for table in (_N, _T, _G)}
    return (
        ~exists().where(of_member[_N], _N.c.state == "open"),
        ~exists().where(of_member[_T], WAITS),
        ~exists().where(of_member[_G], _G.c.state == "approved", _G.c.tier == _M.c.tier),
    )


def bought_since(session: Session, since: Mapping[int, date], day: date) -> dict[int, HalfYear]:
    """Return what members bought from a day of their own on, until `day`."""
    if not since:
        return {}
    found = select(_C.c.member_id, _C.c.day, func.sum(_C.c.amount), func.sum(_C.c.points)).where(
        _C.c.member_id.in_(since), _C.c.day >= min(since.values()), _C.c.day <= day
    )
    sums = dict.fromkeys(since, HalfYear(0, 0))
    for member_id, on, amount, points in session.connection().execute(found.group_by(_C.c.member_id, _C.c.day)):
        if on >= since[member_id]:
            before = sums[member_id]
            sums[member_id] = HalfYear(before.credit + int(amount), before.points + int(points))
    return sums


def open_notices(session: Session, brand_id: int, *, after_id: int, limit: int) -> list[Any]:
    """Return the next members of a brand who are under notice, in the order of the notices."""
    of_brand = select(_N).join(_M, _M.c.id == _N.c.member_id).where(_M.c.brand_id == brand_id)
    found = of_brand.where(_N.c.state == "open", _N.c.id > after_id).order_by(_N.c.id).limit(limit)
    return list(session.connection().execute(found))


def holds_by_grant(session: Session, member_ids: Sequence[int]) -> set[int]:
    """Return which of these members hold their tier by a grant that runs."""
    found = select(_G.c.member_id).join(_M, _M.c.id == _G.c.member_id)
    found = found.where(_G.c.member_id.in_(member_ids), _G.c.state == "approved", _G.c.tier == _M.c.tier)
    return set(session.connection().scalars(found))
