"""Words of the codes on these screens, and the names of who and what they are about."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release
from wtforms.validators import DataRequired

from addons.stores.models import Brand, Franchisee, Market, Region, Store
from core.web import formats
from core.web.forms import PlainSelect
from core.web.here import builder

FORMATS: dict[str, Any] = {
    "boutique": _("Boutique"),
    "flagship": _("Flagship store"),
    "outlet": _("Outlet"),
    "counter": _("Counter"),
    "department": _("Department store"),
    "online": _("Online store"),
}
ROLES: dict[str, Any] = {"cashier": _("Cashier"), "guide": _("Guide"), "manager": _("Store manager")}
KINDS: dict[str, Any] = {
    "store": _("One store"),
    "franchisee": _("All stores of a franchisee"),
    "region": _("All stores of a region"),
    "hq": _("All stores"),
    "auditor": _("All stores, read only"),
}
OCCASIONS: dict[str, Any] = {
    "member_day": _("Member day"),
    "anniversary": _("Store anniversary"),
    "opening": _("Opening"),
    "session": _("Members' session"),
    "festival": _("Festival"),
    "other": _("Another occasion"),
}
REPEATS: dict[str, Any] = {
    "never": _("Only once"),
    "weekly": _("Every week"),
    "monthly": _("Every month on the same date"),
    "monthly_weekday": _("Every month on the same weekday"),
    "yearly": _("Every year on the same date"),
    "lunar": _("Every year by the lunar calendar"),
}
CURRENCIES = ("CNY", "HKD", "MOP", "TWD")
ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei")


def choice_of(label: Any, choices: dict[str, Any]) -> SelectField:
    """Return a field to choose one of these codes."""
    codes = [SelectChoice(code, words) for code, words in choices.items()]
    return SelectField(label, choices=codes, widget=PlainSelect(), validators=[DataRequired()])


def codes_of(label: Any, codes: tuple[str, ...]) -> SelectField:
    """Return a field to choose one of these codes, which are their own words."""
    return choice_of(label, {code: code for code in codes})


_PLACES: tuple[tuple[str, Any], ...] = (
    ("store", Store), ("franchisee", Franchisee), ("region", Region), ("brand", Brand), ("market", Market),
)  # fmt: skip


def names_of_users() -> dict[int, str]:
    """Return all user names; read once a request."""
    if "stores_users" not in g:
        g.stores_users = dict(builder().session.execute(select(User.id, User.username)).all())
    found: dict[int, str] = g.stores_users
    return found


def told_user(key: int | None) -> str:
    """Write a user by name; what nobody logged in for was done by the product itself."""
    return formats.EMPTY if key is None else names_of_users().get(key, str(key))


def told_place(place: tuple[str, int | None]) -> str:
    """Write the store, franchisee or region of a responsibility by name; read once a request."""
    if "stores_places" not in g:
        session = builder().session
        g.stores_places = {
            (kind, key): name for kind, model in _PLACES for key, name in session.execute(select(model.id, model.name))
        }
    return str(g.stores_places.get(place, formats.EMPTY))
