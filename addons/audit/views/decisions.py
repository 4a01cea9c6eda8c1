"""All decisions of receipts: each row leads to the decision, made again."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _

from addons.sales.models import Receipt
from core.web import formats
from core.web.roles import HQ, MANAGERS, NOBODY
from core.web.views import GuibinInterface, ReadOnlyView


class ReceiptDecisionView(ReadOnlyView):
    """The receipts of the stores in sight, the newest first."""

    route_base = "/receipt-decisions"
    datamodel = GuibinInterface(Receipt)
    read_roles = (*MANAGERS, *HQ)
    write_roles = NOBODY
    base_permissions: ClassVar[list[str]] = ["can_list", "can_lookup"]
    exclude_route_methods: Any = frozenset({"add", "edit", "show", "delete", "download", "action", "action_post"})
    record_kind = "decision"
    empty_text = _("No receipt yet: with each sale its decision is kept here.")
    list_title = _("Receipt decisions")
    list_columns = ["number", "at", "store", "tier", "list_total", "cash", "currency"]
    search_columns = ["number", "day", "store", "tier", "list_total", "cash", "currency"]
    order_columns = ["number", "at", "list_total", "cash"]
    base_order = ("id", "desc")
    label_columns = {
        "number": _("Receipt number"),
        "at": _("When"),
        "day": _("Day"),
        "store": _("Store"),
        "tier": _("Tier"),
        "list_total": _("At list prices"),
        "cash": _("Paid in money"),
        "currency": _("Currency"),
    }
    formatters_columns = {
        "number": formats.whole,
        "at": formats.moment,
        "day": formats.day,
        "tier": formats.tier_or_none,
        "list_total": formats.money,
        "cash": formats.money,
    }
