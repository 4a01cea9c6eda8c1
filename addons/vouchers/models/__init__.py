"""Tables of vouchers: vouchers and their ledger, where they come from, and what is tried with them."""

from __future__ import annotations

from addons.vouchers.models.control import Attempt, Download, Print
from addons.vouchers.models.entry import Entry
from addons.vouchers.models.origin import Batch, BatchMember, Budget, Pattern, Terms
from addons.vouchers.models.voucher import Voucher

#: What was written about the value of vouchers stays; so does what was tried, printed and taken away as a file.
APPEND_ONLY = ("vouchers_entry", "vouchers_terms", "vouchers_attempt", "vouchers_print", "vouchers_download")

__all__ = [
    "APPEND_ONLY",
    "Attempt",
    "Batch",
    "BatchMember",
    "Budget",
    "Download",
    "Entry",
    "Pattern",
    "Print",
    "Terms",
    "Voucher",
]
