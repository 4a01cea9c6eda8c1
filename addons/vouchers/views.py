"""Screens of vouchers: what was issued and what was used; value is never changed by hand."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _
from markupsafe import Markup

from addons.vouchers.models import Entry as LedgerEntry
from addons.vouchers.models import Voucher
from core.web import formats
from core.web.record_pages import opens
from core.web.roles import EVERYBODY, NOBODY, OFFICE
from core.web.views import Entry, GuibinInterface, ReadOnlyView

KINDS = {
    "cash": ("accent", _("Cash voucher")),
    "discount": ("accent", _("Discount coupon")),
    "gift": ("accent", _("Gift voucher")),
    "parking": ("accent", _("Parking voucher")),
}
STATES = {
    "active": ("good", _("Can be used")),
    "used": ("quiet", _("Used up")),
    "expired": ("quiet", _("Expired")),
    "void": ("bad", _("Cancelled")),
    "split": ("quiet", _("Split")),
    "transferred": ("quiet", _("Given away")),
}
ACCOUNTS = {
    "issued": ("quiet", _("Issued")),
    "outstanding": ("good", _("Outstanding")),
    "locked": ("warn", _("Held by a till")),
    "redeemed": ("accent", _("Used")),
    "forfeited": ("quiet", _("Forfeited")),
    "expired": ("quiet", _("Expired")),
    "void": ("bad", _("Cancelled")),
    "split": ("quiet", _("Split")),
    "transferred": ("quiet", _("Given away")),
}
SOURCES = {"exchange": ("quiet", _("Points exchanged")), "rule": ("quiet", _("By a rule"))}


def masked(code: str | None) -> Markup:
    """Write the end of a code only: whoever knows a whole one could try to use it."""
    return Markup("<code>…{}</code>").format((code or "")[-4:])


class VoucherEntryView(ReadOnlyView):
    """Every movement of the value of vouchers."""

    datamodel = GuibinInterface(LedgerEntry)
    empty_text = _("No voucher was issued yet.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = (
        _("Voucher ledger"),
        _("Voucher entry"),
        _("Voucher entry"),
        _("Voucher entry"),
    )
    list_columns = ["at", "voucher", "from_state", "to_state", "amount", "store", "receipt_id", "by"]
    show_columns = [*list_columns, "number", "use_number", "member", "reason", "ref"]
    search_columns = ["at", "from_state", "to_state", "amount", "store", "receipt_id"]
    order_columns = ["at", "amount", "receipt_id"]
    base_order = ("id", "desc")
    formatters_columns = {
        "at": formats.moment,
        "amount": formats.money,
        "voucher": lambda v: masked(str(v or "")),
        "receipt_id": opens("receipt"),
        "from_state": formats.state_chip(ACCOUNTS),
        "to_state": formats.state_chip(ACCOUNTS),
    }
    label_columns = {
        "at": _("When"),
        "voucher": _("Voucher"),
        "number": _("Entry number"),
        "use_number": _("Use number"),
        "from_state": _("From account"),
        "to_state": _("To account"),
        "amount": _("Amount"),
        "member": _("Member"),
        "store": _("Store"),
        "receipt_id": _("Receipt"),
        "by": _("Done by"),
        "reason": _("Reason"),
        "ref": _("Article or reference"),
    }


class VoucherView(ReadOnlyView):
    """All vouchers of the stores in sight."""

    datamodel = GuibinInterface(Voucher)
    empty_text = _("No vouchers yet: they are issued when points are exchanged.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Vouchers"), _("Voucher"), _("Voucher"), _("Voucher")
    list_columns = ["code", "member", "kind", "value", "remaining", "status", "valid_until", "store"]
    show_columns = [
        "code",
        "member",
        "brand",
        "kind",
        "value",
        "remaining",
        "status",
        "issued_at",
        "valid_until",
        "store",
        "source",
        "rule",
    ]
    search_columns = ["code", "member", "kind", "status", "valid_until", "store", "issued_at"]
    order_columns = ["value", "remaining", "status", "valid_until"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": ("name", "number")}
    related_views = [VoucherEntryView]
    formatters_columns = {
        "code": masked,
        "member": opens("member"),
        "kind": formats.state_chip(KINDS),
        "status": formats.state_chip(STATES),
        "source": formats.state_chip(SOURCES),
        "value": formats.money,
        "remaining": formats.money,
        "issued_at": formats.moment,
        "valid_until": formats.day,
    }
    label_columns = {
        "code": _("Code"),
        "member": _("Member"),
        "brand": _("Brand"),
        "kind": _("Kind"),
        "value": _("Value"),
        "remaining": _("Left"),
        "status": _("State"),
        "issued_at": _("Issued"),
        "valid_until": _("Valid until"),
        "store": _("Issued by"),
        "source": _("Reason"),
        "rule": _("Rule"),
    }


VIEWS = (
    Entry(VoucherView, name="Vouchers", category="Members", icon="fa-ticket", order=60, reads=EVERYBODY),
    Entry(
        VoucherEntryView,
        name="Voucher ledger",
        category="Reports",
        icon="fa-book",
        order=60,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
)
