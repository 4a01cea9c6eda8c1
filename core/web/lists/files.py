"""A list as a file: the rows of the filters that are set, within the person's stores, as the screen shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response
from markupsafe import Markup

from core.periods import local_day
from core.web import formats
from reports.table import Cell, Column, Table, Unit
from reports.tables import table_csv, table_xlsx

MOST_ROWS = 100_000
_AT_ONCE = 1000
_UNITS: dict[Any, Unit] = {
    formats.money: "money",
    formats.points: "count",
    formats.rate: "rate",
    formats.percent: "share",
}
KINDS = {
    "csv": (table_csv, "text/csv; charset=utf-8"),
    "xlsx": (table_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def rows_of(datamodel: Any, filters: Any, order: tuple[str, str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the values of at most 100,000 rows, a thousand at a time."""
    column, direction = order if order[0] else (_key(datamodel), "asc")
    query = datamodel.apply_all(datamodel.session.query(datamodel.obj), filters, column, direction, 0, MOST_ROWS)
    for row in query.yield_per(_AT_ONCE):
        # A search through a relation answers in tuples, with the record under its class name.
        item = getattr(row, datamodel.obj.__name__, row)
        yield next(datamodel.get_values([item], columns))


def _key(datamodel: Any) -> str:
    names = datamodel.get_pk_name()
    return names if isinstance(names, str) else names[0]


def table(title: str, columns: Iterable[tuple[str, str, Any]], rows: Iterable[dict[str, Any]]) -> Table:
    """Return rows as a table; columns are (name, label, formatter)."""
    listed = list(columns)
    heads = tuple(Column(name, label, _UNITS.get(formatter, "text")) for name, label, formatter in listed)
    cells = [tuple(_cell(row[name], formatter) for name, _, formatter in listed) for row in rows]
    return Table("rows", title, heads, cells)


def _cell(value: Any, formatter: Any) -> Cell:
    """Return a value for a file: numbers as numbers, the rest as the text of the screen without its markup."""
    if value is None:
        return None
    if formatter in _UNITS:
        return int(value)
    formatter = getattr(formatter, "plain", formatter)
    shown = _plainly(value) if formatter is None else formatter(value)
    text = shown.striptags() if isinstance(shown, Markup) else str(shown)
    return "" if text == formats.EMPTY else text


def _plainly(value: Any) -> Any:
    if isinstance(value, bool):
        return formats.yes_no(value)
    if isinstance(value, datetime):
        return formats.moment(value)
    return value.isoformat() if isinstance(value, date) else value


def answer(kind: str, made: Table, name: str, now: datetime) -> Response:
    """Return the file to be kept as NAME-DAY.csv or .xlsx."""
    write, mimetype = KINDS[kind]
    response = Response(write(made), content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{local_day(now)}.{kind}"'
    return response
