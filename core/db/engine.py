"""Engines for SQLite and PostgreSQL as reliability.md section 2 found them safe.

SQLite: WAL, FULL, foreign keys, and for writes of value BEGIN IMMEDIATE behind one file lock, since waiting for
SQLite's own lock is unfair. PostgreSQL: READ COMMITTED, synchronous commits, short time-outs.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Any

from psycopg.abc import Buffer
from psycopg.adapt import Loader
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from core import clock
from core.db.restricted import restrict
from core.db.wall import MONEY, stand_behind
from core.db.wire import Line, MoneyLine

__all__ = ["MONEY", "PRAGMAS", "lock_path", "open_engine", "open_money_engine"]

_BEGIN = "BEGIN IMMEDIATE"
#: How every connection to SQLite is set up.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA busy_timeout=30000",
    "PRAGMA cache_size=-32000",
)
_POSTGRESQL = "-c synchronous_commit=on -c lock_timeout=3000 -c timezone=UTC"
#: Milliseconds: pages and jobs may think for a while; whoever moves value holds locks that others wait for.
_USUAL = f"{_POSTGRESQL} -c idle_in_transaction_session_timeout=60000"
_MONEY = f"{_POSTGRESQL} -c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000"
_A_MOMENT = 1  # seconds without use, after which a connection is asked whether it is still there
_GIVE_UP = 5_000  # a server that does not answer at all: reliability.md section 2


def open_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///...` or `postgresql+psycopg://...`; ValueError for any other database."""
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(url)
    if backend == "postgresql":
        return _open_postgresql(url, _USUAL, Line)
    message = f"{backend} is not supported: use sqlite or postgresql"
    raise ValueError(message)


def open_money_engine(engine: Engine) -> Engine:
    """Return the engine for transactions that move value: another one with short time-outs on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return engine
    return _open_postgresql(engine.url.render_as_string(hide_password=False), _MONEY, MoneyLine)


def _open_postgresql(url: str, options: str, line: type[Line]) -> Engine:
    arguments: dict[str, Any] = {"options": options, "tcp_user_timeout": _GIVE_UP}
    if line is MoneyLine:  # it begins by itself, and prepares by itself: the driver would give up all that is prepared
        arguments |= {"autocommit": True, "prepare_threshold": None}
    engine = create_engine(url, connect_args=arguments)
    event.listen(engine, "do_connect", lambda _dialect, _record, given, named: line.connect(*given, **named))
    event.listen(engine, "connect", _whole_sums)
    event.listen(engine, "checkin", _left)
    event.listen(engine, "checkout", _Ping(engine.dialect))
    stand_behind(engine)
    return engine


_LEFT = "left"


def _left(_raw: Any, record: Any) -> None:
    record.info[_LEFT] = clock.elapsed_seconds()


class _Ping:
    """Asks a connection whether it is still there when it was not used for a moment; all go if one is not."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __call__(self, raw: Any, record: Any, _fairy: Any) -> None:
        left = record.info.get(_LEFT)
        if left is None or clock.elapsed_seconds() - left < _A_MOMENT:
            return
        try:
            self.dialect.do_ping(raw)
        except self.dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError from gone


class _Whole(Loader):
    """Reads the sum of whole numbers, which PostgreSQL answers as `numeric`, as a whole number."""

    def load(self, data: Buffer) -> int:
        """Return the number; ValueError for a fraction, which nothing here may be."""
        return int(bytes(data))


def _whole_sums(raw: Any, _record: Any) -> None:
    raw.adapters.register_loader("numeric", _Whole)


def _open_sqlite(url: str) -> Engine:
    path = make_url(url).database
    if not path or path == ":memory:":
        message = "SQLite needs a file: several connections share it"
        raise ValueError(message)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    gate = _Gate(Path(f"{path}.lock"))
    event.listen(engine, "begin", gate.begin)
    # The transaction is over when the connection goes back to the pool, whichever way it ended.
    event.listen(engine.pool, "reset", gate.reset)
    event.listen(engine.pool, "close", gate.close)
    return engine


def _prepare(raw: sqlite3.Connection, _record: Any) -> None:
    for pragma in PRAGMAS:
        raw.execute(pragma)
    restrict(raw)


class _Gate:
    """Lets one writer of value at a time begin, in the order the operating system wakes them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, connection: Connection) -> None:
        """Wait for the lock and begin, if the connection was opened to write value."""
        raw = connection.connection.dbapi_connection
        if raw is None or not connection.get_execution_options().get(MONEY):
            return
        handle: IO[bytes] = self.path.open("ab")
        fcntl.flock(handle, fcntl.LOCK_EX)
        connection.info["gate"] = handle
        raw.isolation_level = None
        try:
            raw.cursor().execute(_BEGIN)
        except sqlite3.OperationalError as failure:  # locked by somebody who did not queue here: the same may succeed
            self._open_gate(connection.info, raw)
            raise OperationalError(_BEGIN, None, failure) from failure
        except BaseException:
            self._open_gate(connection.info, raw)
            raise

    def reset(self, raw: Any, record: Any, _state: Any) -> None:
        """Let the next writer in; an unfinished transaction is rolled back first."""
        if "gate" in record.info:
            if raw.in_transaction:
                raw.rollback()
            self._open_gate(record.info, raw)

    def close(self, raw: Any, record: Any) -> None:
        """Let the next writer in when a broken connection is thrown away."""
        if "gate" in record.info:
            self._open_gate(record.info, raw)

    @staticmethod
    def _open_gate(info: dict[str, Any], raw: Any) -> None:
        handle = info.pop("gate")
        raw.isolation_level = ""
        fcntl.flock(handle, fcntl.LOCK_UN)
        handle.close()


def lock_path(engine: Engine) -> str | None:
    """Return the path of the file lock of a SQLite engine, None for PostgreSQL."""
    database = engine.url.database
    return None if engine.dialect.name != "sqlite" or database is None else os.fspath(f"{database}.lock")
