"""What the master data of stores was and is, in words: for the list of all changes, and for the page of each record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from addons.stores.domain import rate_text
from addons.stores.models import Change
from addons.stores.views.words import (
    FORMATS,
    KINDS,
    OCCASIONS,
    REPEATS,
    ROLES,
    names_of_users,
    told_place,
)
from core.web import formats
from core.web.lists import history

_SHOWN_AT_MOST = 50
#: Columns that no new record leaves empty and no change empties: a row with neither before is the record's first.
_ALWAYS_SET = ("name", "currency")
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
_PLACES = {f"{kind}_id": kind for kind in ("brand", "franchisee", "market", "region", "store")}


def changed(fields: dict[str, Any] | None) -> str:
    """Write what was changed: of something new each value, else what it was and what it is."""
    parts = [
        str(gettext("%(what)s: %(value)s", what=label, value=new if old is None else f"{old} → {new}"))
        for label, old, new in _in_words(fields or {})
    ]
    return str(gettext("; ")).join(parts)


def _in_words(fields: dict[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    """Yield the label of each field that changed, what it was (None for nothing) and what it is."""
    kinds = fields.get("kind", (None, None))
    for name, pair in fields.items():
        before, after = (_named(name, value, kind) for value, kind in zip(pair, kinds, strict=True))
        if pair[0] != pair[1]:
            yield str(FIELDS.get(name, name)), None if pair[0] is None else before, after


def _named(name: str, value: Any, kind: str | None) -> str:
    """Write a value; what is looked after by its name, where the change says of which kind it is."""
    if name == "target_id" and value is not None and kind is not None:
        return told_place((kind, value))
    return _value(name, value)


def _value(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool):
        return formats.yes_no(value)
    if name == "archived_at":
        return formats.moment(datetime.fromisoformat(value))
    if name in _CODES:
        return formats.worded(_CODES[name])(value)
    if name == "millionths":
        return rate_text(value)
    if name == "user_id":
        return names_of_users().get(value, str(value))
    return told_place((_PLACES[name], value)) if name in _PLACES else str(value)


class WithChanges:
    """Mixin of views over the master data of stores: their history is the one that all processes go by."""

    datamodel: Any

    def _history(self, item: Any) -> list[history.Step]:
        """Return the newest changes of a record."""
        wanted = select(Change).filter_by(kind=type(item).__tablename__, record=str(item.id))
        session = self.datamodel.session
        newest = session.scalars(wanted.order_by(Change.id.desc()).limit(_SHOWN_AT_MOST)).all()
        names = history.names_of(session, {change.user_id for change in newest if change.user_id is not None})
        return [_step(change, names) for change in newest]


def _step(change: Change, names: dict[int, str]) -> history.Step:
    is_new = any(name in change.fields and change.fields[name][0] is None for name in _ALWAYS_SET)
    fields = (
        ()
        if is_new
        else tuple((label, formats.EMPTY if old is None else old, new) for label, old, new in _in_words(change.fields))
    )
    who = names.get(change.user_id or 0) or gettext("The system")
    return history.Step(change.at, who, history.said("created" if is_new else "changed"), fields)
