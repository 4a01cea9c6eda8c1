"""What receipts did with vouchers: what was paid with them and given back, what was issued with them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from addons.vouchers.models import Entry, Voucher
from core.db.listed import any_of
from core.db.statement import Statement

_V, _E = Voucher.__table__, Entry.__table__


class OnReceipt(NamedTuple):
    """A voucher that a receipt was paid with: fen redeemed, and of these given back so far."""

    voucher_id: int
    code: str
    redeemed: int
    restored: int


class Coupon(NamedTuple):
    """A discount coupon that lowered a receipt's price and has not come back: what the rules call it, and its fen."""

    voucher_id: int
    name: str
    amount: int


class Used(NamedTuple):
    """What one receipt took of a voucher, in fen: paid, given back, lost as no change is given, and that given back.

    `times` is how often it was used and not given back, for what has no value and moves as a whole.
    """

    redeemed: int
    restored: int
    forfeited: int
    returned: int
    times: int


class Stood(NamedTuple):
    """Where a voucher stands over all receipts, in fen: paid and not given back, and ended by itself.

    `times` is how often it was used and not given back.
    """

    spent: int = 0
    expired: int = 0
    times: int = 0


def _moved(column: str, state: str, amount: ColumnElement[int] = _E.c.amount) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((_E.c[column] == state, amount), else_=0)), 0)


def _net(state: str, amount: ColumnElement[int] = _E.c.amount) -> ColumnElement[int]:
    return _moved("to_state", state, amount) - _moved("from_state", state, amount)


_ONCE = literal(1)
_SUMS = (
    _moved("to_state", "redeemed"),
    _moved("from_state", "redeemed"),
    _moved("to_state", "forfeited"),
    _moved("from_state", "forfeited"),
    _net("redeemed", _ONCE),
)
_ON_RECEIPT = Statement(
    select(_E.c.voucher_id, *_SUMS)
    .where(_E.c.receipt_id == bindparam("b_receipt"))
    .group_by(_E.c.voucher_id)
    .having(func.count(_E.c.use_number) > 0)
)
_CODES = Statement(select(_V.c.id, _V.c.code).where(any_of(_V.c.id, "b_ids"), _V.c.kind == "cash"))
_ISSUED = Statement(
    select(_V.c.id)
    .where(_V.c.receipt_id == bindparam("b_receipt"), _V.c.rule == bindparam("b_rule"), _V.c.origin_id.is_(None))
    .order_by(_V.c.id.desc())
)
_COUPONS = Statement(
    select(_V.c.id, _V.c.title, _V.c.rule).where(any_of(_V.c.id, "b_ids"), _V.c.kind == "discount").order_by(_V.c.id)
)
_STOOD = Statement(
    select(_E.c.voucher_id, _net("redeemed"), _net("expired"), _net("redeemed", _ONCE))
    .where(any_of(_E.c.voucher_id, "b_ids"))
    .group_by(_E.c.voucher_id)
)
_ORIGINS = Statement(select(_V.c.id, func.coalesce(_V.c.origin_id, _V.c.id)).where(any_of(_V.c.id, "b_ids")))
_PARTS = Statement(select(_V.c.id).where(any_of(_V.c.origin_id, "b_ids")))


def used_on(session: Session, receipt_id: int) -> dict[int, Used]:
    """Return what a receipt took of vouchers, by the key of the voucher."""
    rows = _ON_RECEIPT.all(session, b_receipt=receipt_id)
    return {row[0]: Used(*map(int, row[1:])) for row in rows}


def redeemed_on(session: Session, receipt_id: int) -> list[OnReceipt]:
    """Return the vouchers a receipt was paid with, by their keys; a coupon that lowered its price pays nothing."""
    used = used_on(session, receipt_id)
    codes: dict[int, str] = dict(_CODES.all(session, b_ids=sorted(used))) if used else {}
    return [OnReceipt(key, codes[key], used[key].redeemed, used[key].restored) for key in sorted(codes)]


def coupons_on(session: Session, receipt_id: int) -> list[Coupon]:
    """Return the discount coupons that a receipt used up and that were not given back for it."""
    used = {key: one for key, one in used_on(session, receipt_id).items() if one.times}
    rows = _COUPONS.all(session, b_ids=sorted(used)) if used else []
    return [Coupon(key, title or rule, used[key].redeemed - used[key].restored) for key, title, rule in rows]


def stood(session: Session, voucher_ids: Collection[int]) -> dict[int, Stood]:
    """Return where vouchers stand over all receipts, by their keys."""
    return {key: Stood(*map(int, row)) for key, *row in _STOOD.all(session, b_ids=sorted(voucher_ids))}


def origins_of(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    """Return the voucher that was issued first, by the keys of what came of it; its own for one that was issued."""
    return dict(_ORIGINS.all(session, b_ids=sorted(voucher_ids)))


def issued_with(session: Session, receipt_id: int, rule: str) -> list[int]:
    """Return the keys of the vouchers that a rule issued with a receipt, the newest first."""
    return [key for (key,) in _ISSUED.all(session, b_receipt=receipt_id, b_rule=rule)]


def parts_of(session: Session, voucher_ids: Collection[int]) -> list[int]:
    """Return the keys of the vouchers that were split off or given of these."""
    return [key for (key,) in _PARTS.all(session, b_ids=sorted(voucher_ids))]
