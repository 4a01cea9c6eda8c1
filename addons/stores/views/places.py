"""Screens of brands, markets, regions, franchisees, stores, staff, and who looks after which stores."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release

from addons.stores import queries, services
from addons.stores.models import Brand, Change, Franchisee, Market, Region, Staff, Store, UserScope
from addons.stores.views.words import CURRENCIES, FORMATS, KINDS, ROLES, ZONES, choice, codes, worded
from core.db.session import reading, work
from core.web import formats
from core.web.forms import PlainSelect
from core.web.roles import HQ, MANAGERS, NOBODY, SYSTEM_ADMIN
from core.web.views import GuibinInterface, GuibinView, ReadOnlyView


class StaffView(GuibinView):
    """Who works in which store."""

    datamodel = GuibinInterface(Staff)
    write_roles = (*MANAGERS, *HQ)
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
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"role": choice(_("Job"), ROLES)}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {"role": choice(_("Job"), ROLES)}
    label_columns = {
        "code": _("Staff code"),
        "name": _("Full name"),
        "role": _("Job"),
        "store": _("Store"),
        "active": _("Works here"),
    }
    formatters_columns = {"role": worded(ROLES), "active": formats.yes_no}


class StoreView(GuibinView):
    """The stores of all formats (DSC-12); closed ones stay."""

    datamodel = GuibinInterface(Store)
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
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"format": choice(_("Format"), FORMATS)}
    edit_form_extra_fields: ClassVar[dict[str, Any]] = {"format": choice(_("Format"), FORMATS)}
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
        "format": worded(FORMATS),
        "opened_on": formats.day,
        "closed_on": formats.day,
        "no_discount": formats.yes_no,
    }


class BrandView(GuibinView):
    """Brands, each with or without a VIP programme (MEM-19)."""

    datamodel = GuibinInterface(Brand)
    list_title, show_title, add_title, edit_title = _("Brands"), _("Brand"), _("New brand"), _("Edit brand")
    list_columns = ["code", "name", "currency", "has_programme"]
    show_columns = ["code", "name", "currency", "has_programme"]
    search_columns = ["code", "name", "has_programme"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "currency", "has_programme"]
    edit_columns = ["name", "has_programme"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {"currency": codes(_("Currency"), CURRENCIES)}
    label_columns = {
        "code": _("Brand code"),
        "name": _("Name"),
        "currency": _("Currency"),
        "has_programme": _("Has a VIP programme"),
    }
    formatters_columns = {"has_programme": formats.yes_no}


class MarketView(GuibinView):
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
        "currency": codes(_("Currency"), CURRENCIES),
        "timezone": codes(_("Time zone"), ZONES),
    }
    label_columns = {
        "code": _("Market code"),
        "name": _("Name"),
        "currency": _("Currency"),
        "timezone": _("Time zone"),
    }


class RegionView(GuibinView):
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


class FranchiseeView(GuibinView):
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


def _users() -> list[SelectChoice]:
    with reading() as session:
        people = session.execute(select(User.id, User.username).where(User.active).order_by(User.username))
        return [SelectChoice(key, name) for key, name in people]


def _targets() -> list[SelectChoice]:
    """The stores, franchisees and regions one may be put in charge of."""
    with reading() as session:
        kinds: tuple[tuple[str, Any], ...] = (("store", Store), ("franchisee", Franchisee), ("region", Region))
        found = [
            SelectChoice(f"{kind}:{row.id}", f"{KINDS[kind]}: {row.name}")
            for kind, model in kinds
            for row in session.scalars(select(model).order_by(model.code))
        ]
    return [*(SelectChoice(f"{kind}:", str(KINDS[kind])) for kind in ("hq", "auditor")), *found]


def _told_user(key: int | None) -> str:
    with reading() as session:
        return str(session.scalar(select(User.username).where(User.id == key)) or key)


class UserScopeView(GuibinView):
    """Who looks after which stores; given and taken back by headquarters."""

    datamodel = GuibinInterface(UserScope)
    read_roles = (*HQ, SYSTEM_ADMIN)
    write_roles = HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_delete"]
    exclude_route_methods: Any = frozenset({"edit", "action", "action_post"})
    list_title, show_title, add_title, edit_title = (
        _("Responsibilities"), _("Responsibility"), _("New responsibility"), _("Responsibility")
    )  # fmt: skip
    list_columns = ["user_id", "kind", "target_id"]
    show_columns = ["user_id", "kind", "target_id"]
    search_columns = ["kind"]
    order_columns = ["kind"]
    add_columns = ["user", "target"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "user": SelectField(_("User"), coerce=int, choices=_users, widget=PlainSelect()),
        "target": SelectField(_("Looks after"), choices=_targets, widget=PlainSelect()),
    }
    label_columns = {
        "user_id": _("User"),
        "user": _("User"),
        "kind": _("Looks after"),
        "target_id": _("Number of the store, franchisee or region"),
        "target": _("Looks after"),
    }
    formatters_columns = {"kind": worded(KINDS), "user_id": _told_user}

    def create(self, form: Any) -> Any:
        """Grant what was chosen."""
        kind, _colon, target = form.target.data.partition(":")
        with work() as session:
            granted = services.grant_scope(
                session, user_id=form.user.data, kind=kind, target_id=int(target) if target else None
            )
        return self.datamodel.get(granted.id)

    def remove(self, item: Any) -> None:
        """Take it back."""
        with work() as session:
            services.revoke_scope(session, user_id=item.user_id, kind=item.kind, target_id=item.target_id)


def _changed(fields: dict[str, Any] | None) -> str:
    return "; ".join(f"{name}: {before} → {after}" for name, (before, after) in (fields or {}).items())


class ChangeView(ReadOnlyView):
    """The history of the master data of stores."""

    datamodel = GuibinInterface(Change)
    read_roles = HQ
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Store history"), _("Change"), _("Change"), _("Change")
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
    formatters_columns = {"at": formats.moment, "fields": _changed, "user_id": _told_user}


def tiles(session: Any) -> list[dict[str, Any]]:
    """Return how many stores the person looks after."""
    return [{"title": _("Stores"), "value": len(queries.stores_in_scope(session)), "link": "/storeview/list/"}]
