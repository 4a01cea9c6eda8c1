"""From goods on the counter to what sales is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.membership.services import note_lookup
from addons.sales import queries as sales_read
from addons.sales.domain.refusals import NotReturnedHere
from addons.sales.domain.request import Payment, SaleRequest
from addons.sales.domain.returning import BackLine, ReturnRequest, Sold
from addons.stores.queries import place
from addons.till.domain import Basket, OpenReturn
from addons.till.services.refusals import NoSuchReceipt, NotAnAmount
from addons.till.services.selling import sale_request
from core import settings
from core.db.scope import require_store
from core.money import from_yuan

_KEY_LETTERS = 24
_MOST = 10_000  # pieces


def find_receipts(
    session: Session, *, store_id: int, number: str, by: str, now: datetime, sold_in: int | None = None
) -> list[Sold]:
    """Find a receipt of the brand by its whole number; who asked for whose is kept (C31).

    Several where more than one store gave out the number and none is named by `sold_in`: that of the till's own store
    is the first, and whose they are is not told yet. Refuses with OutOfScope, NoSuchReceipt, NotReturnedHere where
    goods go back to the store of the sale.
    """
    require_store(store_id, write=True)
    at = place(session, store_id)
    found = sales_read.find_receipts(session, at.brand_id, number.strip(), here=store_id, sold_in=sold_in)
    anywhere = settings.value(session, "sales.return_anywhere")
    taken = [sold for sold in found if anywhere or sold.store_id == store_id]
    alone = found[0] if len(found) == 1 else taken[0] if len(taken) == 1 else None
    member_id = None if alone is None else sales_read.holder_of(session, alone.id)
    note_lookup(session, store_id=store_id, member_id=member_id, how="number", by=by, now=now)
    if not found:
        raise NoSuchReceipt(number=number)
    if not taken:
        raise NotReturnedHere(number=found[0].number)
    return taken


def read_lines(form: Mapping[str, str], line_numbers: list[int]) -> list[list[Any]]:
    """Return what was said of the lines, those alone of which something was said.

    Refuses with NotAnAmount.
    """
    found = ([n, *_said(form, n)] for n in line_numbers)
    return [line for line in found if any(value not in (0, None) for value in line[1:]) or line[2] == 0]


def _said(form: Mapping[str, str], line_no: int) -> tuple[int, int | None, str | None]:
    pieces = form.get(f"quantity-{line_no}", "").strip()
    swap = form.get(f"swap-{line_no}", "").strip() or None
    quantity = min(int(pieces), _MOST) if pieces.isascii() and pieces.isdigit() else 0
    return quantity or (1 if swap else 0), _price(form.get(f"price-{line_no}", "").strip()), swap


def _price(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return from_yuan(typed)
    except ValueError:
        raise NotAnAmount(typed=typed) from None


def return_request(back: OpenReturn, *, cashier: str) -> ReturnRequest:
    """Return what sales is asked."""
    return ReturnRequest(
        back.store_id,
        back.receipt_id,
        tuple(BackLine(*line) for line in back.lines),
        back.reason,
        back.note,
        cashier,
        back.approved_by,
        back.told,
    )


def exchange_request(basket: Basket, *, cashier: str, told: int | None = None, back: int = 0) -> SaleRequest:
    """Return what sales is asked for the goods taken in exchange; `back` fen of what came back pay first."""
    asked = sale_request(basket, cashier=cashier, told=told)
    rest = (told or 0) - min(max(back, 0), told or 0)
    return replace(asked, payments=(Payment(basket.payment, rest),) if rest else ())


def return_key(key: str, *requests: Mapping[str, Any]) -> str:
    """Return the key a form is posted under: a corrected form is another operation, the same one sent again is not."""
    text = json.dumps(requests, sort_keys=True, ensure_ascii=False)
    return f"till.return:{key[:_KEY_LETTERS]}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
