"""Reads of receipts, of what came back, and of what was used up of limited rules."""

from __future__ import annotations

from addons.sales.queries.agreement import SALES
from addons.sales.queries.changes import Changed, changes_of
from addons.sales.queries.receipts import (
    edge_members,
    histories,
    histories_ahead,
    members_called,
    numbers_given,
    receipt_numbers,
    receipts_called,
)
from addons.sales.queries.returned import RETURNS
from addons.sales.queries.returns import (
    deducted_for,
    find_receipts,
    holder_of,
    price_sold,
    returns_of,
    sold_lines,
    sold_receipt,
    stands,
    stored_decision,
)

LEDGERS = (*SALES, *RETURNS)

__all__ = [
    "LEDGERS",
    "Changed",
    "changes_of",
    "deducted_for",
    "edge_members",
    "find_receipts",
    "histories",
    "histories_ahead",
    "holder_of",
    "members_called",
    "numbers_given",
    "price_sold",
    "receipt_numbers",
    "receipts_called",
    "returns_of",
    "sold_lines",
    "sold_receipt",
    "stands",
    "stored_decision",
]
