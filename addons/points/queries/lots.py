"""Lots: what can be spent and in which order, what is due, what a receipt gave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from addons.points.domain import WHOLE_YEAR
from addons.points.models import Lot
from core.db.listed import any_of
from core.db.scope import brand_wide
from core.db.statement import Statement
from core.periods import window_opens

_L = Lot.__table__


class OpenLot(NamedTuple):
    """A lot with points left, or a debt."""

    id: int
    remaining: int
    store_id: int
    source: str
    earned_on: date
    expires_on: date | None
    receipt_id: int | None
    rule: str


class LotHeld(NamedTuple):
    """A lot with all that is in it."""

    id: int
    member_id: int
    store_id: int
    source: str
    earned_on: date
    due_on: date | None
    expires_on: date | None
    points: int
    pending: int
    remaining: int
    reserved: int
    reversed: int
    receipt_id: int | None
    origin_id: int | None
    rule: str


class Earned(NamedTuple):
    """Points of a receipt, and how many of them are purchase points."""

    points: int
    purchase_points: int


def exchangeable() -> ColumnElement[bool]:
    """Return the condition of lots that can become vouchers: purchase points of the rolling 12 months (C17)."""
    return and_(
        _L.c.source == "purchase",
        _L.c.remaining > 0,
        _L.c.earned_on >= bindparam("b_opens"),
        _L.c.earned_on <= bindparam("b_day"),
    )


def window(day: date) -> dict[str, date]:
    """Return the parameters of `exchangeable`."""
    return {"b_opens": window_opens(day, WHOLE_YEAR), "b_day": day}


# What expires first is used first; what never expires last; then the oldest.
FIRST_TO_EXPIRE = (_L.c.expires_on.is_(None), _L.c.expires_on, _L.c.earned_on, _L.c.id)
_OF_MEMBER = (
    select(*[_L.c[name] for name in OpenLot._fields])
    .where(_L.c.member_id == bindparam("b_member"), _L.c.remaining != 0)
    .order_by(*FIRST_TO_EXPIRE)
)
_LEFT, _OPEN = Statement(_OF_MEMBER), Statement(_OF_MEMBER.where(_L.c.remaining > 0))
_PURCHASE = Statement(
    select(_L.c.id, _L.c.remaining)
    .where(_L.c.member_id == bindparam("b_member"), _L.c.remaining != 0, exchangeable())
    .order_by(_L.c.earned_on, _L.c.id)
)
_HELD = select(*[_L.c[name] for name in LotHeld._fields])
_NOT_EMPTY = Statement(
    _HELD.where(
        _L.c.member_id == bindparam("b_member"), or_(_L.c.remaining != 0, _L.c.pending != 0, _L.c.reserved != 0)
    ).order_by(_L.c.id)
)
_DUE = Statement(
    _HELD.where(_L.c.pending != 0, _L.c.due_on < bindparam("b_day"))
    .order_by(_L.c.due_on, _L.c.id)
    .limit(bindparam("b_limit"))
)
_EXPIRED = Statement(
    _HELD.where(_L.c.remaining > 0, _L.c.expires_on < bindparam("b_day"))
    .order_by(_L.c.expires_on, _L.c.id)
    .limit(bindparam("b_limit"))
)
_OF_RECEIPTS = Statement(_HELD.where(any_of(_L.c.receipt_id, "b_receipts")).order_by(_L.c.id))
_BY_ID = Statement(_HELD.where(any_of(_L.c.id, "b_lots")).order_by(_L.c.id))
_MOVED = Statement(_HELD.where(any_of(_L.c.origin_id, "b_lots"), _L.c.points > 0).order_by(_L.c.id))
_FROM_PURCHASE = ("purchase", "bonus")


@brand_wide("a member's points are good in every store of the brand (C31)")
def open_lots(session: Session, member_id: int) -> list[OpenLot]:
    """Return the lots that can be spent, in the order in which they are."""
    return [OpenLot(*row) for row in _OPEN.all(session, b_member=member_id)]


def lots_left(session: Session, member_id: int) -> list[OpenLot]:
    """Return the lots that can be spent, and debts."""
    return [OpenLot(*row) for row in _LEFT.all(session, b_member=member_id)]


def lots_held(session: Session, member_id: int) -> list[LotHeld]:
    """Return the lots in which anything is left, pending or reserved, and debts."""
    return _held(session, _NOT_EMPTY, b_member=member_id)


def purchase_lots(session: Session, member_id: int, day: date) -> list[tuple[int, int]]:
    """Return (lot, remaining) of the purchase points of the rolling 12 months, oldest first."""
    return [(lot, remaining) for lot, remaining in _PURCHASE.all(session, b_member=member_id, **window(day))]


def due_lots(session: Session, day: date, limit: int) -> list[LotHeld]:
    """Return lots whose waiting time is over on a day, those that are due longest first."""
    return _held(session, _DUE, b_day=day, b_limit=limit)


def expired_lots(session: Session, day: date, limit: int) -> list[LotHeld]:
    """Return lots with points whose last day is before this one, the longest over first."""
    return _held(session, _EXPIRED, b_day=day, b_limit=limit)


def lots_by_id(session: Session, lot_ids: Collection[int]) -> dict[int, LotHeld]:
    """Return lots by their id."""
    return {lot.id: lot for lot in _held(session, _BY_ID, b_lots=list(lot_ids))}


def receipt_lots(session: Session, receipt_ids: Sequence[int]) -> list[LotHeld]:
    """Return what purchases gave, in the lots of the receipts and in those that went with a merged file."""
    found = _held(session, _OF_RECEIPTS, b_receipts=list(receipt_ids))
    return [lot for lot in found if lot.source in _FROM_PURCHASE]


def moved_from(session: Session, lot_ids: Collection[int]) -> list[LotHeld]:
    """Return the lots that points of these lots went to."""
    return _held(session, _MOVED, b_lots=list(lot_ids))


def _held(session: Session, statement: Statement, **values: Any) -> list[LotHeld]:
    return [LotHeld(*row) for row in statement.all(session, **values)]


_LEFT_OF_RECEIPT = Statement(
    select(_L.c.source, func.sum(_L.c.points - _L.c.reversed))
    .where(
        _L.c.receipt_id == bindparam("b_receipt"),
        _L.c.origin_id.is_(None),
        or_(*(_L.c.source == source for source in _FROM_PURCHASE)),
    )
    .group_by(_L.c.source)
)


@brand_wide("a member's points are good in every store of the brand (C31)")
def reversible(session: Session, receipt_id: int) -> Earned:
    """Return what of a receipt's points has not been taken back yet."""
    left = {source: int(points) for source, points in _LEFT_OF_RECEIPT.all(session, b_receipt=receipt_id)}
    return Earned(sum(left.values()), left.get("purchase", 0))
