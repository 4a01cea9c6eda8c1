"""Keys reserved ahead, so that rows that point at each other are written in few statements."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import BigInteger, Integer, Table, bindparam, func, select
from sqlalchemy.orm import Session

from core.db.statement import Statement


def reserve(session: Session, wanted: Mapping[Table, int]) -> dict[Table, list[int]]:
    """Return so many new keys `id` for each table; within a transaction that moves value only.

    On SQLite that transaction is the only writer, so the keys after the last are free; on PostgreSQL the sequence
    gives them.
    """
    tables = [table for table, count in wanted.items() if count]
    if not tables:
        given = {}
    elif session.get_bind().dialect.name == "sqlite":
        [last] = _last_keys(tuple(tables)).all(session)
        given = {t: list(range(n + 1, n + 1 + wanted[t])) for t, n in zip(tables, last, strict=True)}
    else:
        given = {t: _next_keys(t).scalars(session, b_count=wanted[t]) for t in tables}
    return {table: given.get(table, []) for table in wanted}


@cache
def _last_keys(tables: tuple[Table, ...]) -> Statement:
    return Statement(select(*[select(func.coalesce(func.max(t.c.id), 0)).scalar_subquery() for t in tables]))


@cache
def _next_keys(table: Table) -> Statement:
    following = func.nextval(func.pg_get_serial_sequence(table.name, "id"), type_=BigInteger)
    each = func.generate_series(1, bindparam("b_count", type_=Integer)).table_valued("number")
    return Statement(select(following).select_from(each))
