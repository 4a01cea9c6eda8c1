"""Subscriptions and messages on their way; relays act for the whole programme, so these are bare tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.pos.models import Subscription
from addons.sales.models import Receipt, Return, ReturnVoucher
from core.db.listed import any_of


class Address(NamedTuple):
    """Where a subscription's messages go and what signs them."""

    id: int
    store_id: int
    covers: str
    url: str
    events: list[str]
    key_id: str
    generation: int
    old_until: datetime | None


_S, _R, _M, _B = Subscription.__table__, Receipt.__table__, Member.__table__, Return.__table__
_BV = ReturnVoucher.__table__
_ADDRESS = select(*(_S.c[name] for name in Address._fields))
_ACTIVE = _ADDRESS.where(_S.c.active).order_by(_S.c.id)
_ONE = _ADDRESS.where(_S.c.id == bindparam("b_id"))
_TOLD = ("number", "at", "day", "currency", "list_total", "total", "tendered", "cash", "points", "credit", "tier")
_RECEIPTS = (
    select(_R.c.id, _R.c.store_id, _M.c.number.label("member"), *(_R.c[name] for name in _TOLD))
    .join_from(_R, _M, _M.c.id == _R.c.member_id, isouter=True)
    .where(any_of(_R.c.id, "b_ids"))
)
_GIVEN_BACK = (
    "number",
    "at",
    "day",
    "kind",
    "currency",
    "quantity",
    "paid_back",
    "to_vouchers",
    "cash",
    "vouchers_deducted",
    "points",
    "credit",
)
# What is kept back for used vouchers is not paid back in money.
_DEDUCTED = (
    select(func.coalesce(func.sum(_BV.c.amount), 0)).where(_BV.c.return_id == _B.c.id).correlate(_B).scalar_subquery()
)
_TELLS = {"cash": _B.c.cash - _DEDUCTED, "vouchers_deducted": _DEDUCTED}
_RETURNS = (
    select(
        _B.c.id,
        _B.c.store_id,
        _M.c.number.label("member"),
        _R.c.number,
        *(_TELLS[name] if name in _TELLS else _B.c[name] for name in _GIVEN_BACK),
    )
    .join_from(_B, _M, _M.c.id == _B.c.member_id, isouter=True)
    .join(_R, _R.c.id == _B.c.receipt_id, isouter=True)
    .where(any_of(_B.c.id, "b_ids"))
)
_MEMBERS = select(_M.c.id, _M.c.number).where(any_of(_M.c.id, "b_ids"))


def active_addresses(session: Session) -> list[Address]:
    """Return where messages go now."""
    return [Address(*row) for row in session.connection().execute(_ACTIVE)]


def address_of(session: Session, subscription_id: int) -> Address:
    """Return where a subscription's messages go."""
    return Address(*session.connection().execute(_ONE, {"b_id": subscription_id}).one())


#: Store, and what is told of something by its key: numbers and amounts, no names and no contacts.
ToldOf = dict[int, tuple[int, dict[str, Any]]]


def receipts_told(session: Session, receipt_ids: Collection[int]) -> ToldOf:
    """Return what is told of receipts."""
    found = {}
    for receipt_id, store_id, member, *values in session.connection().execute(_RECEIPTS, {"b_ids": receipt_ids}):
        found[receipt_id] = store_id, _told(_TOLD, values) | {"member": member}
    return found


def returns_told(session: Session, return_ids: Collection[int]) -> ToldOf:
    """Return what is told of goods that came back."""
    found = {}
    rows = session.connection().execute(_RETURNS, {"b_ids": return_ids})
    for return_id, store_id, member, receipt, *values in rows:
        found[return_id] = store_id, _told(_GIVEN_BACK, values) | {"member": member, "receipt": receipt}
    return found


def _told(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    told = dict(zip(names, values, strict=True))
    return told | {"at": told["at"].isoformat(), "day": told["day"].isoformat()}


def numbers_of_members(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return the member numbers."""
    return dict(session.connection().execute(_MEMBERS, {"b_ids": member_ids}).all())
