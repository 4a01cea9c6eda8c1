"""Connections to PostgreSQL: fewer journeys between the product and the database than the driver makes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection

from core.db.pipeline import Answer, Pipeline, lost
from core.db.wall import is_behind

_OPEN = {TransactionStatus.INTRANS, TransactionStatus.INERROR}


class Line(psycopg.Connection[Any]):
    """A connection whose prepared statements outlive a rollback.

    The driver gives all of them up, for tables that a transaction made may be gone; here none is made while the
    product runs, and most transactions only read, which ends with a rollback too.
    """

    def rollback(self) -> None:
        """Undo the transaction; OperationalError where the server is gone."""
        status = self.pgconn.transaction_status
        if status == TransactionStatus.IDLE:
            return
        if status not in _OPEN:
            super().rollback()  # nobody to tell
            return
        with self.lock:
            done = self.pgconn.exec_(b"ROLLBACK")
        if self.closed:
            raise lost(self)
        if done.status != ExecStatus.COMMAND_OK:
            raise error_from_result(done)


class MoneyLine(Line):
    """A connection that sends ahead what needs no answer: the beginning, what is written, and the end.

    Whatever is asked next, at the latest the commit, brings all answers; the first statement that failed is the one
    that is raised. A failure is never missed: the server does nothing after it, and commits nothing.
    """

    is_glance = False  # each statement is a transaction of its own

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what the driver gives; transactions are begun here."""
        super().__init__(*given, **named)
        self._begun = False
        self._ahead = Pipeline(self)
        self._looked: dict[str, tuple[Any, bool, Answer]] = {}  # questions sent ahead, and whether they count for good

    def cursor(self, *given: Any, **named: Any) -> Any:
        """Return a cursor of the usual kind, for SQLAlchemy: everything sent so far is answered first."""
        self._look_again()
        self._begin()
        self._ahead.leave()
        return super().cursor(*given, **named)

    def ask(self, text: str, values: Sequence[Any], *, reads: bool = False) -> Answer:
        """Send a statement; whoever asks its answer waits for no more than it must.

        `reads` says that nothing is changed or locked by it.
        """
        if reads and (looked := self._looked.pop(text, None)) and looked[0] == values:
            return looked[2]
        if not reads:
            self._require_transaction()
            self._look_again()
        self._begin()
        return self._ahead.send(text, values)

    def look_ahead(self, text: str, values: Sequence[Any], *, for_good: bool = False) -> None:
        """Send a question that will be asked soon; its answer counts if nothing is changed or locked before.

        `for_good` says that it counts in any case.
        """
        self._begin()
        self._looked[text] = values, for_good, self._ahead.send(text, values)

    def commit(self) -> None:
        """Send the end of the transaction and wait for every answer."""
        self._looked.clear()
        if self._begun:
            end = self._ahead.send("COMMIT")
            self._ahead.leave()
            self._begun = False
            if end.tag != b"COMMIT":  # so the server answers where a statement failed and nobody minded
                raise psycopg.errors.InFailedSqlTransaction

    def rollback(self) -> None:
        """Undo the transaction, whatever became of what was sent."""
        self._looked.clear()
        with suppress(psycopg.Error):
            self._ahead.leave()
        self._begun = False
        super().rollback()

    def _require_transaction(self) -> None:
        if self.is_glance:
            message = "a glance changes nothing: there is no transaction that could be undone"
            raise psycopg.InterfaceError(message)

    def _look_again(self) -> None:
        """Forget answers that may not be true any more."""
        if self._looked:
            self._looked = {text: asked for text, asked in self._looked.items() if asked[1]}

    def _begin(self) -> None:
        if not self._begun and not self.is_glance:
            self._ahead.send("BEGIN")
            self._begun = True


@contextmanager
def at_a_glance(connection: Connection) -> Iterator[None]:
    """Let each statement on a connection be a transaction of its own, where that is cheaper and nothing forbids it."""
    raw: Any = connection.connection.dbapi_connection
    if not isinstance(raw, MoneyLine) or is_behind(connection):  # what is said there lasts a transaction
        yield
        return
    raw.is_glance = True
    try:
        yield
    finally:
        raw.is_glance = False
