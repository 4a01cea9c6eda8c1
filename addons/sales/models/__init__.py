"""Receipts, what became of them, and what was used up of limited rules."""

from __future__ import annotations

from addons.sales.models.receipts import Discount, Line, Merged, Numbering, Receipt, RuleUse, Tender
from addons.sales.models.returns import Exchange, Return, ReturnDiscount, ReturnLine, ReturnVoucher, Standing

#: What was sold and what came back stays as it was written; how a receipt stands now is in sales_standing.
APPEND_ONLY = (
    "sales_receipt",
    "sales_line",
    "sales_tender",
    "sales_discount",
    "sales_return",
    "sales_return_line",
    "sales_return_discount",
    "sales_return_voucher",
    "sales_exchange",
)

__all__ = [
    "APPEND_ONLY",
    "Discount",
    "Exchange",
    "Line",
    "Merged",
    "Numbering",
    "Receipt",
    "Return",
    "ReturnDiscount",
    "ReturnLine",
    "ReturnVoucher",
    "RuleUse",
    "Standing",
    "Tender",
]
