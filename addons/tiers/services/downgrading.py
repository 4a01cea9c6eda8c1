"""Downgrades (C05): notice, review, grace, and one level down; switched off at launch.

A tier is reviewed at every anniversary of the day it began to hold. It is kept by who bought in that time what the
plain rule asks for that leads up to it. Notice is given before; who has not bought enough on the last day of the grace
goes one level down. Nobody is lowered without the whole notice and the whole grace, whatever happened to the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.tiers import domain, models, queries
from addons.tiers.queries import Locked
from addons.tiers.services.moving import Converted, Move, move
from core.db.posting import send_later
from rules.decide import Program

_N = models.Notice.__table__
_END = (
    update(_N)
    .where(_N.c.id == bindparam("b_id"), _N.c.state == "open")
    .values(state=bindparam("b_state"), ended_on=bindparam("b_day"), reached=bindparam("b_reached"))
)
_LOOK = update(_N).where(_N.c.id == bindparam("b_id")).values(reached=bindparam("b_reached"))


def give_notices(
    session: Session, *, brand_id: int, day: date, program: Program, after_id: int = 0, limit: int = 500
) -> tuple[int | None, int]:
    """Give notice to the next members of a brand whose tier comes up for review and is not earned again yet.

    Returns the last id looked at (None: nobody is left) and how many were given notice. Runs for the whole programme.
    """
    terms = queries.terms(session)
    steps = domain.ladder(program.book, day)
    tiers = [tier for tier in domain.LADDER[1:] if domain.keeps(steps, tier) is not None]
    if terms is None or not tiers:
        return None, 0
    due = queries.due_for_notice(session, brand_id, tiers, day, terms, after_id=after_id, limit=limit)
    if not due:
        return None, 0
    members = queries.lock_members(session, [each.member_id for each in due])
    periods = {each.member_id: domain.period(each.held_since, each.anniversary, day, terms) for each in due}
    bought = queries.bought_since(session, {m: period.counts_from for m, period in periods.items()}, day)
    rows = []
    for member_id, period in periods.items():
        member = members[member_id]
        step = domain.keeps(steps, member.tier)
        if step is not None and (reached := bought[member_id].of(step.metric)) < step.threshold:
            rows.append(_notice(member, step, period, reached, day))
    if rows:
        session.connection().execute(_N.insert(), rows)
    for row in rows:
        send_later(session, "tiers.notice_given", _told(row))
    return due[-1].member_id, len(rows)


def _notice(member: Locked, step: domain.Step, period: domain.Period, reached: int, day: date) -> dict[str, Any]:
    return {
        "member_id": member.member_id,
        "store_id": member.store_id,
        "tier": member.tier,
        "tier_after": domain.next_below(member.tier),
        "metric": step.metric,
        "needed": step.threshold,
        "reached": reached,
        "counts_from": period.counts_from,
        "given_on": day,
        "review_on": period.review_on,
        "ends_on": period.ends_on,
        "state": "open",
        "ended_on": None,
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what others are told of a notice, as plain data."""
    plain = {name: row[name] for name in ("member_id", "tier", "tier_after", "metric", "needed", "reached")}
    return plain | {name: row[name].isoformat() for name in ("review_on", "ends_on")}


def settle_notices(
    session: Session, *, brand_id: int, day: date, now: datetime, after_id: int = 0, limit: int = 500
) -> tuple[int | None, list[Converted]]:
    """Look at the next open notices of a brand: who has bought enough keeps the tier, whose grace is over goes down.

    Where nobody is lowered any more, or the member has another tier by now, the notice is dropped. Returns the last id
    looked at (None: nothing is left) and who went down. Runs for the whole programme.
    """
    found = queries.open_notices(session, brand_id, after_id=after_id, limit=limit)
    if not found:
        return None, []
    ids = [notice.member_id for notice in found]
    members = queries.lock_members(session, ids)
    bought = queries.bought_since(session, {notice.member_id: notice.counts_from for notice in found}, day)
    spared = queries.holds_by_grant(session, ids) | set(queries.waiting_many(session, ids))
    lowers = queries.terms(session) is not None
    lowered: list[Converted] = []
    for notice in found:
        member = members[notice.member_id]
        reached = bought[notice.member_id].of(notice.metric)
        state = _outcome(notice, member, reached, day, lowers=lowers and notice.member_id not in spared)
        session.connection().execute(_LOOK if state is None else _END, _bound(notice.id, state, day, reached))
        if state == "lowered":
            step = Move(member.member_id, member.store_id, notice.tier, notice.tier_after, "downgrade")
            move(session, step, now)
            lowered.append(Converted(member.member_id, notice.tier_after))
            send_later(session, "tiers.lowered", {"member_id": member.member_id, "tier": notice.tier_after})
    return found[-1].id, lowered


def _outcome(notice: Any, member: Locked, reached: int, day: date, *, lowers: bool) -> str | None:
    """Return how a notice ends on a day, None if it stays open."""
    if not lowers or member.status != "active" or member.tier != notice.tier:
        return "dropped"
    if reached >= notice.needed:
        return "kept"
    return "lowered" if day > notice.ends_on else None


def _bound(notice_id: int, state: str | None, day: date, reached: int) -> dict[str, Any]:
    ends = {} if state is None else {"b_state": state, "b_day": day}
    return {"b_id": notice_id, "b_reached": reached, **ends}
