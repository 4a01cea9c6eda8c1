"""Reads of the points ledger.

A member's points belong to the member wherever they were earned, and any store may serve her (C31), so the statements
over bare tables here read brand-wide; screens use the mapped classes, which are limited to the reader's stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from addons.points.domain import WHOLE_YEAR
from addons.points.models import Account, Entry, Lot, Referral
from core.periods import window_opens
from rules.book import Limit

_A, _L, _E, _R = Account.__table__, Lot.__table__, Entry.__table__, Referral.__table__


class PointsState(NamedTuple):
    """What the rules ask about: the balance, and the purchase points of 12 months that can become vouchers (C17)."""

    balance: int
    purchase_12m: int


class OpenLot(NamedTuple):
    """A lot with points left."""

    id: int
    remaining: int
    store_id: int
    source: str
    earned_on: date
    expires_on: date | None
    receipt_id: int | None
    rule: str


NOTHING = PointsState(0, 0)

_IN_WINDOW = and_(
    _L.c.source == "purchase",
    _L.c.state == "available",
    _L.c.remaining > 0,
    _L.c.earned_on >= bindparam("b_opens"),
    _L.c.earned_on <= bindparam("b_day"),
)
_EVERY_STATE = select(
    _A.c.member_id,
    _A.c.balance,
    select(func.coalesce(func.sum(_L.c.remaining), 0))
    .where(_L.c.member_id == _A.c.member_id, _L.c.remaining != 0, _IN_WINDOW)
    .scalar_subquery(),
)
_STATES = _EVERY_STATE.where(_A.c.member_id.in_(bindparam("b_members", expanding=True)))
_STATE = _EVERY_STATE.where(_A.c.member_id == bindparam("b_member"))  # a list of one costs twice as much
_OPEN_LOTS = (
    select(*[_L.c[name] for name in OpenLot._fields])
    .where(_L.c.member_id == bindparam("b_member"), _L.c.remaining > 0, _L.c.state == "available")
    .order_by(_L.c.earned_on, _L.c.id)
)
_PURCHASE_LOTS = (
    select(_L.c.id, _L.c.remaining)
    .where(_L.c.member_id == bindparam("b_member"), _IN_WINDOW)
    .order_by(_L.c.earned_on, _L.c.id)
)
_REFERRAL = select(_R.c.state).where(_R.c.friend_id == bindparam("b_friend"))


def state_many(session: Session, member_ids: Sequence[int], day: date) -> dict[int, PointsState]:
    """Return balance and exchangeable points on a day; members without an account have nothing."""
    if len(member_ids) == 1:
        rows = session.connection().execute(_STATE, {"b_member": member_ids[0], **_window(day)})
    else:
        rows = session.connection().execute(_STATES, {"b_members": member_ids, **_window(day)})
    states = {member: PointsState(balance, max(0, min(int(window), balance))) for member, balance, window in rows}
    return {member: states.get(member, NOTHING) for member in member_ids}


def _window(day: date) -> dict[str, date]:
    return {"b_opens": window_opens(day, WHOLE_YEAR), "b_day": day}


def open_lots(session: Session, member_id: int) -> list[OpenLot]:
    """Return the lots that can be spent, oldest first."""
    return [OpenLot(*row) for row in session.connection().execute(_OPEN_LOTS, {"b_member": member_id})]


def purchase_lots(session: Session, member_id: int, day: date) -> list[tuple[int, int]]:
    """Return (lot, remaining) of the purchase points of the rolling 12 months, oldest first."""
    rows = session.connection().execute(_PURCHASE_LOTS, {"b_member": member_id, **_window(day)})
    return [(row.id, row.remaining) for row in rows]


def referral_of(session: Session, friend_id: int) -> str | None:
    """Return the state of the reward for bringing this member, None if nobody was rewarded."""
    state: str | None = session.connection().scalar(_REFERRAL, {"b_friend": friend_id})
    return state


def times_given(session: Session, rule: str, limit: Limit, *, member_id: int, store_id: int, day: date) -> int:
    """Return how often a rule has given points for visits within one of its limits, up to a day."""
    given: Select[Any] = select(func.count()).where(_L.c.source == "visit", _L.c.rule == rule, _L.c.earned_on <= day)
    if limit.per == "member":
        given = given.where(_L.c.member_id == member_id)
    if limit.per == "store":
        given = given.where(_L.c.store_id == store_id)
    return session.connection().scalar(_in_period(given, limit, day)) or 0


def _in_period(given: Select[Any], limit: Limit, day: date) -> Select[Any]:
    opens = {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1), "ever": date.min}
    return given.where(_L.c.earned_on >= opens[limit.period])


class StatementLine(NamedTuple):
    """One entry of a points statement."""

    number: int
    at: datetime
    kind: str
    points: int
    balance_after: int
    store_id: int
    receipt_id: int | None
    rule: str
    reason: str


_STATEMENT = (
    select(
        _E.c.number,
        _E.c.at,
        _E.c.kind,
        _E.c.points,
        _E.c.balance_after,
        _E.c.store_id,
        _E.c.receipt_id,
        _E.c.rule,
        _E.c.reason,
    )
    .where(_E.c.member_id == bindparam("b_member"), _E.c.at >= bindparam("b_from"), _E.c.at < bindparam("b_to"))
    .order_by(_E.c.number)
)


def statement(session: Session, member_id: int, *, since: datetime, before: datetime) -> list[StatementLine]:
    """Return a member's entries of a span of time, in their order, from all stores."""
    parameters = {"b_member": member_id, "b_from": since, "b_to": before}
    return [StatementLine(*row) for row in session.connection().execute(_STATEMENT, parameters)]
