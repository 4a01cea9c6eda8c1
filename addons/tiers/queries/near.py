"""Who is close to the next tier, and who spent most."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain
from addons.tiers.models import Credit
from addons.tiers.queries.credit import Which, anchors, bounds, counting, window
from addons.tiers.queries.standing import waiting
from core.db.scope import current_scope

_C, _M = Credit.__table__, Member.__table__


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

    @property
    def member(self) -> str:
        """What people call her: her name, else the number of her file."""
        return self.name or self.number

    @property
    def has(self) -> tuple[str, int]:
        """What counts so far, with what it is counted in."""
        return self.metric, self.reached

    @property
    def lacks(self) -> tuple[str, int]:
        """What is missing, with what it is counted in."""
        return self.metric, self.missing


class Leader(NamedTuple):
    """A member of the top list (C36): net spend in fen, the day of the last purchase breaks ties."""

    member_id: int
    spend: int
    last_on: date


def near_step(
    session: Session, step: domain.Step, day: date, *, brand_id: int, within: int, limit: int
) -> list[NearUpgrade]:
    """Return the members the reader may see who miss at most `within` (fen or points) of a step, closest first."""
    asked = window(session)
    credit = counting(asked, _readable(), func.min(_C.c.day).label("oldest")).subquery()
    waits, reached = waiting(), credit.c[step.metric]
    found: Select[Any] = (
        select(Member.id, Member.name, Member.number, reached.label("reached"), credit.c.oldest)
        .join(credit, credit.c.member_id == Member.id)
        .outerjoin(waits, waits.c.member_id == Member.id)
        .where(
            Member.brand_id == brand_id,
            Member.status == "active",
            func.coalesce(waits.c.tier_after, Member.tier) == step.tier,
            reached >= step.threshold - within,
            reached < step.threshold,
        )
        .order_by(reached.desc(), Member.id)
        .limit(limit)
    )
    rows = session.execute(found, bounds(asked, day)).all()
    since = anchors(session, [row.id for row in rows]) if asked.kind == "card_issue" else {}
    return [_near(row, step, asked.counts_until(row.oldest, since.get(row.id)), day) for row in rows]


def _readable() -> Which:
    """For readers of some stores only their members are summed up, so that it need not read it all."""
    reads = current_scope().reads
    if reads is None:
        return None
    own = select(_M.c.id).where(_M.c.store_id.in_(sorted(reads)))
    return lambda member: member.in_(own)


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
