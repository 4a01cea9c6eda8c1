"""Words and form fields that the screens of stores share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release
from wtforms.validators import DataRequired

from core.web import formats
from core.web.forms import PlainSelect

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
CURRENCIES = ("CNY", "HKD", "MOP", "TWD")
ZONES = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei")


def choice(label: Any, choices: dict[str, Any]) -> SelectField:
    """Return a field with a short list of codes, each in the person's language."""
    codes = [SelectChoice(code, words) for code, words in choices.items()]
    return SelectField(label, choices=codes, widget=PlainSelect(), validators=[DataRequired()])


def codes(label: Any, codes: tuple[str, ...]) -> SelectField:
    """Return a field with codes that are written the same in every language."""
    return choice(label, {code: code for code in codes})


def worded(words: dict[str, Any]) -> Callable[[str | None], str]:
    """Return a formatter of codes in the person's language."""
    return lambda code: str(words.get(code or "", code or formats.EMPTY))
