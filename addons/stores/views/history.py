"""The history of the master data of stores, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from addons.stores.domain import rate_text
from addons.stores.models import Change
from addons.stores.views.double_days import OCCASIONS, REPEATS
from addons.stores.views.words import FORMATS, KINDS, ROLES, names_of_users, told_place, told_user
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
FIELDS: dict[str, Any] = {
    "active": _("Works here"),
    "archived_at": _("Put away"),
    "brand_id": _("Brand"),
    "closed_on": _("Last day"),
    "code": _("Short code"),
    "counted_in": _("Money of the brand"),
    "currency": _("Currency"),
    "first_on": _("First day"),
    "format": _("Format"),
    "franchisee_id": _("Franchisee"),
    "has_programme": _("Has a VIP programme"),
    "kind": _("Kind"),
    "last_on": _("Last day"),
    "market_id": _("Market"),
    "millionths": _("Rate"),
    "name": _("Name"),
    "no_discount": _("Firm prices, no discount"),
    "opened_on": _("Opened on"),
    "region_id": _("Region"),
    "repeats": _("Comes again"),
    "role": _("Job"),
    "since": _("From this day on"),
    "store_id": _("Store"),
    "target_id": _("Store, franchisee or region"),
    "timezone": _("Time zone"),
    "until": _("Not after"),
    "user_id": _("User"),
}
_CODES = {"format": FORMATS, "kind": KINDS | OCCASIONS, "repeats": REPEATS, "role": ROLES}
_PLACES = {"region_id": "region", "franchisee_id": "franchisee", "store_id": "store"}


def changed(fields: dict[str, Any] | None) -> str:
    """Write what was changed: of something new each value, else what it was and what it is."""
    return "; ".join(_said(name, before, after) for name, (before, after) in (fields or {}).items() if before != after)


def _said(name: str, before: Any, after: Any) -> str:
    label = str(FIELDS.get(name, name))
    new = _value(name, after)
    return f"{label}: {new}" if before is None else f"{label}: {_value(name, before)} → {new}"


def _value(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return formats.yes_no(value)
    if name in _CODES:
        return formats.worded(_CODES[name])(value)
    if name == "millionths":
        return rate_text(value)
    if name == "user_id":
        return names_of_users().get(value, str(value))
    return told_place((_PLACES[name], value)) if name in _PLACES else str(value)


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
