"""Entries of a ledger: append-only rows with a keyed hash, written in one place (reliability.md section 4).

The key is kept outside the database: whoever changes a row there cannot make its hash fit.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, String, Table, event
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from core.config import ledger_key
from core.db.statement import write_rows
from core.ledger.form import COVERS_ID, HASH, form_of

__all__ = ["COVERS_ID", "HASH", "Sealed", "insert_entries", "keyed", "row_hash", "write_entries"]


class Sealed:
    """Mixin of the mapped classes whose rows are entries; such a table is append-only too.

    The hash covers every column but `id`, and that too where the writer reserves it and the table's `info` says
    COVERS_ID: then a row cannot be copied or change places even before it is sealed.
    """

    row_hash: Mapped[str] = mapped_column(String(64))


@event.listens_for(Sealed, "before_insert", propagate=True)
def _hash_object(mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    """Hash what a session writes as an object; defaults are known by now, or the hash would not cover them."""
    table: Table = type(target).__table__
    for column in table.columns:
        key = mapper.get_property_by_column(column).key
        if getattr(target, key) is None and isinstance(column.default, ScalarElementColumnDefault):
            setattr(target, key, column.default.arg)
    values = {c.name: getattr(target, mapper.get_property_by_column(c).key) for c in table.columns}
    target.row_hash = row_hash(table, values)


def write_entries(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries that all name the same columns, each with its hash; part of a posting, never committing.

    Refuses with TypeError a column that is left to a default: the hash would not cover it.
    """
    if rows:
        write_rows(session, table, _hashed(table, rows))


def insert_entries(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries like `write_entries` where there is a connection and no session."""
    if rows:
        connection.execute(table.insert(), _hashed(table, rows))


def _hashed(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    silent = [name for name in form_of(table).names if name not in rows[0]]
    if silent:
        raise TypeError(f"{table.name}: name {', '.join(silent)}, the hash covers every column")
    return [{**row, HASH: row_hash(table, row)} for row in rows]


def row_hash(table: Table, row: Mapping[str, Any]) -> str:
    """Return the keyed hash (hexadecimal) of an entry; columns without a value do not count, so more can be added."""
    return keyed(form_of(table).of_row(row).encode())


def keyed(text: bytes) -> str:
    """Return the keyed hash (hexadecimal) of a row's canonical text."""
    return hmac.digest(ledger_key(), text, "sha256").hex()
