"""Screens of products, styles, categories and seasons."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import g, redirect
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, Optional

from addons.catalog import services
from addons.catalog.models import Category, Product, Season, Style
from addons.stores.queries import currencies
from core.db.session import work
from core.web import formats
from core.web.forms import MoneyField, PlainText
from core.web.lists.archive import ArchivingView
from core.web.posting import who
from core.web.roles import EVERYBODY, HQ_APPROVER, OFFICE
from core.web.views import Entry, GuibinInterface, GuibinView, action


def _fields() -> dict[str, Any]:
    return {
        "size": StringField(_("Size"), validators=[Optional(), Length(max=20)], widget=PlainText()),
        "colour": StringField(_("Colour"), validators=[Optional(), Length(max=40)], widget=PlainText()),
        "list_price": MoneyField(_("List price"), validators=[InputRequired()]),
        "special_price": MoneyField(_("Special price"), validators=[Optional()]),
        "floor_price": MoneyField(_("Lowest price"), validators=[Optional()]),
        "approved": BooleanField(
            _("Approve an early markdown"),
            description=_("A new product below its protected price: only approvers of headquarters may tick this."),
        ),
    }


_GIVEN = (
    "size",
    "colour",
    "list_price",
    "special_price",
    "special_from",
    "special_until",
    "floor_price",
    "launched_on",
    "members_only",
)


def _columns(form: Any) -> dict[str, Any]:
    """What a product form says, by the product's columns."""
    columns = {name: getattr(form, name).data for name in _GIVEN}
    columns["size"], columns["colour"] = columns["size"] or "", columns["colour"] or ""
    columns["season_code"] = form.season.data.code if form.season.data else None
    return columns


def _approval(form: Any) -> str:
    """Who approves an early markdown: an approver of headquarters who ticked it, else nobody."""
    may = any(role.name == HQ_APPROVER for role in g.user.roles)
    return who() if may and form.approved.data else ""


class ProductView(GuibinView):
    """What is sold: one size and colour of a style, with its prices."""

    datamodel = GuibinInterface(Product)
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_lookup", "off_sale", "on_sale"
    ]  # fmt: skip
    exclude_route_methods: Any = frozenset({"delete"})
    offered_when: ClassVar[dict[str, Any]] = {
        "off_sale": lambda product: product.active,
        "on_sale": lambda product: not product.active,
    }
    empty_text = _("No product yet.")
    empty_how = _("Add a style, then its products here.")
    list_title, show_title, add_title, edit_title = _("Products"), _("Product"), _("New product"), _("Edit product")
    list_columns = ["code", "style", "size", "colour", "category", "season", "list_price", "special_price"]
    amounts_in = staticmethod(currencies)
    show_columns = [
        "code",
        "style",
        "brand",
        "category",
        "season",
        "size",
        "colour",
        "list_price",
        "special_price",
        "special_from",
        "special_until",
        "floor_price",
        "launched_on",
        "members_only",
        "active",
    ]
    search_columns = ["code", "style", "size", "colour", "category", "season", "launched_on", "members_only", "active"]
    order_columns = ["code", "size", "colour", "list_price", "special_price", "launched_on"]
    base_order = ("id", "desc")
    add_columns = ["code", "style", "season", *_GIVEN, "approved"]
    edit_columns = ["season", *_GIVEN, "active", "approved"]
    add_form_extra_fields: ClassVar[dict[str, Any]] = _fields()
    edit_form_extra_fields: ClassVar[dict[str, Any]] = _fields()
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"style": ("code", "name"), "season": ("code", "name")}
    label_columns = {
        "code": _("Product code"),
        "style": _("Style"),
        "brand": _("Brand"),
        "category": _("Category"),
        "season": _("Season"),
        "size": _("Size"),
        "colour": _("Colour"),
        "list_price": _("List price"),
        "special_price": _("Special price"),
        "special_from": _("Special from"),
        "special_until": _("Special until"),
        "floor_price": _("Lowest price"),
        "launched_on": _("Launched on"),
        "members_only": _("Members only"),
        "active": _("On sale"),
        "approved": _("Approve an early markdown"),
    }
    formatters_columns = {
        "list_price": formats.money,
        "special_price": formats.money,
        "floor_price": formats.money,
        "special_from": formats.day,
        "special_until": formats.day,
        "launched_on": formats.day,
        "members_only": formats.yes_no,
        "active": formats.yes_no,
    }

    def create(self, form: Any) -> Any:
        """Add a product; brand and category come from its style."""
        with work() as session:
            product = services.add_product(
                session,
                approved_by=_approval(form),
                code=form.code.data.strip(),
                style_id=form.style.data.id,
                **_columns(form),
            )
        return self.datamodel.get(product.id)

    def change(self, item: Any, form: Any) -> None:
        """Change prices, days and descriptions."""
        columns = _columns(form) | {"active": form.active.data}
        with work() as session:
            services.change_product(session, product_id=item.id, approved_by=_approval(form), **columns)

    @action("off_sale", _("Take off sale"), _("Sell these products no more? They can be put on sale again."), "fa-ban")
    def off_sale(self, rows: Any) -> Any:
        """Take products off sale."""
        return self._set(rows, on_sale=False)

    @action("on_sale", _("Put on sale"), "", "fa-tag")
    def on_sale(self, rows: Any) -> Any:
        """Put products on sale again."""
        return self._set(rows, on_sale=True)

    def _set(self, rows: Any, *, on_sale: bool) -> Any:
        def mark(row: Product) -> None:
            with work() as session:
                services.set_on_sale(session, product_id=row.id, on_sale=on_sale)

        self.one_by_one(rows, mark)
        self.datamodel.session.expire_all()
        return redirect(self.get_redirect())


class StyleView(ArchivingView, GuibinView):
    """Designs, sold in sizes and colours."""

    datamodel = GuibinInterface(Style)
    empty_text = _("No style yet.")
    empty_how = _("Add the first, then its products by size and colour.")
    list_title, show_title, add_title, edit_title = _("Styles"), _("Style"), _("New style"), _("Edit style")
    list_columns = ["code", "name", "brand", "category"]
    show_columns = ["code", "name", "brand", "category"]
    search_columns = ["code", "name", "brand", "category"]
    order_columns = ["code", "name"]
    add_columns = ["code", "name", "brand", "category"]
    edit_columns = ["name", "category"]
    related_views = [ProductView]
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"category": ("code", "name")}
    label_columns = {
        "code": _("Style code"),
        "name": _("Name"),
        "brand": _("Brand"),
        "category": _("Category"),
    }


class CategoryView(ArchivingView, GuibinView):
    """Kinds of goods."""

    datamodel = GuibinInterface(Category)
    empty_text = _("No category yet.")
    empty_how = _("Add the first, so that styles can be put into it.")
    list_title, show_title, add_title, edit_title = (
        _("Categories"), _("Category"), _("New category"), _("Edit category")
    )  # fmt: skip
    list_columns = ["code", "name"]
    show_columns = ["code", "name", "parent"]
    search_columns = ["code", "name"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "parent"]
    edit_columns = ["name", "parent"]
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"parent": ("code", "name")}
    label_columns = {"code": _("Category code"), "name": _("Name"), "parent": _("Part of")}


class SeasonView(ArchivingView, GuibinView):
    """Selling seasons."""

    datamodel = GuibinInterface(Season)
    empty_text = _("No season yet.")
    empty_how = _("Add the one that is sold now, so that new goods are told from old ones.")
    list_title, show_title, add_title, edit_title = _("Seasons"), _("Season"), _("New season"), _("Edit season")
    list_columns = ["code", "name", "starts_on", "ends_on"]
    show_columns = ["code", "name", "starts_on", "ends_on"]
    search_columns = ["code", "name", "starts_on", "ends_on"]
    order_columns = ["code", "name", "starts_on"]
    base_order = ("code", "asc")
    add_columns = ["code", "name", "starts_on", "ends_on"]
    edit_columns = ["name", "starts_on", "ends_on"]
    label_columns = {
        "code": _("Season code"),
        "name": _("Name"),
        "starts_on": _("First day"),
        "ends_on": _("Last day"),
    }
    formatters_columns = {"starts_on": formats.day, "ends_on": formats.day}


VIEWS = (
    Entry(ProductView, name="Products", category="Settings", icon="fa-shirt", order=30, reads=EVERYBODY),
    Entry(StyleView, name="Styles", category="Settings", icon="fa-vest", order=31, reads=EVERYBODY, listed=OFFICE),
    Entry(
        CategoryView,
        name="Categories",
        category="Settings",
        icon="fa-sitemap",
        order=32,
        reads=EVERYBODY,
        listed=OFFICE,
    ),
    Entry(SeasonView, name="Seasons", category="Settings", icon="fa-leaf", order=33, reads=EVERYBODY, listed=OFFICE),
)
