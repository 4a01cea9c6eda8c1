"""Reads of tier credit and of the ladder.

Credit counts wherever a member bought, so the statements over bare tables here read brand-wide; who may see the
members themselves is limited by the mapped class Member.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, bindparam, exists, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain
from addons.tiers.models import Credit, TierChange
from core import settings
from core.db.scope import current_scope

_C, _T, _M = Credit.__table__, TierChange.__table__, Member.__table__


class HalfYear(NamedTuple):
    """What counts towards the next tier: money in fen, and points where HQ climbs by points (C01)."""

    credit: int
    points: int


class NearUpgrade(NamedTuple):
    """A member close to the next tier: what is missing (fen or points) and the last day the present credit counts."""

    member_id: int
    name: str
    number: str
    tier: str
    to: str
    metric: str
    reached: int
    missing: int
    last_day: date
    days_left: int


class Reviewed(NamedTuple):
    """A member to be reviewed."""

    member_id: int
    store_id: int
    tier: str
    credit: int
    points: int


class Leader(NamedTuple):
    """A member of the top list (C36): net spend in fen, the day of the last purchase breaks ties."""

    member_id: int
    spend: int
    last_on: date


NOTHING = HalfYear(0, 0)

_IN_WINDOW = (_C.c.day >= bindparam("b_opens"), _C.c.day <= bindparam("b_day"))
_SUMS = (func.sum(_C.c.amount), func.sum(_C.c.points))
_EVERY_CREDIT = select(_C.c.member_id, *_SUMS).where(*_IN_WINDOW).group_by(_C.c.member_id)
_CREDIT_MANY = _EVERY_CREDIT.where(_C.c.member_id.in_(bindparam("b_members", expanding=True)))
_CREDIT_ONE = _EVERY_CREDIT.where(_C.c.member_id == bindparam("b_member"))  # a list of one costs twice as much
_WAITING = (
    select(_T.c.member_id, _T.c.tier_after)
    .where(_T.c.member_id.in_(bindparam("b_members", expanding=True)), _T.c.converted_at.is_(None))
    .order_by(_T.c.id)
)
_STEPS_ON = (
    select(_T.c.member_id, func.count())
    .where(
        _T.c.member_id.in_(bindparam("b_members", expanding=True)),
        _T.c.day == bindparam("b_day"),
        _T.c.reason.in_(("purchase", "review")),
    )
    .group_by(_T.c.member_id)
)


def window(session: Session, day: date) -> dict[str, date]:
    """Return the first and the last day that count, by the settings of C03."""
    kind, months = settings.value(session, "tiers.window"), settings.value(session, "tiers.window_months")
    return {"b_opens": domain.opens(kind, months, day), "b_day": day}


def credit_many(session: Session, member_ids: Sequence[int], day: date) -> dict[int, HalfYear]:
    """Return what counts for each member on a day; members without purchases have nothing."""
    if len(member_ids) == 1:
        rows = session.connection().execute(_CREDIT_ONE, {"b_member": member_ids[0], **window(session, day)})
    else:
        rows = session.connection().execute(_CREDIT_MANY, {"b_members": member_ids, **window(session, day)})
    found = {member_id: HalfYear(int(credit), int(points)) for member_id, credit, points in rows}
    return {member_id: found.get(member_id, NOTHING) for member_id in member_ids}


def credit_half_year(session: Session, member_id: int, day: date) -> int:
    """Return the money in fen that counts for one member on a day."""
    return credit_many(session, [member_id], day)[member_id].credit


def waiting_many(session: Session, member_ids: Sequence[int]) -> dict[int, str]:
    """Return the tier that was reached and waits for the card to be converted (C06), of the members who have one."""
    rows = session.connection().execute(_WAITING, {"b_members": member_ids})
    return {row.member_id: row.tier_after for row in rows}


def steps_on(session: Session, member_ids: Sequence[int], day: date) -> dict[int, int]:
    """Return how many steps members climbed on a day; those who climbed none are left out."""
    rows = session.connection().execute(_STEPS_ON, {"b_members": member_ids, "b_day": day})
    return dict(rows.all())


def _in_window(session: Session, day: date) -> Subquery:
    """Sum up what counts; for readers of some stores only that of their members, so that it need not read it all."""
    bounds = window(session, day)
    amounts = func.sum(_C.c.amount).label("credit"), func.sum(_C.c.points).label("points")
    kept = select(_C.c.member_id, func.min(_C.c.day).label("oldest"), *amounts)
    kept = kept.where(_C.c.day >= bounds["b_opens"], _C.c.day <= day)
    reads = current_scope().reads
    if reads is not None:
        kept = kept.where(_C.c.member_id.in_(select(_M.c.id).where(_M.c.store_id.in_(sorted(reads)))))
    return kept.group_by(_C.c.member_id).subquery()


def _standing() -> Subquery:
    """The tier each member stands at where it waits for its card."""
    last = select(func.max(_T.c.id)).where(_T.c.converted_at.is_(None)).group_by(_T.c.member_id)
    return select(_T.c.member_id, _T.c.tier_after).where(_T.c.id.in_(last)).subquery()


def near_step(
    session: Session, step: domain.Step, day: date, *, brand_id: int, within: int, limit: int
) -> list[NearUpgrade]:
    """Return the members the reader may see who miss at most `within` (fen or points) of a step, closest first."""
    credit, waiting = _in_window(session, day), _standing()
    reached = credit.c[step.metric]
    found: Select[Any] = (
        select(Member.id, Member.name, Member.number, reached.label("reached"), credit.c.oldest)
        .join(credit, credit.c.member_id == Member.id)
        .outerjoin(waiting, waiting.c.member_id == Member.id)
        .where(
            Member.brand_id == brand_id,
            Member.status == "active",
            func.coalesce(waiting.c.tier_after, Member.tier) == step.tier,
            reached >= step.threshold - within,
            reached < step.threshold,
        )
        .order_by(reached.desc(), Member.id)
        .limit(limit)
    )
    kind, months = settings.value(session, "tiers.window"), settings.value(session, "tiers.window_months")
    return [_near(row, step, domain.counts_until(kind, months, row.oldest), day) for row in session.execute(found)]


def _near(row: Any, step: domain.Step, last_day: date, day: date) -> NearUpgrade:
    reached = int(row.reached)
    return NearUpgrade(
        row.id,
        row.name,
        row.number,
        step.tier,
        step.to,
        step.metric,
        reached,
        step.threshold - reached,
        last_day,
        (last_day - day).days,
    )


def to_review(session: Session, brand_id: int, day: date, after_id: int, limit: int) -> list[Reviewed]:
    """Return the next members of a brand with credit in the window, in the order of their ids."""
    bounds = window(session, day)
    bought = exists().where(_C.c.member_id == _M.c.id, _C.c.day >= bounds["b_opens"], _C.c.day <= day)
    found = (
        select(_M.c.id, _M.c.store_id, _M.c.tier)
        .where(_M.c.brand_id == brand_id, _M.c.status == "active", _M.c.tier != "", _M.c.id > after_id, bought)
        .order_by(_M.c.id)
        .limit(limit)
    )
    rows = session.connection().execute(found).all()
    counted = credit_many(session, [row.id for row in rows], day) if rows else {}
    return [Reviewed(row.id, row.store_id, row.tier, *counted[row.id]) for row in rows]


def leaders(
    session: Session, brand_id: int, until: date, *, limit: int = 10, store_id: int | None = None
) -> list[Leader]:
    """Return the members with the highest net spend of the calendar year up to a day (C36); ties: who was first."""
    last = func.max(_C.c.day)
    found = (
        select(_C.c.member_id, func.sum(_C.c.amount), last)
        .join(_M, _M.c.id == _C.c.member_id)
        .where(_M.c.brand_id == brand_id, _C.c.day >= until.replace(month=1, day=1), _C.c.day <= until)
        .group_by(_C.c.member_id)
        .order_by(func.sum(_C.c.amount).desc(), last, _C.c.member_id)
        .limit(limit)
    )
    if store_id is not None:
        found = found.where(_C.c.store_id == store_id)
    return [Leader(member_id, int(spend), day) for member_id, spend, day in session.connection().execute(found)]
