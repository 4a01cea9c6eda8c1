"""Keys reserved ahead, so that rows that point at each other are written in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import BigInteger, Integer, Select, Table, bindparam, func, literal, select, union_all
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
        given = {table: [] for table in tables}
        for place, key in _next_keys(tuple(tables)).all(session, **_counts(wanted, tables)):
            given[tables[place]].append(key)
    return {table: given.get(table, []) for table in wanted}


def reserve_ahead(session: Session, wanted: Mapping[Table, int]) -> None:
    """Let PostgreSQL begin with what `reserve` asks; keys that nobody takes then are lost."""
    tables = tuple(table for table, count in wanted.items() if count)
    if session.get_bind().dialect.name == "postgresql":
        _next_keys(tables).look_ahead(session, True, **_counts(wanted, tables))


def _counts(wanted: Mapping[Table, int], tables: Sequence[Table]) -> dict[str, int]:
    return {f"b_count_{place}": wanted[table] for place, table in enumerate(tables)}


@cache
def _last_keys(tables: tuple[Table, ...]) -> Statement:
    return Statement(select(*[select(func.coalesce(func.max(t.c.id), 0)).scalar_subquery() for t in tables]))


@cache
def _next_keys(tables: tuple[Table, ...]) -> Statement:
    return Statement(union_all(*[_next_keys_of(table, place) for place, table in enumerate(tables)]))


def _next_keys_of(table: Table, place: int) -> Select[int, int]:
    following = func.nextval(func.pg_get_serial_sequence(table.name, "id"), type_=BigInteger)
    each = func.generate_series(1, bindparam(f"b_count_{place}", type_=Integer)).table_valued("number")
    return select(literal(place, Integer), following).select_from(each)
