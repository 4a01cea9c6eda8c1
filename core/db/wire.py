"""Connections to PostgreSQL: fewer journeys between the product and the database than the driver makes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import send
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection

from core.db.wall import is_behind

_NOTHING = (None, False)
_MOST_HELD = 100  # statements; more are sent, so that neither side keeps too much
_OPEN = {TransactionStatus.INTRANS, TransactionStatus.INERROR}


class Line(psycopg.Connection[Any]):
    """A connection whose prepared statements outlive a rollback.

    The driver gives all of them up, for tables that a transaction made may be gone; here none is made while the
    product runs, and most transactions only read, which ends with a rollback too.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what the driver gives."""
        super().__init__(*given, **named)
        self._cursors: dict[str, psycopg.Cursor[Any]] = {}

    def ask(self, text: str, values: Any, *, many: bool = False, reads: bool = False) -> psycopg.Cursor[Any]:
        """Run a statement and return its cursor, which is kept: it knows how values and columns are written.

        `reads` says that nothing is changed or locked by it.
        """
        cursor = self._cursor_of(text)
        (cursor.executemany if many else cursor.execute)(text, values)
        return cursor

    def _cursor_of(self, text: str) -> psycopg.Cursor[Any]:
        cursor = self._cursors.get(text)
        if cursor is None:
            cursor = self._cursors[text] = super().cursor()
        return cursor

    def counted(self, cursor: psycopg.Cursor[Any]) -> int:
        """Return how many rows the statement of a cursor changed."""
        return cursor.rowcount

    def rollback(self) -> None:
        """Undo the transaction; OperationalError where the server is gone."""
        if self.pgconn.transaction_status not in _OPEN:
            super().rollback()  # nothing to undo, or nobody to tell
            return
        with self.lock:
            done = self.pgconn.exec_(b"ROLLBACK")
        if self.closed:
            raise psycopg.OperationalError(self.pgconn.get_error_message())  # the result bears no code that says so
        if done.status != ExecStatus.COMMAND_OK:
            raise error_from_result(done)


class _Held(psycopg.Pipeline):
    """Holds statements back until an answer is needed, then sends all at once.

    The driver would send each by itself, as soon as the line is free: that wakes the server for each, and costs more
    than most statements do.
    """

    def _communicate_gen(self) -> PQGen[None]:
        if len(self.command_queue) >= _MOST_HELD:
            yield from super()._communicate_gen()

    def _fetch_gen(self, *, flush: bool) -> PQGen[None]:
        while self.command_queue:
            self.command_queue.popleft()()
        if not flush:  # else the parent class does this
            yield from send(self.pgconn)
        yield from super()._fetch_gen(flush=flush)


class MoneyLine(Line):
    """A connection that sends ahead what needs no answer: the beginning, what is written, and the end.

    Whatever is asked next, at the latest the commit, brings all answers; the first statement that failed is the one
    that is raised. A failure is never missed: the server does nothing after it, and commits nothing.
    """

    is_glance = False  # each statement is a transaction of its own
    _begun = False
    _ahead: psycopg.Pipeline | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what the driver gives; transactions are begun here."""
        super().__init__(*given, **named)
        self._leave = ExitStack()
        self._looked: dict[str, tuple[Any, bool]] = {}  # questions sent ahead: their values, and whether for good

    def cursor(self, *given: Any, **named: Any) -> Any:
        """Return a cursor of the usual kind, for SQLAlchemy: everything sent so far is answered first."""
        self._look_again()
        self._begin()
        self._settle()
        return super().cursor(*given, **named)

    def ask(self, text: str, values: Any, *, many: bool = False, reads: bool = False) -> psycopg.Cursor[Any]:
        """Run a statement and return its cursor; fetching its rows waits for no more than it must."""
        if reads and self._looked.pop(text, _NOTHING)[0] == values:
            return self._cursor_of(text)
        if not reads:
            self._require_transaction()
            self._look_again()
        self._begin()
        return super().ask(text, values, many=many, reads=reads)

    def look_ahead(self, text: str, values: Any, *, for_good: bool = False) -> None:
        """Send a question that will be asked soon; its answer counts if nothing is changed or locked before.

        `for_good` says that it counts in any case.
        """
        self._begin()
        self._go_ahead()
        self._cursor_of(text).execute(text, values)
        self._looked[text] = values, for_good

    def counted(self, cursor: psycopg.Cursor[Any]) -> int:
        """Wait for all answers and return how many rows the statement of a cursor changed."""
        if self._ahead is not None:
            self._ahead.sync()
        return super().counted(cursor)

    def send(self, text: str, given: Sequence[Any]) -> None:
        """Send a statement with each of these values; nobody waits for its answers."""
        self._require_transaction()
        self._look_again()
        self._begin()
        self._go_ahead()
        cursor = self._cursor_of(text)
        for values in given:
            cursor.execute(text, values)

    def commit(self) -> None:
        """Send the end of the transaction and wait for every answer."""
        self._looked.clear()
        if self._begun:
            self._go_ahead()
            end = self._cursor_of("COMMIT").execute("COMMIT", prepare=False)
            self._settle()
            self._begun = False
            if end.statusmessage != "COMMIT":  # so the server answers where a statement failed and nobody minded
                raise psycopg.errors.InFailedSqlTransaction

    def rollback(self) -> None:
        """Undo the transaction, whatever became of what was sent."""
        self._looked.clear()
        with suppress(psycopg.Error):
            self._settle()
        self._begun = False
        super().rollback()

    def close(self) -> None:
        """Close the connection; what was sent and not committed is undone by the server."""
        super().close()
        with suppress(psycopg.Error):
            self._settle()

    def _require_transaction(self) -> None:
        if self.is_glance:
            message = "a glance changes nothing: there is no transaction that could be undone"
            raise psycopg.InterfaceError(message)

    def _look_again(self) -> None:
        """Forget answers that may not be true any more."""
        self._looked = {text: asked for text, asked in self._looked.items() if asked[1]}

    def _begin(self) -> None:
        if not self._begun and not self.is_glance:
            self._go_ahead()
            self._cursor_of("BEGIN").execute("BEGIN", prepare=False)
            self._begun = True

    def _go_ahead(self) -> None:
        if self._ahead is None:
            self._pipeline = _Held(self)
            self._ahead = self._leave.enter_context(self.pipeline())

    def _settle(self) -> None:
        if self._ahead is not None:
            self._ahead = None
            self._leave.close()


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
