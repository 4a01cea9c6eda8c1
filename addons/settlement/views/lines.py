"""Every line that was settled; nothing is changed here."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import object_session

from addons.settlement.models import Dispute, Entry
from addons.settlement.views.words import WHAT, told_party
from core.web import formats, ruled
from core.web.record_pages import opens
from core.web.roles import FRANCHISE_ADMIN
from core.web.views import GuibinInterface, GuibinView, action

LABELS = {
    "amount": _("Amount"),
    "at": _("When"),
    "currency": _("Currency"),
    "day": _("Day"),
    "from_party": _("Owed by"),
    "month": _("Month"),
    "receipt_id": _("Receipt"),
    "rule": _("Name of the rule"),
    "ruled": _("Rule"),
    "store": _("Store"),
    "to_party": _("Owed to"),
    "what": _("Kind"),
}


def _is_undisputed(entry: Entry) -> bool:
    """Tell whether nobody disputed a line: each is disputed once."""
    session: Any = object_session(entry)
    return session.scalar(select(Dispute.id).where(Dispute.entry_id == entry.id)) is None


class SettlementEntryView(GuibinView):
    """Lines between headquarters, franchisees and the accounts of what members hold."""

    datamodel = GuibinInterface(Entry)
    write_roles = (FRANCHISE_ADMIN,)
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup", "dispute"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete", "action_post"})
    empty_text = _("Nothing was settled yet. It is done each night.")
    list_title, show_title, add_title, edit_title = (
        _("Settlement lines"),
        _("Settlement line"),
        _("Settlement line"),
        _("Settlement line"),
    )
    list_columns = [
        *("day", "from_party", "to_party", "amount", "currency", "what"),
        *("ruled", "receipt_id", "store", "month"),
    ]
    show_columns = [*list_columns, "at"]
    search_columns = ["day", "month", "what", "rule", "amount", "store", "receipt_id"]
    order_columns = ["day", "amount", "month"]
    base_order = ("id", "desc")
    heading_columns = ("from_party", "to_party", "amount")
    label_columns = LABELS
    formatters_columns = {
        "amount": formats.money,
        "at": formats.moment,
        "day": formats.day,
        "from_party": told_party,
        "month": formats.whole,
        "receipt_id": opens("receipt"),
        "ruled": ruled.shortly,
        "to_party": told_party,
        "what": formats.state_chip(WHAT),
    }

    offered_when: ClassVar[dict[str, Any]] = {"dispute": _is_undisputed}

    @action("dispute", _("Dispute this line"), "", "fa-comment", multiple=False)
    def dispute(self, row: Entry) -> Any:
        """Say why the line is not right."""
        return redirect(url_for("DisputeForm.this_form_get", entry=row.id))
