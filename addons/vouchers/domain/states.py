"""Where the value of vouchers stands, what a voucher is, and who holds one for a moment."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

#: The accounts of the ledger. `issued`, `split` and `transferred` are what value comes from; the last two total zero.
STATES = (
    "issued",
    "outstanding",
    "locked",
    "redeemed",
    "forfeited",
    "expired",
    "void",
    "split",
    "transferred",
)
#: The accounts that are still the customer's: together they are what remains of a voucher.
WITHIN = ("outstanding", "locked")
#: What has become of a voucher: where its value went last.
STATUSES = ("active", "used", "expired", "void", "split", "transferred")
KINDS = ("cash", "discount", "gift", "parking")
#: Whose a voucher is: one member's; whoever's first uses it; nobody's, for ever.
BINDINGS = ("member", "first_use", "bearer")


class Hold(NamedTuple):
    """Who holds a voucher for a sale in the making: a till, and the key of the sale there."""

    till: str
    key: str = ""


def standing(status: str, valid_until: date, day: date) -> str:
    """Return what has become of a voucher as of a day; past its last one it has expired without any job."""
    return "expired" if status == "active" and valid_until < day else status
