"""A crash on PostgreSQL: the connection is cut before a statement, as when the process at its other end dies.

The server ends the backend and undoes what was not committed. What was begun is put back between two crashes: tables
that changed, and the numbers that an undone transaction had taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text

from core.db import session
from tests.crash.disk import Digest
from tests.crash.scene import Act, Scene, World, dice

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_SEQUENCES = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'"
_KILL = "SELECT pg_terminate_backend(:pid)"
_LIVES = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"


class CrashedError(BaseException):
    """The process is gone: nothing of it cleans up."""


class Server:
    """The database as its administrator sees it, with what was there when a scene began."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._wire = self._engine.connect()
        self.begun: Digest = {}
        self._numbers = ""
        self._tables = list(self._wire.scalars(text(_TABLES)))

    def digest(self) -> Digest:
        """Return a digest of the rows of each table that has any."""
        one = "SELECT '%s', md5(string_agg(t::text, ',' ORDER BY t::text)) FROM %s t"
        wanted = " UNION ALL ".join(one % (name, name) for name in self._tables)
        return {name: found for name, found in self._wire.execute(text(wanted)) if found}

    def keep(self) -> None:
        """Remember what is there."""
        self.begun = self.digest()
        numbers = [
            f"setval('{name}', {max(last, 1)}, {last > 0})" for name, last in self._wire.execute(text(_SEQUENCES))
        ]
        self._numbers = f"SELECT {', '.join(numbers)}"
        self._wire.execute(text("CREATE SCHEMA kept"))
        for name in self.begun:
            self._wire.execute(text(f"CREATE TABLE kept.{name} AS TABLE {name}"))

    def put_back(self, found: Digest) -> None:
        """Put back what was there, where something else was found."""
        steps = ["SET session_replication_role = replica"]
        for name in sorted(name for name in {*found, *self.begun} if found.get(name) != self.begun.get(name)):
            steps.append(f"DELETE FROM {name}")
            if name in self.begun:
                steps.append(f"INSERT INTO {name} SELECT * FROM kept.{name}")
        steps.append("SET session_replication_role = origin")
        self._wire.execute(text("; ".join(steps)))
        self.numbers_back()

    def numbers_back(self) -> None:
        """Give the numbers again that an undone transaction had taken: ends are compared row by row."""
        self._wire.execute(text(self._numbers))

    def kill(self, pid: int) -> None:
        """End a backend, and wait until it is gone and all it held is free."""
        assert self._wire.scalar(text(_KILL), {"pid": pid})
        while self._wire.scalar(text(_LIVES), {"pid": pid}):
            pass

    def forget(self) -> None:
        """Drop what was kept."""
        self._wire.execute(text("DROP SCHEMA IF EXISTS kept CASCADE"))
        self._wire.close()
        self._engine.dispose()


class Steps:
    """Counts statements and COMMITs of both engines of this process, and crashes before one of them."""

    def __init__(self, server: Server, crash_at: int) -> None:
        self.server, self.crash_at = server, crash_at
        self.said: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count within the block."""
        heard = (("before_cursor_execute", self._statement), ("commit", self._commit))
        engines: tuple[Engine, ...] = (session.engine(), session.money_engine())
        for engine in engines:
            for name, listener in heard:
                event.listen(engine, name, listener)
        try:
            yield
        finally:
            for engine in engines:
                for name, listener in heard:
                    event.remove(engine, name, listener)

    def _statement(self, connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        self._step(connection, statement)

    def _commit(self, connection: Connection) -> None:
        self._step(connection, "COMMIT")

    def _step(self, connection: Connection, statement: str) -> None:
        self.said.append(statement)
        if self.crash_at == len(self.said) - 1:
            wire: Any = connection.connection.dbapi_connection
            self.server.kill(wire.info.backend_pid)
            connection.invalidate()
            raise CrashedError


def crashed(scene: Scene, world: World, server: Server) -> int:
    """Crash before each statement, look at the tables, ask again; return how often it crashed.

    For an operation that is one transaction.
    """
    with dice(2):
        act = scene.prepare(world)
    server.keep()
    with dice(1):
        answer = act()
    ended = server.digest()
    assert ended != server.begun
    for number in count():
        server.put_back(ended)
        steps = Steps(server, number)
        if not _crashed(act, steps):
            return number
        at = f"{scene.name}, crashed before {steps.said[-1][:200]!r}"
        assert server.digest() == server.begun, f"{at}: half of it is there"
        server.numbers_back()
        with dice(1):
            again = act()
        assert server.digest() == ended, f"{at}: asked again, another end"
        assert again == answer, f"{at}: asked again, another answer"
    raise AssertionError


def _crashed(act: Act, steps: Steps) -> bool:
    try:
        with dice(1), steps.watching():
            act()
    except CrashedError:
        return True
    return False
