"""Screens of brands, markets, regions, franchisees, stores and staff."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect
from flask_babel import lazy_gettext as _

from addons.stores.models import Brand, Franchisee, Market, Region, Staff, Store
from addons.stores.views.changes import WithChanges
from addons.stores.views.words import CURRENCIES, FORMATS, ROLES, ZONES, choice_of, codes_of
from core.web import formats
from core.web.lists.archive import ArchivingView
from core.web.roles import HQ, MANAGERS
from core.web.views import GuibinInterface, GuibinView, action


class StaffView(GuibinView):
    """Who works in which store."""

    datamodel = GuibinInterface(Staff)
    write_roles = (*MANAGERS, *HQ)
    offered_when: ClassVar[dict[str, Any]] = {
        "leaves": lambda person: person.active,
        "returns": lambda person: not person.active,
    }
    empty_text = _("Nobody works here yet.")
    empty_how = _("Add the people who sell, so that receipts can name them.")
    list_title, show_title, add_title, edit_title = (
        _("Staff"),
        _("Staff member"),
        _("New staff member"),
        _("Edit staff member"),
    )
    list_columns = ["code", "name", "role", "store", "active"]
    show_columns = ["code", "name", "role", "store", "active"]
    search_columns = ["code", "name", "role", "store", "active"]
    order_columns = ["code", "name", "role"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "role", "store", "active"]
    edit_columns = ["name", "role", "store", "active"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"role": choice_of(_("Job"), ROLES)}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {"role": choice_of(_("Job"), ROLES)}
    label_columns = {
        "code": _("Staff code"),
        "name": _("Full name"),
        "role": _("Job"),
        "store": _("Store"),
        "active": _("Works here"),
    }
    formatters_columns = {"role": formats.worded(ROLES), "active": formats.yes_no}

    @action("leaves", _("Works here no more"), _("Do they work here no more? They can come back."), "fa-door-open")
    def leaves(self, rows: Any) -> Any:
        """Note that people left; receipts keep naming them."""
        return self._set(rows, active=False)

    @action("returns", _("Works here again"), "", "fa-door-closed")
    def returns(self, rows: Any) -> Any:
        """Note that people are back."""
        return self._set(rows, active=True)

    def _set(self, rows: Any, *, active: bool) -> Any:
        def note(row: Staff) -> None:
            row.active = active
            self.datamodel.edit(row)

        self.one_by_one(rows, note)
        return redirect(self.get_redirect())


class StoreView(WithChanges, GuibinView):
    """The stores of all formats (DSC-12); closed ones stay."""

    datamodel = GuibinInterface(Store)
    empty_text = _("No store yet.")
    empty_how = _("Add a brand, a region and a franchisee, then the first store here.")
    list_title, show_title, add_title, edit_title = _("Stores"), _("Store"), _("New store"), _("Edit store")
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit", "can_lookup"]
    exclude_route_methods: Any = frozenset({"delete", "action", "action_post"})
    list_columns = ["code", "name", "format", "region", "franchisee", "opened_on", "closed_on"]
    show_columns = ["code", "name", "brand", "format", "region", "franchisee", "opened_on", "closed_on", "no_discount"]
    search_columns = [
        "code",
        "name",
        "format",
        "brand",
        "region",
        "franchisee",
        "opened_on",
        "closed_on",
        "no_discount",
    ]
    order_columns = ["code", "name", "format", "opened_on", "closed_on"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "brand", "format", "region", "franchisee", "opened_on", "no_discount"]
    edit_columns = ["name", "format", "region", "franchisee", "opened_on", "closed_on", "no_discount"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"format": choice_of(_("Format"), FORMATS)}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {"format": choice_of(_("Format"), FORMATS)}
    related_views = [StaffView]
    label_columns = {
        "code": _("Store code"),
        "name": _("Name"),
        "brand": _("Brand"),
        "format": _("Format"),
        "region": _("Region"),
        "franchisee": _("Franchisee"),
        "opened_on": _("Opened on"),
        "closed_on": _("Last day"),
        "no_discount": _("Firm prices, no discount"),
    }
    description_columns = {
        "no_discount": _("Discounts become points here."),
        "closed_on": _("After this day nothing is sold here any more; the history stays."),
    }
    formatters_columns = {
        "format": formats.worded(FORMATS),
        "opened_on": formats.day,
        "closed_on": formats.day,
        "no_discount": formats.yes_no,
    }


class BrandView(WithChanges, ArchivingView, GuibinView):
    """Brands, each with or without a VIP programme (MEM-19)."""

    datamodel = GuibinInterface(Brand)
    list_title, show_title, add_title, edit_title = _("Brands"), _("Brand"), _("New brand"), _("Edit brand")
    list_columns = ["code", "name", "currency", "has_programme", "pools_points"]
    show_columns = ["code", "name", "currency", "has_programme", "pools_points"]
    search_columns = ["code", "name", "has_programme", "pools_points"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "currency", "has_programme", "pools_points"]
    edit_columns = ["name", "has_programme", "pools_points"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"currency": codes_of(_("Currency"), CURRENCIES)}
    label_columns = {
        "code": _("Brand code"),
        "name": _("Name"),
        "currency": _("Currency"),
        "has_programme": _("Has a VIP programme"),
        "pools_points": _("Families spend points together"),
    }
    formatters_columns = {"has_programme": formats.yes_no, "pools_points": formats.yes_no}


class MarketView(WithChanges, ArchivingView, GuibinView):
    """Markets with their currency and business time (C34)."""

    datamodel = GuibinInterface(Market)
    list_title, show_title, add_title, edit_title = _("Markets"), _("Market"), _("New market"), _("Edit market")
    list_columns = ["code", "name", "currency", "timezone"]
    show_columns = ["code", "name", "currency", "timezone"]
    search_columns = ["code", "name", "currency"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "currency", "timezone"]
    edit_columns = ["name"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "currency": codes_of(_("Currency"), CURRENCIES),
        "timezone": codes_of(_("Time zone"), ZONES),
    }
    label_columns = {
        "code": _("Market code"),
        "name": _("Name"),
        "currency": _("Currency"),
        "timezone": _("Time zone"),
    }


class RegionView(WithChanges, ArchivingView, GuibinView):
    """Sales regions."""

    datamodel = GuibinInterface(Region)
    list_title, show_title, add_title, edit_title = _("Regions"), _("Region"), _("New region"), _("Edit region")
    list_columns = ["code", "name", "market"]
    show_columns = ["code", "name", "market"]
    search_columns = ["code", "name", "market"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "market"]
    edit_columns = ["name", "market"]
    related_views = [StoreView]
    label_columns = {"code": _("Region code"), "name": _("Name"), "market": _("Market")}


class FranchiseeView(WithChanges, ArchivingView, GuibinView):
    """Companies that run stores."""

    datamodel = GuibinInterface(Franchisee)
    list_title, show_title, add_title, edit_title = (
        _("Franchisees"), _("Franchisee"), _("New franchisee"), _("Edit franchisee")
    )  # fmt: skip
    list_columns = ["code", "name"]
    show_columns = ["code", "name"]
    search_columns = ["code", "name"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name"]
    edit_columns = ["name"]
    related_views = [StoreView]
    label_columns = {"code": _("Franchisee code"), "name": _("Name")}
