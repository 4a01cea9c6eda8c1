"""Screens of what came back: list, search, each with its lines, who took it and who approved; the till makes them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _

from addons.sales.models import Return
from addons.sales.views.words import KINDS, REASONS
from core.errors import NotFound
from core.web import formats
from core.web.people import person
from core.web.record_pages import opens
from core.web.views import GuibinInterface, ReadOnlyView, expose, has_access


def _reason(code: str) -> str:
    return str(REASONS.get(code, code))


class ReturnView(ReadOnlyView):
    """What came back in the stores in sight; the permission to approve belongs to it and is used at the till."""

    datamodel = GuibinInterface(Return)
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "approve"]
    empty_text = _("Nothing came back yet: returns are taken at the till.")
    list_title, show_title, add_title, edit_title = _("Returns"), _("Return"), _("Return"), _("Return")
    show_template = "sales/return.html"
    list_columns = [
        "number", "at", "store", "kind", "reason", "member", "quantity", "money", "currency", "cashier", "approved_by",
    ]  # fmt: skip
    show_columns = [
        "number", "receipt", "at", "store", "kind", "reason", "note", "member", "quantity", "currency", "paid_back",
        "to_vouchers", "vouchers_deducted", "money", "shortfall", "forgone", "points", "credit", "cashier",
        "approved_by",
    ]  # fmt: skip
    search_columns = [
        "number", "day", "store", "member", "kind", "reason", "cash", "currency", "cashier", "approved_by",
    ]  # fmt: skip
    order_columns = ["number", "at", "cash", "quantity"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": ("name", "number")}
    formatters_columns = {
        "number": formats.whole,
        "at": formats.moment,
        "day": formats.day,
        "receipt": opens("receipt"),
        "member": opens("member"),
        "kind": formats.state_chip(KINDS),
        "reason": _reason,
        "note": formats.text,
        "quantity": formats.count,
        "paid_back": formats.money,
        "to_vouchers": formats.money,
        "cash": formats.money,
        "vouchers_deducted": formats.money,
        "money": formats.money,
        "shortfall": formats.money,
        "forgone": formats.yes_no,
        "points": formats.points,
        "credit": formats.money,
        "cashier": person,
        "approved_by": person,
    }
    label_columns = {
        "number": _("Return number"),
        "receipt": _("Receipt"),
        "at": _("When"),
        "day": _("Day"),
        "store": _("Store"),
        "kind": _("Kind"),
        "reason": _("Reason"),
        "note": _("Note"),
        "member": _("Member"),
        "quantity": _("Pieces"),
        "currency": _("Currency"),
        "paid_back": _("Given back"),
        "to_vouchers": _("Back to vouchers"),
        "cash": _("To be paid back in money"),
        "vouchers_deducted": _("Kept back for used vouchers"),
        "money": _("Paid back in money"),
        "shortfall": _("Cost of lost offers"),
        "forgone": _("Borne by the store"),
        "points": _("Points taken back"),
        "credit": _("Tier credit taken back"),
        "cashier": _("Cashier"),
        "approved_by": _("Approved by"),
    }

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """Show a return with its lines."""
        widgets = self._show(pk)
        found = self.datamodel.get(pk)
        if found is None:
            raise NotFound(what="return", which=pk)
        return self.render_template(
            self.show_template, pk=pk, title=str(self.show_title), widgets=widgets, related_views=(), lines=found.lines
        )
