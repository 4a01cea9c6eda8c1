"""What people do at the till and on the member page; each step calls the addon that owns it, and never commits."""

from __future__ import annotations

from addons.till.services.finding import Found, find_customer
from addons.till.services.refusals import NobodyThere, NoSuchReceipt, NotADay, NotAnAmount
from addons.till.services.returning import exchange_request, find_receipts, read_lines, return_key, return_request
from addons.till.services.selling import (
    new_key,
    posting_key,
    read_day,
    rehearse_enrolment,
    sale_request,
    selling_stores,
)
from addons.till.services.steps import FILE, STEPS, Asked, take_step
from addons.till.services.vouchers import basket_hold, choose_vouchers, let_go

__all__ = [
    "FILE",
    "STEPS",
    "Asked",
    "Found",
    "NoSuchReceipt",
    "NobodyThere",
    "NotADay",
    "NotAnAmount",
    "basket_hold",
    "choose_vouchers",
    "exchange_request",
    "find_customer",
    "find_receipts",
    "let_go",
    "new_key",
    "posting_key",
    "read_day",
    "read_lines",
    "rehearse_enrolment",
    "return_key",
    "return_request",
    "sale_request",
    "selling_stores",
    "take_step",
]
