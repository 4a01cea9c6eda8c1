"""The rows of a return, and how the receipt stands since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.sales import queries
from addons.sales.domain.returning import Returning, Stands, return_number
from addons.sales.models import Return, ReturnDiscount, ReturnLine, ReturnVoucher, Standing
from addons.sales.services.limits import COUNTERS
from addons.stores.queries import place as place_of
from core.db.reserve import reserve
from core.db.scope import system_scope
from core.errors import NotFound
from core.ledger.entry import write_entries
from core.policy.store import Made, StoredDecision, keep

_B, _BL = Return.__table__, ReturnLine.__table__
_BD, _BV = ReturnDiscount.__table__, ReturnVoucher.__table__
_S, _D = Standing.__table__, StoredDecision.__table__
_WHOSE = "what becomes of a receipt is its store's, wherever the goods come back"
_OPEN = {
    name: insert(_S).on_conflict_do_nothing(index_elements=["receipt_id"])
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_LOCK = update(_S).where(_S.c.receipt_id == bindparam("b_receipt")).values(returns=_S.c.returns)
_SET = update(_S).where(_S.c.receipt_id == bindparam("b_receipt"), _S.c.returns == bindparam("b_before"))


def open_standing(session: Session, receipt_id: int) -> None:
    """Lock how a receipt stands until the transaction ends; the caller has checked the store where goods come back.

    Refuses with NotFound for no receipt.
    """
    sold = queries.sold_receipt(session, receipt_id)
    if sold is None:
        raise NotFound(what="receipt", which=str(receipt_id))
    connection = session.connection()
    row = {"receipt_id": sold.id, "store_id": sold.store_id, **queries.stands(session, sold.id)._asdict()}
    with system_scope(_WHOSE):
        connection.execute(_OPEN[connection.dialect.name], row)
    connection.execute(_LOCK, {"b_receipt": receipt_id})


def write_return(session: Session, returning: Returning, key: str, now: datetime, *, kind: str) -> dict[str, Any]:
    """Write a return whose receipt is locked: its rows, and the decision of what is kept."""
    ids = reserve(session, {_B: 1, _D: 1})
    [return_id], [decision_id] = ids[_B], ids[_D]
    made = Made(decision_id, returning.sold.store_id, now, returning.after.event, returning.after.decision)
    with system_scope(_WHOSE):
        keep(session, returning.live, [made])
    selling = place_of(session, returning.sold.store_id).code
    number = return_number(returning.sold, selling, returning.before.returns + 1)
    head = _head(returning, now, kind) | {
        "id": return_id,
        "number": number,
        "key": key,
        "decision_id": decision_id,
    }
    write_entries(session, _B, [head])
    write_entries(session, _BL, list(_lines(returning, return_id)))
    with system_scope(_WHOSE):
        write_entries(session, _BD, list(_discounts(returning, return_id)))
    write_entries(session, _BV, list(_set_off(returning, return_id)))
    _set_standing(session, returning.sold.id, returning.before.returns, returning.stands(decision_id))
    return {"return_id": return_id, "number": number, "kind": kind, **_figures(returning)}


def _head(returning: Returning, now: datetime, kind: str) -> dict[str, Any]:
    request = returning.request
    return {
        "store_id": returning.place.id,
        "receipt_id": returning.sold.id,
        "return_no": returning.before.returns + 1,
        "kind": kind,
        "reason": request.reason,
        "note": request.note,
        "member_id": returning.holder_id,
        "at": now,
        "day": returning.day,
        "cashier": request.cashier,
        "approved_by": request.approved_by,
        "currency": returning.sold.currency,
        "quantity": request.quantity,
        "paid_back": returning.paid_back,
        "to_vouchers": returning.to_vouchers,
        "cash": returning.cash,
        "shortfall": returning.after.shortfall,
        "forgone": returning.forgone,
        "points": returning.points,
        "credit": returning.credit,
    }


def _figures(returning: Returning) -> dict[str, Any]:
    return {
        "receipt_id": returning.sold.id,
        "receipt": returning.sold.number,
        "member_id": returning.holder_id,
        "quantity": returning.request.quantity,
        "paid_back": returning.paid_back,
        "to_vouchers": returning.to_vouchers,
        "cash": returning.money,
        "vouchers_deducted": returning.deducted,
        "shortfall": returning.after.shortfall,
        "points": returning.points,
        "credit": returning.credit,
        "gifts_lost": returning.gifts_lost(),
    }


def _lines(returning: Returning, return_id: int) -> Iterator[dict[str, Any]]:
    sold = {line.line_no: line for line in returning.lines}
    for back in returning.request.lines:
        line = sold[back.line_no]
        yield {
            "return_id": return_id,
            "line_no": back.line_no,
            "store_id": returning.place.id,
            "product_id": line.product_id,
            "code": line.code,
            "quantity": back.quantity,
            "price": back.price,
            "swapped_id": returning.swaps.get(back.line_no),
        }


def _discounts(returning: Returning, return_id: int) -> Iterator[dict[str, Any]]:
    for rule, amount in returning.discounts().items():
        yield {"return_id": return_id, "rule": rule, "store_id": returning.sold.store_id, "amount": amount}


def _set_off(returning: Returning, return_id: int) -> Iterator[dict[str, Any]]:
    for each in returning.set_off:
        yield {"return_id": return_id, "store_id": returning.place.id, **each._asdict()}


def _set_standing(session: Session, receipt_id: int, before: int, now: Stands) -> None:
    values = now._asdict()
    done = session.connection().execute(_SET.values(values), {"b_receipt": receipt_id, "b_before": before})
    if done.rowcount != 1:  # the lock makes this impossible
        raise RuntimeError(f"receipt {receipt_id} changed under its lock")


def release_uses(session: Session, returning: Returning) -> None:
    """Give back what the receipt used up of limited rules; sorted like the counting of a sale."""
    COUNTERS.release(session, returning.uses())
