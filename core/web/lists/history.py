"""The history of a record as its page shows it: when, who, and each field before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.history import WithHistory, changes_of
from core.db.models import RecordChange
from core.web import formats

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


def steps(session: Session, item: Any, labels: dict[str, Any]) -> list[Step] | None:
    """Return the newest changes of a record, None where its class keeps none."""
    if not isinstance(item, WithHistory):
        return None
    changes = changes_of(session, item)
    names = _names(session, {change.user_id for change in changes if change.user_id is not None})
    return [_step(change, names, labels) for change in changes]


def _step(change: RecordChange, names: dict[int, str], labels: dict[str, Any]) -> Step:
    who = names.get(change.user_id or 0) or change.reason or gettext("The system")
    fields = tuple(
        (str(labels.get(name) or labels.get(name.removesuffix("_id")) or name), _shown(before), _shown(after))
        for name, (before, after) in change.fields.items()
        if change.what == "changed"
    )
    return Step(change.at, who, str(_WHAT[change.what]), fields)


def _names(session: Session, user_ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(User.id, User.first_name, User.last_name).where(User.id.in_(user_ids)))
    return {key: f"{first} {last}".strip() for key, first, last in rows}


def _shown(value: Any) -> str:
    return formats.yes_no(value) if isinstance(value, bool) else formats.text(value)
