"""What came back as plain data for paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from addons.sales.models import Receipt, Return, ReturnLine
from addons.stores.queries import StorePlace
from reports.document import Document

CODE = "RET"


class Said(NamedTuple):
    """Words of a slip in the person's language: its kind, the reason, the brand, people's names by their logins."""

    kind: str
    reason: str
    brand: str
    called: Mapping[str, str]


def return_slip(
    back: Return,
    taken: Receipt | None,
    news: Mapping[str, Any],
    said: Said,
    *,
    at: StorePlace,
    language: str,
    by: str,
    now: datetime,
) -> Document:
    """Return the paper of a return for the customer; `news` is what the till was told of it."""
    data = {
        "store": at.name,
        "brand": said.brand,
        "kind": said.kind,
        "number": back.number,
        "receipt": "" if back.receipt is None else back.receipt.number,
        "at": back.at.isoformat(),
        "member": "" if back.member is None else back.member.number,
        "currency": back.currency,
        "lines": [_line(line) for line in back.lines],
        "reason": said.reason,
        "note": back.note,
        "shortfall": back.shortfall,
        "forgone": back.forgone,
        "to_vouchers": back.to_vouchers,
        "cash": back.cash,
        "taken": None if taken is None else taken.cash,
        "to_pay": None if taken is None else taken.cash - back.cash,
        "points": back.points,
        "balance": news.get("balance"),
        "withdrawn": [f"…{code[-4:]}" for code in news.get("vouchers_withdrawn", ())],
        "cashier": said.called.get(back.cashier, back.cashier) or "–",
        "approved_by": said.called.get(back.approved_by or "", back.approved_by),
        "export": {"number": f"{CODE}-{back.number}", "by": by, "reason": said.kind},
    }
    title = f"{said.kind} {back.number}"
    return Document("return_slip", data, language, now.astimezone(at.zone), title, CODE)


def _line(line: ReturnLine) -> dict[str, Any]:
    product, other = line.product, line.swapped
    name = " ".join(part for part in (product.style.name, product.size, product.colour) if part)
    swapped = "" if other is None else " ".join(part for part in (other.code, other.size, other.colour) if part)
    return {"code": line.code, "name": name, "quantity": line.quantity, "price": line.price, "swapped": swapped}
