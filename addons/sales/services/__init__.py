"""What can be done at the till: quote, check out, import past sales; `post_receipts` writes whatever was decided."""

from __future__ import annotations

from addons.sales.services.importing import import_purchases, pass_days
from addons.sales.services.lines import FIELDS
from addons.sales.services.logins import DEMO_LOGINS, Login
from addons.sales.services.persons import PERSON
from addons.sales.services.preparing import Known, prepare, quote
from addons.sales.services.selling import checkout, post_receipts, require_payable, sell, sell_batch

__all__ = [
    "DEMO_LOGINS",
    "FIELDS",
    "PERSON",
    "Known",
    "Login",
    "checkout",
    "import_purchases",
    "pass_days",
    "post_receipts",
    "prepare",
    "quote",
    "require_payable",
    "sell",
    "sell_batch",
]
