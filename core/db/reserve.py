"""Keys reserved ahead, so that rows that point at each other are written in few statements."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Connection, Table, TextClause, text


def reserve(connection: Connection, wanted: Mapping[Table, int]) -> dict[Table, list[int]]:
    """Return so many new keys `id` for each table; within a transaction that moves value only.

    On SQLite that transaction is the only writer, so the keys after the last are free; on PostgreSQL the sequence
    gives them.
    """
    tables = [table for table, count in wanted.items() if count]
    if connection.dialect.name == "sqlite":
        last = connection.execute(_last_keys(tuple(tables))).one() if tables else ()
        given = {t: list(range(n + 1, n + 1 + wanted[t])) for t, n in zip(tables, last, strict=True)}
    else:
        given = {t: list(connection.execute(_next_keys(t), {"count": wanted[t]}).scalars()) for t in tables}
    return {table: given.get(table, []) for table in wanted}


@cache
def _last_keys(tables: tuple[Table, ...]) -> TextClause:
    columns = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table.name})" for table in tables)  # noqa: S608 - names of our own tables
    return text(f"SELECT {columns}")


@cache
def _next_keys(table: Table) -> TextClause:
    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
    return text(f"SELECT nextval({sequence}) FROM generate_series(1, :count)")  # noqa: S608 - same
