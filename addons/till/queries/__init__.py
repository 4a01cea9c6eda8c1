"""What the till and the member page read."""

from __future__ import annotations

from addons.till.queries.looking import (
    FoundProduct,
    Progress,
    answer_under,
    exchange_price,
    members_like,
    products_like,
    progress,
    receipt_with,
    style_names,
    told_of_sale,
)
from addons.till.queries.member_file import MemberFile, member_file
from addons.till.queries.returns import LineSold, ReceiptSold, receipt_sold, return_with, taken_in_exchange

__all__ = [
    "FoundProduct",
    "LineSold",
    "MemberFile",
    "Progress",
    "ReceiptSold",
    "answer_under",
    "exchange_price",
    "member_file",
    "members_like",
    "products_like",
    "progress",
    "receipt_sold",
    "receipt_with",
    "return_with",
    "style_names",
    "taken_in_exchange",
    "told_of_sale",
]
