"""Migrations: giving the rows of a table that were written without it their keyed hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, bindparam, select, text, update

from core.db.append_only import open_up, protect
from core.ledger.entry import COVERS_ID, HASH, row_hash

_BATCH = 2_000


def add_row_hash(
    connection: Connection,
    name: str,
    columns: Mapping[str, Any],
    keys: Sequence[str] = ("id",),
    *,
    covers_id: bool = False,
) -> None:
    """Add the column `row_hash` to an append-only table; `columns` are those it had so far, with our own types.

    SQLite cannot add a column that must have a value without a default, so there it has one that fits no row.
    """
    own = [Column(column, kind, primary_key=column in keys) for column, kind in columns.items()]
    table = Table(name, MetaData(), *own, Column(HASH, String(64)), info={COVERS_ID: covers_id})
    open_up(connection, table.name)
    connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {HASH} VARCHAR(64) NOT NULL DEFAULT ''"))
    _hash_rows(connection, table)
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"ALTER TABLE {table.name} ALTER COLUMN {HASH} DROP DEFAULT"))
    protect(connection, table.name)


def drop_row_hash(connection: Connection, table: str) -> None:
    """Take the column away again."""
    connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {HASH}"))


def _hash_rows(connection: Connection, table: Table) -> None:
    keys = tuple(table.primary_key.columns)
    change = update(table).where(*(column == bindparam(f"k_{column.name}") for column in keys))
    change = change.values({HASH: bindparam("b_hash")})
    with connection.execute(select(table), execution_options={"yield_per": _BATCH}) as rows:
        for batch in rows.mappings().partitions():
            connection.execute(change, [_hashed(table, keys, row) for row in batch])


def _hashed(table: Table, keys: Sequence[Any], row: Any) -> dict[str, Any]:
    return {"b_hash": row_hash(table, row), **{f"k_{column.name}": row[column.name] for column in keys}}
