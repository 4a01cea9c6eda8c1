"""Lists of vouchers, of their ledger, of what was tried and printed; value is never changed by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect, url_for
from flask_babel import lazy_gettext as _

from addons.stores.queries import currencies
from addons.vouchers.models import Attempt, Download, Print, Voucher
from addons.vouchers.models import Entry as LedgerEntry
from addons.vouchers.views.words import ACCOUNTS, KINDS, OUTCOMES, SOURCES, STATES, masked
from core.web import formats, ruled
from core.web.people import person
from core.web.record_pages import opens
from core.web.roles import HQ, NOBODY
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView, action

LABELS = {
    "amount": _("Amount"),
    "at": _("When"),
    "batch": _("Batch"),
    "brand": _("Brand"),
    "by": _("Done by"),
    "code": _("Code"),
    "currency": _("Currency"),
    "codes": _("Codes"),
    "ending": _("End of the code"),
    "file": _("Kind of file"),
    "from_state": _("From account"),
    "issued_at": _("Issued"),
    "kind": _("Kind"),
    "member": _("Member"),
    "number": _("Entry number"),
    "outcome": _("What was wrong"),
    "reason": _("Reason"),
    "receipt_id": _("Receipt"),
    "ref": _("Article or reference"),
    "remaining": _("Left"),
    "ruled": _("Rule"),
    "source": _("Reason"),
    "standing": _("State"),
    "status": _("State"),
    "store": _("Store"),
    "till": _("Till"),
    "title": _("For what"),
    "to_state": _("To account"),
    "use_number": _("Use number"),
    "valid_from": _("Valid from"),
    "valid_until": _("Valid until"),
    "value": _("Value"),
    "voucher": _("Voucher"),
}
FORMATS = {
    "amount": formats.money,
    "at": formats.moment,
    "by": person,
    "code": masked,
    "codes": formats.count,
    "ending": masked,
    "from_state": formats.state_chip(ACCOUNTS),
    "issued_at": formats.moment,
    "kind": formats.state_chip(KINDS),
    "member": opens("member"),
    "outcome": formats.state_chip(OUTCOMES),
    "receipt_id": opens("receipt"),
    "remaining": formats.money,
    "ruled": ruled.wholly,
    "source": formats.state_chip(SOURCES),
    "standing": formats.state_chip(STATES),
    "status": formats.state_chip(STATES),
    "to_state": formats.state_chip(ACCOUNTS),
    "valid_from": formats.day,
    "valid_until": formats.day,
    "value": formats.money,
    "voucher": lambda voucher: masked(str(voucher or "")),
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}


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
    heading_columns = ("from_state", "to_state")
    list_columns = ["at", "voucher", "amount", "from_state", "to_state", "store", "receipt_id", "by"]
    amounts_in = staticmethod(currencies)
    show_columns = [*list_columns, "number", "use_number", "member", "reason", "ref"]
    search_columns = ["at", "from_state", "to_state", "amount", "store", "receipt_id", "by", "ref"]
    order_columns = ["at", "amount", "receipt_id"]
    base_order = ("id", "desc")
    label_columns, formatters_columns = LABELS, FORMATS


class VoucherView(GuibinView):
    """All vouchers of the stores in sight; by its whole code one is found on a page of its own."""

    datamodel = GuibinInterface(Voucher)
    empty_text = _("No vouchers yet: they are issued when points are exchanged.")
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "cancel"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete"})
    list_title, show_title, add_title, edit_title = _("Vouchers"), _("Voucher"), _("Voucher"), _("Voucher")
    list_columns = ["code", "member", "remaining", "currency", "standing", "valid_until", "kind", "value", "store"]
    show_columns = [*list_columns, "title", "brand", "issued_at", "valid_from", "source", "ruled", "batch"]
    search_columns = ["member", "kind", "status", "valid_until", "store", "issued_at", "value", "source", "batch"]
    order_columns = ["value", "remaining", "status", "valid_until"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = BY_MEMBER | {"batch": ("name",)}
    related_views = [VoucherEntryView]
    record_kind = "voucher"
    heading_columns = ("code",)
    label_columns, formatters_columns = LABELS | {"store": _("Issued by")}, FORMATS

    @action("cancel", _("Cancel vouchers"), "", "fa-ban", single=False)
    def cancel(self, rows: Any) -> Any:
        """Ask for the reason first, with the vouchers in sight."""
        chosen = rows if isinstance(rows, list) else [rows]
        return redirect(url_for("VoucherCancelPage.chosen", voucher=[row.id for row in chosen]), 303)


class VoucherAttemptView(ReadOnlyView):
    """Codes that were tried and refused, one by one."""

    datamodel = GuibinInterface(Attempt)
    empty_text = _("No code was tried in vain.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = (
        _("Codes tried in vain"),
        _("Code tried in vain"),
        _("Code tried in vain"),
        _("Code tried in vain"),
    )
    heading_columns = ("at", "outcome")
    list_columns = ["at", "store", "till", "by", "ending", "outcome"]
    show_columns = list_columns
    search_columns = ["at", "store", "till", "by", "outcome", "ending"]
    order_columns = ["at", "outcome"]
    base_order = ("id", "desc")
    label_columns, formatters_columns = LABELS, FORMATS


class VoucherPrintView(ReadOnlyView):
    """Vouchers that were put on paper."""

    datamodel = GuibinInterface(Print)
    empty_text = _("No voucher was printed.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = (
        _("Printed vouchers"),
        _("Printed voucher"),
        _("Printed voucher"),
        _("Printed voucher"),
    )
    list_columns = ["at", "voucher", "number", "store", "by"]
    show_columns = list_columns
    search_columns = ["at", "store", "by", "number"]
    order_columns = ["at", "number"]
    base_order = ("id", "desc")
    label_columns, formatters_columns = LABELS | {"number": _("Print number")}, FORMATS


class VoucherDownloadView(ReadOnlyView):
    """Files of codes that were taken away."""

    datamodel = GuibinInterface(Download)
    read_roles = HQ
    empty_text = _("No codes were taken away as a file.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = (
        _("Files of codes"),
        _("File of codes"),
        _("File of codes"),
        _("File of codes"),
    )
    list_columns = ["at", "batch", "codes", "file", "by"]
    show_columns = [*list_columns, "store"]
    search_columns = ["at", "by", "file"]
    order_columns = ["at", "codes"]
    base_order = ("id", "desc")
    label_columns, formatters_columns = LABELS, FORMATS
