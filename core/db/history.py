"""Records that keep their history: every flush writes who changed which field from what to what, for ever.

    class Season(WithHistory, SharedWithScope, Base): ...

What goes past the session (statements over bare tables, as imports use them) is not seen. Not for personal data: the
history cannot be erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from core import clock
from core.db.models import RecordChange
from core.db.scope import GuardedSession, current_scope
from core.ledger.entry import write_entries

_PLAIN = (str, int, bool, type(None))
MASK = "***"


class WithHistory:
    """Mixin of mapped classes whose changes are kept in core_record_change."""

    #: Columns of which is kept that they changed, not what was in them: persons, secrets.
    history_masks: ClassVar[tuple[str, ...]] = ()
    #: Columns whose changes are no history: counters, what the product notes by itself.
    history_leaves_out: ClassVar[tuple[str, ...]] = ()


@event.listens_for(GuardedSession, "after_flush")
def _keep(session: Session, _context: Any) -> None:
    """Write what this flush did; after it, when new rows have their keys."""
    rows = list(_changes(session))
    if not rows:
        return
    scope, at = current_scope(), clock.now()
    told = {"user_id": scope.user_id, "reason": scope.reason[:120], "at": at}
    write_entries(session, RecordChange.__table__, [row | told for row in rows])


def _changes(session: Session) -> Iterator[dict[str, Any]]:
    for what, found in (("created", session.new), ("changed", session.dirty), ("deleted", session.deleted)):
        for row in found:
            if isinstance(row, WithHistory):
                fields = _fields(row, what)
                if fields or what == "deleted":
                    yield {**record_of(row), "what": what, "fields": fields}


def _fields(row: WithHistory, what: str) -> dict[str, list[Any]]:
    """Return before and after of each column that changed; of a new row the values, of a deleted one what it was."""
    state = inspect(row)
    found = {}
    for attribute in state.mapper.column_attrs:
        if attribute.key in row.history_leaves_out:
            continue
        value, history = getattr(row, attribute.key), state.attrs[attribute.key].history
        if what == "created" and value is not None:
            found[attribute.key] = [None, plain(value)]
        elif what == "deleted":
            found[attribute.key] = [plain(value), None]
        elif what == "changed" and history.has_changes():
            found[attribute.key] = [plain(history.deleted[0]) if history.deleted else None, plain(value)]
    return found | {name: [MASK, MASK] for name in row.history_masks if name in found}


def record_of(row: Any) -> dict[str, str]:
    """Return under which table and key the history of a row is kept."""
    mapper = inspect(row).mapper
    keys = ",".join(str(value) for value in mapper.primary_key_from_instance(row))
    return {"table_name": mapper.local_table.name, "record": keys}


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: days and moments as ISO text."""
    if isinstance(value, _PLAIN):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def changes_of(session: Session, row: Any, limit: int = 50) -> Sequence[RecordChange]:
    """Return the newest changes of a record; the caller has read the record itself within the person's stores."""
    of = record_of(row)
    wanted = select(RecordChange).filter_by(**of).order_by(RecordChange.id.desc()).limit(limit)
    return session.scalars(wanted).all()
