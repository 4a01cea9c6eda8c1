"""What can be done at the till: quote, check out, take goods back, import past sales."""

from __future__ import annotations

from addons.sales.services.importing import import_purchases, pass_days
from addons.sales.services.lines import FIELDS
from addons.sales.services.logins import DEMO_LOGINS, Login
from addons.sales.services.persons import PERSON
from addons.sales.services.preparing import Known, prepare, quote
from addons.sales.services.rehearsing import (
    Rehearsed,
    price_in_exchange,
    rehearse_return,
    rehearse_unreceipted,
    require_takeable,
)
from addons.sales.services.returning import (
    approval_needed,
    exchange,
    exchange_goods,
    preview,
    return_goods,
    take_back,
)
from addons.sales.services.selling import checkout, post_receipts, require_payable, sell, sell_batch
from addons.sales.services.unreceipted import give_voucher_for, take_back_unreceipted

__all__ = [
    "DEMO_LOGINS",
    "FIELDS",
    "PERSON",
    "Known",
    "Login",
    "Rehearsed",
    "approval_needed",
    "checkout",
    "exchange",
    "exchange_goods",
    "give_voucher_for",
    "import_purchases",
    "pass_days",
    "post_receipts",
    "prepare",
    "preview",
    "price_in_exchange",
    "quote",
    "rehearse_return",
    "rehearse_unreceipted",
    "require_payable",
    "require_takeable",
    "return_goods",
    "sell",
    "sell_batch",
    "take_back",
    "take_back_unreceipted",
]
