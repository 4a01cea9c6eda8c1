"""The triggers that refuse changes of what is written once: whether they are still there and at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from core.db.append_only import KINDS, REFUSES, sqlite_guards
from core.ledger import problems
from core.ledger.books import Finding

_SQLITE = "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'trigger'"
_POSTGRESQL = """
SELECT t.tgname AS name, t.tgtype AS kind
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND p.proname = 'core_append_only'
  AND c.relnamespace = current_schema()::regnamespace AND p.prosrc = :refuses
  AND t.tgname IN (c.relname || '_append_only', c.relname || '_no_truncate')
"""


def unguarded(connection: Connection, tables: Iterable[str]) -> Iterator[Finding]:
    """Yield the tables that the database would let somebody change."""
    is_sqlite = connection.dialect.name == "sqlite"
    there = _on_sqlite(connection) if is_sqlite else _on_postgresql(connection)
    for table in tables:
        wanted: dict[str, Any] = (
            dict(sqlite_guards(table)) if is_sqlite else {f"{table}_{name}": kind for name, kind in KINDS.items()}
        )
        lacking = [name for name, definition in wanted.items() if there.get(name) != definition]
        if lacking:
            yield Finding(table, "", problems.UNGUARDED, expected=", ".join(lacking))


def _on_sqlite(connection: Connection) -> dict[str, Any]:
    return {row.name: row.definition for row in connection.execute(text(_SQLITE))}


def _on_postgresql(connection: Connection) -> dict[str, Any]:
    return {row.name: row.kind for row in connection.execute(text(_POSTGRESQL), {"refuses": REFUSES})}
