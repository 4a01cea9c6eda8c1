"""The outbox read: messages are handed over in the transaction that marks them: none is lost, none comes twice.

What sends them on keeps what it was handed in tables of its own, in the same transaction: `OUTBOX = (receive,)` in an
addon's services, called as receive(session, messages).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Update, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from core.db.models import Outbox
from core.db.session import work

TOGETHER = 200  # messages handed over in one transaction


class Message(NamedTuple):
    """What happened, as it was written in the transaction in which it did."""

    id: int
    name: str
    data: Mapping[str, Any]
    created_at: datetime


Receive = Callable[[Session, Sequence[Message]], None]

_T = Outbox.__table__


def _take(*, skip_locked: bool) -> Update:
    """Return the statement that marks the oldest messages and returns them; another relay's are left alone."""
    oldest = select(_T.c.id).where(_T.c.sent_at.is_(None)).order_by(_T.c.id).limit(bindparam("b_most"))
    oldest = oldest.with_for_update(skip_locked=True) if skip_locked else oldest
    marked = update(_T).where(_T.c.id.in_(oldest.scalar_subquery())).values(sent_at=bindparam("b_now"))
    return marked.returning(*(_T.c[name] for name in Message._fields))


_TAKE = {"sqlite": _take(skip_locked=False), "postgresql": _take(skip_locked=True)}


def hand_over(receivers: Iterable[Receive], now: datetime, most: int = TOGETHER) -> int:
    """Hand the oldest messages that nobody was handed yet to all receivers, and return how many there were."""
    with work() as session:
        connection = session.connection()
        rows = connection.execute(_TAKE[connection.dialect.name], {"b_most": most, "b_now": now}).all()
        messages = sorted((Message(*row) for row in rows), key=lambda message: message.id)
        if messages:
            for receive in receivers:
                receive(session, messages)
    return len(messages)


def forget_sent(session: Session, before: datetime) -> int:
    """Delete the messages that were handed over before a moment, and return how many.

    The newest one stays: SQLite would give its number to another one.
    """
    newest = select(func.max(_T.c.id)).scalar_subquery()
    old = delete(_T).where(_T.c.sent_at < before, _T.c.id < newest)
    return int(session.connection().execute(old).rowcount)
