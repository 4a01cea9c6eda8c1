"""Nobody overwrites what they have not seen: a form carries a seal of the row it shows, and saving compares."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext
from sqlalchemy import inspect
from wtforms import BooleanField, SelectField

from core.money import yuan
from core.web import formats
from core.web.forms import MoneyField

FIELD = "seen"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else saved otherwise than it is typed here."""

    label: str
    theirs: str
    mine: str


def seal(item: Any) -> str:
    """Return the seal of a row as it is now; it tells nothing about what is in the row."""
    state = inspect(item)
    return seal_of([(name, getattr(item, name)) for name in sorted(state.mapper.column_attrs.keys())])


def seal_of(values: Any) -> str:
    """Return the seal of what a form shows that is no form of one row; it tells nothing about the values."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, repr(values).encode(), hashlib.sha256).hexdigest()[:32]


def differences(item: Any, typed: Any, stored: Any) -> list[Difference]:
    """Return the fields of two forms that differ, of those the row has."""
    found = []
    for field in typed:
        if hasattr(item, field.short_name) and field.short_name in stored:
            theirs, mine = shown(stored[field.short_name]), shown(field)
            if theirs != mine:
                found.append(Difference(str(field.label.text), theirs, mine))
    return found


def shown(field: Any) -> str:
    """Return what a field holds as people read it."""
    value = field.data
    if isinstance(field, BooleanField):
        return str(gettext("Yes") if value else gettext("No"))
    if value is None or value == "":
        return formats.EMPTY
    if isinstance(field, MoneyField):
        return yuan(value)
    if isinstance(field, SelectField):
        return next((str(choice[1]) for choice in field.iter_choices() if choice[2]), str(value))
    return str(value)
