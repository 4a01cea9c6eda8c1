"""The history of the master data of stores, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from addons.stores.models import Change
from addons.stores.views.changes import changed
from addons.stores.views.words import told_user
from core.web import formats
from core.web.roles import HQ, NOBODY
from core.web.views import GuibinInterface, ReadOnlyView

RECORDS: dict[str, Any] = {
    "stores_brand": _("Brand"),
    "stores_market": _("Market"),
    "stores_region": _("Region"),
    "stores_franchisee": _("Franchisee"),
    "stores_store": _("Store"),
    "stores_staff": _("Staff member"),
    "stores_user_scope": _("Responsibility"),
    "stores_double_day": _("Double-points day"),
    "stores_rate": _("Rate"),
}


class ChangeView(ReadOnlyView):
    """The history of the master data of stores."""

    datamodel = GuibinInterface(Change)
    read_roles = HQ
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Store history"), _("Change"), _("Change"), _("Change")
    heading_columns = ("kind", "record")
    list_columns = ["at", "kind", "record", "fields", "user_id"]
    show_columns = ["at", "kind", "record", "fields", "user_id"]
    search_columns = ["at", "kind", "record"]
    order_columns = ["at"]
    base_order = ("id", "desc")
    label_columns = {
        "at": _("When"),
        "kind": _("Kind of record"),
        "record": _("Record"),
        "fields": _("Before and after"),
        "user_id": _("User"),
    }
    formatters_columns = {
        "at": formats.moment,
        "kind": formats.worded(RECORDS),
        "fields": changed,
        "user_id": told_user,
    }
