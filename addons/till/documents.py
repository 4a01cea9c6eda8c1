"""Receipts and what came back as plain data for paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from addons.catalog.models import Product
from addons.sales.models import Line, Receipt, Return, ReturnLine
from addons.stores.queries import StorePlace
from reports.document import Document
from rules.vocabulary import Text

CODE = "RET"
RECEIPT_CODE = "RCP"
PAPERS = {
    "receipt_slip": Text("小票", "小票", "Receipt"),
    "return_slip": Text("退貨單", "退货单", "Return slip"),
}


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
        "vouchers_deducted": back.vouchers_deducted,
        "cash": back.money,
        "taken": None if taken is None else taken.cash,
        "to_pay": None if taken is None else taken.cash - back.money,
        "points": back.points,
        "balance": news.get("balance"),
        "withdrawn": [f"…{code[-4:]}" for code in news.get("vouchers_withdrawn", ())],
        "void": [f"…{code[-4:]}" for code, _ in news.get("vouchers_void", ())],
        "cashier": said.called.get(back.cashier, back.cashier) or "–",
        "approved_by": said.called.get(back.approved_by or "", back.approved_by),
        "export": {"number": f"{CODE}-{back.number}", "by": by, "reason": said.kind},
    }
    title = f"{said.kind} {back.number}"
    return Document("return_slip", data, language, now.astimezone(at.zone), title, CODE)


def _line(line: ReturnLine) -> dict[str, Any]:
    product, other = line.product, line.swapped
    swapped = "" if other is None else " ".join(part for part in (other.code, other.size, other.colour) if part)
    return {
        "code": line.code,
        "name": f"{product.style.name} {_variant(product)}".strip(),
        "quantity": line.quantity,
        "price": line.price,
        "swapped": swapped,
    }


class Worded(NamedTuple):
    """Words of a receipt in the person's language: `why` names the discounts of each line, the others are by code.

    `ahead` says what the customer nearly had, `due` the day on which a tier begins by itself.
    """

    brand: str
    title: str
    state: str
    tiers: Mapping[str, str]
    tenders: Mapping[str, str]
    why: Sequence[list[str]]
    ahead: Sequence[str]
    due: str
    called: Mapping[str, str]


def receipt_slip(
    receipt: Receipt,
    news: Mapping[str, Any],
    worded: Worded,
    *,
    at: StorePlace,
    language: str,
    by: str,
    now: datetime,
) -> Document:
    """Return the paper of a receipt for the customer; `news` is what the till was told of the sale."""
    is_member = receipt.member_id is not None
    data = {
        "store": at.name,
        "brand": worded.brand,
        "heading": worded.title,
        "number": receipt.number,
        "state": worded.state,
        "at": receipt.at.isoformat(),
        "member": "" if receipt.member is None else receipt.member.number,
        "tier": worded.tiers.get(receipt.tier, receipt.tier) if receipt.tier else "",
        "currency": receipt.currency,
        "lines": [_sold(line, why) for line, why in zip(receipt.lines, worded.why, strict=True)],
        "list_total": receipt.list_total,
        "total": receipt.total,
        "tenders": [
            {"name": worded.tenders.get(tender.kind, tender.kind), "amount": tender.amount}
            for tender in receipt.tenders
        ],
        "points": receipt.points if is_member else None,
        "balance": news.get("balance") if is_member else None,
        "card": news.get("card") or "",
        "step": _step(news.get("tier"), worded),
        "ahead": list(worded.ahead),
        "vouchers": list(news.get("vouchers") or ()),
        "not_given": [[each["value"], each["points"]] for each in news.get("vouchers_not_given") or ()],
        "points_not_given": sum(each["points"] for each in news.get("points_not_given") or ()),
        "cashier": worded.called.get(receipt.cashier, receipt.cashier) or "–",
        "version": receipt.decision.version,
        "export": {"number": f"{RECEIPT_CODE}-{receipt.number}", "by": by, "reason": worded.title},
    }
    return Document("receipt_slip", data, language, now.astimezone(at.zone), worded.title, RECEIPT_CODE)


def _sold(line: Line, why: list[str]) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.product.style.name,
        "variant": _variant(line.product),
        "quantity": line.quantity,
        "list_amount": line.list_price * line.quantity,
        "pay": line.pay,
        "why": why,
    }


def _step(step: Mapping[str, Any] | None, worded: Worded) -> dict[str, Any] | None:
    if not step:
        return None
    tier = worded.tiers.get(step["after"], step["after"])
    return {"tier": tier, "due": "" if step["holds"] else worded.due}


def _variant(product: Product) -> str:
    return " ".join(part for part in (product.size, product.colour) if part)
