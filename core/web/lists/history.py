"""The history of a record as its page shows it: when, who, and each field before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext, lazy_gettext
from markupsafe import escape
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from core.db.history import WithHistory, changes_of
from core.db.models import RecordChange
from core.web import formats

#: The column of those who log in; accounts are no relation of the addons' tables.
_ACCOUNT = "user_id"
#: What every class with an archive has, and what of several classes is called alike.
_LABELS = {"archived_at": lazy_gettext("Put away"), _ACCOUNT: lazy_gettext("Account")}
#: What ran without a person, where a history is read.
_REASONS = {
    "install addons": lazy_gettext("Addons were installed"),
    "first set-up": lazy_gettext("The first set-up"),
    "set up the demonstration": lazy_gettext("The demonstration"),
    "demo": lazy_gettext("The demonstration"),
}
_WHAT = {
    "created": lazy_gettext("New record"),
    "changed": lazy_gettext("Record changed"),
    "deleted": lazy_gettext("Record deleted"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `fields` are (label, before, after)."""

    at: datetime
    who: str
    what: str
    fields: tuple[tuple[str, str, str], ...]


def steps(session: Session, item: Any, labels: Mapping[str, Any], formatters: Mapping[str, Any]) -> list[Step] | None:
    """Return the newest changes of a record, None where its class keeps none."""
    if not isinstance(item, WithHistory):
        return None
    changes = changes_of(session, item)
    names = names_of(session, {change.user_id for change in changes if change.user_id is not None})
    words = Words(session, item, labels, formatters)
    return [_step(change, names, words) for change in changes]


def said(what: str) -> str:
    """Return in words what was done with a record: created, changed, deleted."""
    return str(_WHAT[what])


def _step(change: RecordChange, names: dict[int, str], words: Words) -> Step:
    who = names.get(change.user_id or 0) or _REASONS.get(change.reason) or change.reason or gettext("The system")
    fields = tuple(
        (words.label(name), words.shown(name, before), words.shown(name, after))
        for name, (before, after) in change.fields.items()
        if change.what == "changed"
    )
    return Step(change.at, str(who), said(change.what), fields)


def names_of(session: Session, user_ids: set[int]) -> dict[int, str]:
    """Return the names of people by their keys."""
    rows = session.execute(select(User.id, User.first_name, User.last_name).where(User.id.in_(user_ids)))
    return {key: f"{first} {last}".strip() for key, first, last in rows}


class Words:
    """What was kept of a record as its page writes it: amounts as amounts, codes in words, other records by name."""

    def __init__(self, session: Session, item: Any, labels: Mapping[str, Any], formatters: Mapping[str, Any]) -> None:
        """Keep what the page knows, and to which records the columns lead."""
        self._session, self._labels, self._formatters = session, labels, formatters
        relations = inspect(item).mapper.relationships
        self._leads_to = {
            local.name: (relation.mapper.class_, remote.name)
            for relation in relations
            for local, remote in relation.local_remote_pairs or ()
            if not relation.uselist
        }

    def label(self, name: str) -> str:
        """Return what a column is called."""
        short = name.removesuffix("_id").removesuffix("_code")
        return str(_LABELS.get(name) or self._labels.get(name) or self._labels.get(short) or name)

    def shown(self, name: str, value: Any) -> str:
        """Return a value as text."""
        if isinstance(value, bool):
            return formats.yes_no(value)
        if value is not None and name in self._leads_to:
            return self._named(*self._leads_to[name], value)
        if value is not None and name == _ACCOUNT:
            return names_of(self._session, {value}).get(value) or str(value)
        formatter: Any = self._formatters.get(name)
        if value and (name == "archived_at" or formatter is formats.moment):
            return formats.moment(datetime.fromisoformat(value))
        if (isinstance(value, int) and formatter in formats.NUMERIC) or value in formats.codes_of(formatter):
            return str(escape(formatter(value)).striptags())
        return formats.text(value)

    def _named(self, model: Any, column: str, value: Any) -> str:
        """Return the name of another record in the person's sight, else its key."""
        found = self._session.scalar(select(model).where(getattr(model, column) == value))
        return str(value) if found is None else str(found)
