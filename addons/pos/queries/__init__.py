"""Reads for tills of other makers: whose credential it is, what a member has, what a receipt says."""

from __future__ import annotations

from addons.pos.queries.members import member_summary, voucher_summary
from addons.pos.queries.quotes import receipt_of_quote
from addons.pos.queries.receipts import receipt_by_number
from addons.pos.queries.tills import KnownTill, name_in_use, till_by_key

__all__ = [
    "KnownTill",
    "member_summary",
    "name_in_use",
    "receipt_by_number",
    "receipt_of_quote",
    "till_by_key",
    "voucher_summary",
]
