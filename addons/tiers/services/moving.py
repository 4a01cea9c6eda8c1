"""Writing steps: the change of a member, and the tier itself once it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import models
from core.errors import NotFound
from core.periods import local_day
from rules.trace import EffectFired

_T, _M = models.TierChange.__table__, Member.__table__


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


@dataclass(frozen=True, slots=True)
class Move:
    """A step that no purchase led to; it holds at once."""

    member_id: int
    store_id: int
    before: str
    after: str
    reason: str
    grant_id: int | None = None


INSERT_CHANGE = _T.insert()
SET_TIER = update(_M).where(_M.c.id == bindparam("b_member")).values(tier=bindparam("b_tier"))
_CONVERT = (
    update(_T)
    .where(_T.c.member_id == bindparam("b_member"), _T.c.converted_at.is_(None), _T.c.withdrawn_at.is_(None))
    .values(converted_at=bindparam("b_now"), converted_by=bindparam("b_by"))
)


def change_row(change: TierChanged, day: date, now: datetime, reason: str) -> dict[str, Any]:
    """Return the row of a step."""
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
        "review_id": None,
        "decided_at": now,
        "conversion_due": change.conversion_due,
        "converted_at": now if change.converted else None,
        "converted_by": "at_once" if change.converted else "",
    }


def move(session: Session, step: Move, now: datetime) -> None:
    """Write a step that holds at once and set the tier."""
    day = local_day(now)
    change = TierChanged(step.member_id, step.store_id, step.before, step.after, "", day, converted=True)
    connection = session.connection()
    connection.execute(INSERT_CHANGE, change_row(change, day, now, step.reason) | {"grant_id": step.grant_id})
    connection.execute(SET_TIER, {"b_member": step.member_id, "b_tier": step.after})


def convert(session: Session, tiers: Mapping[int, str], now: datetime, by: str) -> None:
    """Let the tiers that members have reached hold from now on."""
    connection = session.connection()
    connection.execute(SET_TIER, [{"b_member": member, "b_tier": tier} for member, tier in tiers.items()])
    connection.execute(_CONVERT, [{"b_member": member, "b_now": now, "b_by": by} for member in tiers])


def member_in_sight(session: Session, member_id: int) -> Member:
    """Return a member the reader may see, as the database has it now.

    Refuses with NotFound where there is none.
    """
    member = session.scalar(select(Member).where(Member.id == member_id).execution_options(populate_existing=True))
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    return member
