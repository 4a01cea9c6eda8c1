"""A small addon for the tests: shops, customers and their notes, with screens and an API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import redirect
from flask_babel import lazy_gettext
from marshmallow import Schema, fields
from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from core.db.base import Base
from core.db.scope import OfStoreOrAll, Scope, SharedWithScope, StoreScoped
from core.db.types import Key, Moment
from core.errors import Invalid, Refusal
from core.web import formats
from core.web.menu import Entry
from core.web.roles import HQ, STORES
from core.web.views import (
    GuibinApi,
    GuibinInterface,
    GuibinModelApi,
    GuibinPage,
    GuibinView,
    ReadOnlyView,
    action,
    expose,
    has_access,
    protect,
)


class Town(SharedWithScope, Base):
    """Seen by everybody, written by those who write everywhere."""

    __tablename__ = "trial_town"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Shop(StoreScoped, Base):
    """A store; its own key is its scope."""

    __tablename__ = "trial_shop"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, index=True)
    name: Mapped[str] = mapped_column(String(40))

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Customer(StoreScoped, Base):
    """A person of a store."""

    __tablename__ = "trial_customer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, ForeignKey("trial_shop.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    tier: Mapped[str] = mapped_column(String(20), default="ordinary")
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    birthday: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str | None] = mapped_column(String(40))
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    town_id: Mapped[int | None] = mapped_column(Key, ForeignKey("trial_town.id"))

    shop: Mapped[Shop] = relationship(lazy="selectin")
    town: Mapped[Town | None] = relationship(lazy="selectin")
    notes: Mapped[list[Note]] = relationship(back_populates="customer")

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Note(StoreScoped, Base):
    """Something to remember of a customer."""

    __tablename__ = "trial_note"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, index=True)
    customer_id: Mapped[int] = mapped_column(Key, ForeignKey("trial_customer.id"))
    text: Mapped[str] = mapped_column(Text)

    customer: Mapped[Customer] = relationship(back_populates="notes", lazy="selectin")

    def __str__(self) -> str:
        """Return the text."""
        return self.text


class Notice(OfStoreOrAll, Base):
    """Something to tell: in one store, or in all of them."""

    __tablename__ = "trial_notice"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int | None] = mapped_column(Key, ForeignKey("trial_shop.id"), index=True)
    text: Mapped[str] = mapped_column(Text)

    shop: Mapped[Shop | None] = relationship(lazy="selectin")

    def __str__(self) -> str:
        """Return the text."""
        return self.text


TABLES = [kind.__table__ for kind in (Town, Shop, Customer, Note, Notice)]


class TooMuch(Refusal):
    """More than anybody spends."""

    sentence = "%(amount)s is too much."
    amount: int


class ShopView(ReadOnlyView):
    """Shops."""

    datamodel = GuibinInterface(Shop)
    list_title, show_title = "Shops", "Shop"
    list_columns = ["name", "store_id"]
    search_columns = ["name"]
    show_columns = ["name"]
    label_columns = {"name": "Name", "store_id": "Store"}


class TownView(GuibinView):
    """Towns."""

    datamodel = GuibinInterface(Town)
    list_title, show_title, add_title, edit_title = "Towns", "Town", "New town", "Edit town"
    list_columns = ["name"]
    search_columns = ["name"]
    show_columns = ["name"]
    add_columns = ["name"]
    edit_columns = ["name"]
    label_columns = {"name": "Name"}
    write_roles = STORES


class NoteView(GuibinView):
    """Notes."""

    datamodel = GuibinInterface(Note)
    list_title, show_title, add_title, edit_title = "Notes", "Note", "New note", "Edit note"
    list_columns = ["text", "customer"]
    search_columns = ["text", "customer"]
    show_columns = ["text", "customer"]
    add_columns = ["text", "customer"]
    edit_columns = ["text", "customer"]
    label_columns = {"text": "Text", "customer": "Customer"}
    lookups = {"customer": ("name", "phone")}
    write_roles = STORES

    def pre_add(self, item: Note) -> None:
        """Put the note into the customer's store."""
        item.store_id = item.customer.store_id


class CustomerView(GuibinView):
    """Customers."""

    datamodel = GuibinInterface(Customer)
    related_views = [NoteView]
    list_title, show_title, add_title, edit_title = "Customers", "Customer", "New customer", "Edit customer"
    list_columns = ["name", "tier", "spent", "shop", "birthday", "active"]
    search_columns = ["name", "phone", "shop", "active", "birthday", "spent"]
    order_columns = ["name", "spent", "shop.name"]
    show_columns = ["name", "phone", "tier", "spent", "shop", "birthday", "active", "seen_at", "town"]
    add_columns = ["name", "phone", "spent", "birthday", "active", "seen_at", "shop", "town"]
    edit_columns = ["name", "phone", "spent", "birthday", "active", "seen_at", "shop", "town"]
    label_columns = {
        "name": lazy_gettext("Name"), "phone": "Phone", "tier": "Tier", "spent": "Spent", "shop": "Shop",
        "birthday": "Birthday", "active": lazy_gettext("Active"), "seen_at": "Seen", "town": "Town",
    }  # fmt: skip
    formatters_columns = {
        "tier": formats.tier_chip, "spent": formats.money, "birthday": formats.day, "active": formats.yes_no,
        "seen_at": formats.moment,
    }  # fmt: skip
    write_roles = STORES
    also_reads = ("peek",)

    def pre_add(self, item: Customer) -> None:
        """Refuse what nobody spends."""
        self._check(item)

    def pre_update(self, item: Customer) -> None:
        """Refuse what nobody spends."""
        self._check(item)

    @staticmethod
    def _check(item: Customer) -> None:
        if (item.spent or 0) > 10**9:
            raise TooMuch(amount=item.spent)
        if item.name == "nobody":
            raise Invalid(field="name", problem="Already exists.")

    @action("reward", "Reward", "Sure?", "fa-gift")
    def reward(self, items: Any) -> Any:
        """Add to what was spent."""
        for item in items if isinstance(items, list) else [items]:
            item.spent += 1000
            self.datamodel.edit(item)
        return redirect(self.get_redirect())

    @action("peek", "Peek", multiple=False)
    def peek(self, item: Customer) -> Any:
        """Show what is hidden."""
        return f"peeked at {item.name}"


class CustomerApi(GuibinModelApi):
    """Customers for programs."""

    resource_name = "customer"
    datamodel = GuibinInterface(Customer)
    list_columns = ["id", "name", "shop.name", "spent"]
    show_columns = ["id", "name", "store_id", "spent"]
    add_columns = ["name", "shop", "spent", "active"]
    edit_columns = ["name", "shop", "spent", "active"]
    search_columns = ["name"]
    write_roles = STORES


class _Asked(Schema):
    number = fields.Integer(required=True)


class SumApi(GuibinApi):
    """An API of one's own."""

    resource_name = "sum"
    csrf_exempt = True
    read_roles = STORES

    @expose("/refuse", methods=["GET"])
    @protect(allow_browser_login=True)
    def refuse(self) -> Any:
        """Refuse."""
        raise TooMuch(amount=7)

    @expose("/load", methods=["GET"])
    @protect(allow_browser_login=True)
    def load(self) -> Any:
        """Load nothing."""
        return _Asked().load({"number": "x"})

    @expose("/fail", methods=["GET"])
    @protect(allow_browser_login=True)
    def fail(self) -> Any:
        """Fail."""
        secret = "SELECT secret FROM trial_customer"
        raise RuntimeError(secret)


class PlainPage(GuibinPage):
    """A page of one's own."""

    default_view = "index"
    route_base = "/plainpage"

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Refuse with a page."""
        raise TooMuch(amount=9)


class HeadquartersView(ReadOnlyView):
    """Only for headquarters."""

    datamodel = GuibinInterface(Town)
    route_base = "/headquarters"
    list_title, show_title = "Headquarters", "Headquarters"
    list_columns = ["name"]
    search_columns = ["name"]
    show_columns = ["name"]
    label_columns = {"name": "Name"}
    read_roles = HQ


ENTRIES = (
    Entry(CustomerView, "Customers", "Members", "fa-user", order=10),
    Entry(NoteView, "Notes", "Members", "fa-note-sticky", order=20),
    Entry(ShopView, "Shops", "Settings", "fa-store"),
    Entry(TownView, "Towns", "Settings", "fa-city"),
    Entry(PlainPage, "Plain", "Reports", "fa-file"),
    Entry(HeadquartersView, "Headquarters", "Settings", "fa-building"),
)
APIS = (CustomerApi, SumApi)

#: What the accounts of the tests may see, by their number.
SCOPES: dict[int, Scope] = {}


def scope_of(_session: Session, user_id: int) -> Scope:
    """Return the scope of an account."""
    return SCOPES.get(user_id, Scope())
