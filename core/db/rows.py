"""Inserting plain rows on the paths every sale takes: the statement is prepared once a process, not once a sale.

SQLAlchemy's compiled statement and its conversions of values are used as they are; what is saved is putting them
together anew for each execution, which costs more processor time than the insert itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table

_Convert = Callable[[Any], Any]


class _Prepared(NamedTuple):
    """One insert in the words of one database."""

    text: str
    names: tuple[str, ...]
    converters: tuple[_Convert | None, ...]
    by_place: bool

    def bound(self, row: Mapping[str, Any]) -> Any:
        """Return the values of a row as the database takes them."""
        values = [
            row[name] if convert is None else convert(row[name])
            for name, convert in zip(self.names, self.converters, strict=True)
        ]
        return tuple(values) if self.by_place else dict(zip(self.names, values, strict=True))


def write_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; columns that are not named keep what the database gives them.

    Refuses with KeyError a row that lacks a column the first one has.
    """
    if not rows:
        return
    prepared = _prepare(connection.dialect, table, tuple(rows[0]))
    bound = [prepared.bound(row) for row in rows]
    connection.exec_driver_sql(prepared.text, bound[0] if len(bound) == 1 else bound)


@lru_cache(maxsize=512)
def _prepare(dialect: Dialect, table: Table, names: tuple[str, ...]) -> _Prepared:
    silent = [c.name for c in table.columns if c.name not in names and c.default is not None]
    if silent:
        message = f"{table.name}: name {', '.join(silent)}, whose default only SQLAlchemy knows"
        raise TypeError(message)
    compiled = table.insert().inline().values(dict.fromkeys(names)).compile(dialect=dialect, column_keys=list(names))
    order = tuple(compiled.positiontup or names)
    return _Prepared(str(compiled), order, tuple(_converter(table, n, dialect) for n in order), compiled.positional)


def _converter(table: Table, name: str, dialect: Dialect) -> _Convert | None:
    convert: _Convert | None = table.columns[name].type.dialect_impl(dialect).bind_processor(dialect)
    return convert
