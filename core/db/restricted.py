"""What a connection to SQLite may not do: there are no roles there, so each connection of the product says no itself.

Rows come and go, tables are added; but no table, no guard of what is written once and no setting these rest on goes
away or changes, whatever statement somebody slips in. Whoever has the file needs no connection of ours; for those
there are seals.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

_ACTS = {
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
}
_SETTINGS = {
    "foreign_keys",
    "ignore_check_constraints",
    "journal_mode",
    "recursive_triggers",
    "schema_version",
    "synchronous",
    "writable_schema",
}


def restrict(raw: sqlite3.Connection) -> None:
    """Let a connection refuse it from now on: DatabaseError "not authorized"."""
    raw.set_authorizer(_authorized)


@contextmanager
def unrestricted(connection: Connection) -> Iterator[None]:
    """Let a connection do everything meanwhile: migrations need it. Nothing on PostgreSQL, where the owner does it."""
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.set_authorizer(None)
    try:
        yield
    finally:
        restrict(raw)


def _authorized(act: int, first: str | None, second: str | None, _database: str | None, _within: str | None) -> int:
    changes = act == sqlite3.SQLITE_PRAGMA and second is not None and str(first).lower() in _SETTINGS
    return sqlite3.SQLITE_DENY if changes or act in _ACTS else sqlite3.SQLITE_OK
