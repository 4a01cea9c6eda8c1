"""Goods that come back without a receipt: by policy refused, or taken for a voucher at the lowest price paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines
from addons.membership.queries import till_members
from addons.membership.services import take_turns
from addons.sales import queries
from addons.sales.domain.refusals import (
    ApprovedByOneself,
    ImpossibleQuantity,
    NeverSold,
    NoSuchCard,
    NoUnreceiptedReturns,
    ReturnNeedsApproval,
    UnknownProduct,
    WrongReason,
)
from addons.sales.domain.returning import REASONS, Unreceipted
from addons.sales.models import Return, ReturnLine
from addons.stores.queries import StorePlace
from addons.stores.queries import place as place_of
from addons.vouchers import services as vouchers
from core import settings
from core.db.posting import Operation, Posted, post, send_later
from core.db.reserve import reserve
from core.db.scope import require_store
from core.ledger.entry import write_entries
from core.periods import local_day

_B, _BL = Return.__table__, ReturnLine.__table__


def take_back_unreceipted(request: Unreceipted, *, key: str, now: datetime) -> Posted:
    """Take goods without a receipt for a voucher of their lowest price of the time that counts.

    Refuses with OutOfScope, NoUnreceiptedReturns, ReturnNeedsApproval, ApprovedByOneself, WrongReason, NoSuchCard,
    UnknownProduct, ImpossibleQuantity, NeverSold.
    """
    require_store(request.store_id, write=True)
    operation = Operation("sales.return_unreceipted", key, request.as_plain())
    return post(operation, lambda session: give_voucher_for(session, request, key, now))


def give_voucher_for(session: Session, request: Unreceipted, key: str, now: datetime) -> dict[str, Any]:
    """Take goods without a receipt within a posting and return its answer; refuses like `take_back_unreceipted`."""
    place = place_of(session, request.store_id)
    take_turns(session, [request.member_id])  # so that her file does not become a part of another one meanwhile
    _check(session, request, place)
    product, price = _price(session, request, place, now)
    value = price * request.quantity
    [return_id] = reserve(session, {_B: 1})[_B]
    number = f"{place.code}-U{return_id:07d}"
    write_entries(session, _B, [_row(request, place, now, value, key) | {"id": return_id, "number": number}])
    write_entries(session, _BL, [_line(request, return_id, product)])
    issue = vouchers.Issue(
        request.member_id,
        place.brand_id,
        place.id,
        "cash",
        value,
        local_day(now, place.zone),
        now,
        "return",
        rule=number,
    )
    [code] = vouchers.issue_many(session, [issue])
    answer = {"return_id": return_id, "number": number, "paid_back": value, "voucher": code}
    send_later(session, "sales.returned", answer | {"at": now.isoformat()})
    return answer


def _check(session: Session, request: Unreceipted, place: StorePlace) -> None:
    if settings.value(session, "sales.without_receipt") == "refuse":
        raise NoUnreceiptedReturns
    if request.reason not in REASONS:
        raise WrongReason(reason=request.reason)
    most: int = settings.value(session, "sales.largest_quantity")
    if not 1 <= request.quantity <= most:
        raise ImpossibleQuantity(line=1, quantity=request.quantity, most=most)
    if not request.approved_by:
        raise ReturnNeedsApproval
    if request.approved_by == request.cashier:
        raise ApprovedByOneself(person=request.cashier)
    member = till_members(session, [request.member_id]).get(request.member_id)
    if member is None or member.brand_id != place.brand_id:
        raise NoSuchCard(which=str(request.member_id))


def _price(session: Session, request: Unreceipted, place: StorePlace, now: datetime) -> tuple[ProductRow, int]:
    day = local_day(now, place.zone)
    product = priced_lines(session, [request.product], day).get(request.product)
    if product is None or product.brand_id != place.brand_id:
        raise UnknownProduct(line=1, product=request.product)
    days: int = settings.value(session, "sales.without_receipt_days")
    price = queries.price_sold(session, product.id, place.brand_id, place.currency, day - timedelta(days=days))
    if price is None:
        raise NeverSold(product=request.product, days=days)
    return product, price


def _row(request: Unreceipted, place: StorePlace, now: datetime, value: int, key: str) -> dict[str, Any]:
    return {
        "store_id": place.id,
        "receipt_id": None,
        "return_no": 0,
        "kind": "unreceipted",
        "reason": request.reason,
        "note": request.note,
        "member_id": request.member_id,
        "at": now,
        "day": local_day(now, place.zone),
        "cashier": request.cashier,
        "approved_by": request.approved_by,
        "currency": place.currency,
        "quantity": request.quantity,
        "paid_back": value,
        "to_vouchers": value,
        "cash": 0,
        "shortfall": 0,
        "forgone": False,
        "points": 0,
        "credit": 0,
        "key": key,
        "decision_id": None,
    }


def _line(request: Unreceipted, return_id: int, product: ProductRow) -> dict[str, Any]:
    return {
        "return_id": return_id,
        "line_no": 1,
        "store_id": request.store_id,
        "product_id": product.id,
        "code": product.code,
        "quantity": request.quantity,
        "price": None,
        "swapped_id": None,
    }
