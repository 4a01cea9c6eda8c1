"""The rows of a receipt, ready for the database; plain dictionaries, since a checkout must not wait for an ORM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addons.sales.domain.prepared import Numbered, discounts
from addons.vouchers.queries import UsableVoucher
from rules.event import SHORTFALL
from rules.trace import LineDecision

Row = dict[str, Any]
_SPECIAL_ONLY = ""


def receipt(n: Numbered) -> Row:
    """Return the head."""
    sale, decision = n.sale, n.sale.decision
    return {
        "id": n.receipt_id,
        "store_id": sale.place.id,
        "number": n.number,
        "brand_id": sale.place.brand_id,
        "member_id": n.member_id,
        "card_id": n.holder.card_id,
        "tier": sale.tier,
        "at": sale.at,
        "day": sale.day,
        "cashier": sale.request.cashier,
        "currency": sale.place.currency,
        "quantity": sum(line.quantity for line in sale.event.lines),
        "list_total": sale.list_total,
        "selling_total": sum(line.selling for line in decision.lines),
        "total": decision.total,
        "tendered": decision.tendered,
        "cash": decision.cash,
        "points": sale.points,
        "credit": sale.credit,
        "birthday_list": sale.birthday_list if sale.live.used.capped else 0,
        "source": sale.request.source,
        "key": n.key,
        "decision_id": n.decision_id,
    }


def lines(n: Numbered) -> Iterator[Row]:
    """Yield the lines."""
    sale = n.sale
    store_id, products = sale.place.id, sale.products
    for place, (line, given) in enumerate(zip(sale.decision.lines, sale.event.lines, strict=True)):
        yield {
            "receipt_id": n.receipt_id,
            "line_no": place + 1,
            "store_id": store_id,
            "product_id": products[place].id,
            "code": given.product,
            "quantity": given.quantity,
            "list_price": given.list_price,
            "special_price": given.special_price,
            "pay": line.pay,
            "tendered": line.tendered,
            "net": line.net,
            "rules": _rules(line),
        }


def _rules(line: LineDecision) -> str:
    steps = line.steps
    if not steps:
        return _SPECIAL_ONLY
    return "\n".join([step.rule for step in steps if step.rule is not None])


def tenders(n: Numbered) -> Iterator[Row]:
    """Yield how it was paid: the vouchers first, then money; nothing to pay is nothing paid.

    A voucher that was worth nothing was lost, a shortfall was never paid; somebody bears either.
    """
    sale = n.sale
    used = [(sale.offered[place], amount) for place, amount in sale.decision.vouchers_used]
    paid = [(_tender(offered), amount, offered.id or None) for offered, amount in used]
    money = [(payment.kind, payment.amount) for payment in sale.request.payments] or [("cash", sale.decision.cash)]
    parts = [*paid, *((kind, amount, None) for kind, amount in money if amount)]
    for place, (kind, amount, voucher_id) in enumerate(parts, 1):
        yield {
            "receipt_id": n.receipt_id,
            "tender_no": place,
            "store_id": sale.place.id,
            "kind": kind,
            "amount": amount,
            "voucher_id": voucher_id,
        }


def _tender(offered: UsableVoucher) -> str:
    if offered.id:
        return "voucher"
    return SHORTFALL if offered.kind == SHORTFALL else "lost_voucher"


def taken(n: Numbered) -> Iterator[Row]:
    """Yield what each rule took off."""
    for rule, took in discounts(n.sale.decision).items():
        yield {
            "receipt_id": n.receipt_id,
            "rule": rule,
            "store_id": n.sale.place.id,
            "lines": took.lines,
            "amount": took.amount,
        }
