"""Reads of vouchers and of their ledger."""

from __future__ import annotations

from addons.vouchers.queries.receipts import OnReceipt, Used, issued_with, parts_of, redeemed_on, used_on
from addons.vouchers.queries.vouchers import (
    UsableVoucher,
    by_code,
    by_code_to_change,
    ended,
    issued_at,
    known_codes,
    of_member,
    to_change,
    usable,
)

__all__ = [
    "OnReceipt",
    "UsableVoucher",
    "Used",
    "by_code",
    "by_code_to_change",
    "ended",
    "issued_at",
    "issued_with",
    "known_codes",
    "of_member",
    "parts_of",
    "redeemed_on",
    "to_change",
    "usable",
    "used_on",
]
