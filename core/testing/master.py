"""What whoever is master of the whole database can do, and the product's own connections cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, text

from core.db.append_only import sqlite_guards
from core.db.restricted import unrestricted


def unguard(connection: Connection, table: str) -> None:
    """Take the guards away from what is written once in a table; on PostgreSQL within this transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    with unrestricted(connection):
        for name in sqlite_guards(table):
            connection.execute(text(f"DROP TRIGGER {name}"))


@contextmanager
def standing(engine: Engine, table: Table) -> Iterator[Engine]:
    """Give the engine with a table of a test in it, which goes away in the end."""
    with engine.begin() as connection:
        table.create(connection)
    try:
        yield engine
    finally:
        with engine.begin() as connection, unrestricted(connection):
            table.drop(connection)
