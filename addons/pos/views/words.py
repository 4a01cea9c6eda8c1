"""Words and form fields that several screens of the API share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older release
from wtforms.validators import DataRequired, Length

from core.web.forms import PlainSelect, PlainText
from core.web.roles import FRANCHISE_ADMIN, HQ, STORE_MANAGER

READERS = (STORE_MANAGER, FRANCHISE_ADMIN, *HQ)

COVERS: dict[str, Any] = {"store": _("This store"), "franchisee": _("All stores of its franchisee")}
EVENTS: dict[str, Any] = {
    "receipt.posted": _("Receipts"),
    "return.posted": _("Returns"),
    "visit.recorded": _("Visits recorded by tills"),
    "conflict.recorded": _("Conflicts of sales made offline"),
    "trial": _("Trial"),
}
DELIVERIES: dict[str, Any] = {
    "waiting": ("warn", _("On its way")),
    "sent": ("good", _("Arrived")),
    "dead": ("bad", _("Given up")),
}


CONFLICTS: dict[str, Any] = {
    "voucher": _("Voucher"),
    "limit": _("Limited offer"),
    "under_price": _("Paid too little"),
    "over_price": _("Paid too much"),
    "unknown_member": _("Unknown member"),
    "card_state": _("Card not in use"),
    "pack": _("Offline pack"),
    "clock": _("Clock of the till"),
    "not_posted": _("Not posted"),
}
BEARERS: dict[str, Any] = {
    "nobody": _("Nobody"),
    "store": _("The store"),
    "headquarters": _("Headquarters"),
    "customer": _("Owed to the customer"),
}
SALES: dict[str, Any] = {
    "posted": ("good", _("Receipt written")),
    "held": ("warn", _("Waits for a person")),
    "closed": ("quiet", _("Closed without a receipt")),
}


def installation_secret() -> str:
    """Return the secret of the installation, from which those of webhooks follow."""
    return str(current_app.config["SECRET_KEY"])


def line(label: Any, longest: int, *, help: Any = "") -> StringField:  # noqa: A002 - what WTForms calls description
    """Return a field of one line that must be filled in."""
    return StringField(label, validators=[DataRequired(), Length(max=longest)], widget=PlainText(), description=help)


def choice(label: Any, words: Mapping[str, Any]) -> SelectField:
    """Return a field to choose one of these codes."""
    codes = [SelectChoice(code, words[code]) for code in words]
    return SelectField(label, choices=codes, widget=PlainSelect(), validators=[DataRequired()])
