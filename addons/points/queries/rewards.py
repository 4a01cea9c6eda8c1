"""What visits and friends gave already."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from addons.membership.queries import files_of
from addons.points.models import Lot, Referral
from core.db.statement import Statement
from rules.book import Limit

_L, _R = Lot.__table__, Referral.__table__
_REFERRAL = Statement(select(_R.c.state).where(_R.c.friend_id == bindparam("b_friend")))


def referral_of(session: Session, friend_id: int) -> str | None:
    """Return the state of the reward for bringing this member, None if nobody was rewarded."""
    state: str | None = _REFERRAL.scalar(session, b_friend=friend_id)
    return state


def times_given(session: Session, rule: str, limit: Limit, *, member_id: int, day: date) -> int:
    """Return how often a rule has given a member points for visits within one of its limits, up to a day.

    What a file merged into hers got counts too; what others of her family gave her was theirs, and what she gave them
    was hers.
    """
    given: Select[Any] = select(func.count()).where(_L.c.source == "visit", _L.c.rule == rule, _L.c.earned_on <= day)
    given = given.where(_L.c.member_id.in_(files_of(session, member_id)), _L.c.origin_id.is_(None))
    return session.connection().scalar(_in_period(given, limit, day)) or 0


def _in_period(given: Select[Any], limit: Limit, day: date) -> Select[Any]:
    opens = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1), "ever": date.min}
    return given.where(_L.c.earned_on >= opens[limit.period])
