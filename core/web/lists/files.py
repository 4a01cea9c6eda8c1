"""A list as a file: the rows of the filters that are set, within the person's stores, as the screen shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import IO, Any

from flask import Response
from markupsafe import Markup

from core.periods import local_day
from core.web import formats
from reports.table import Cell, Column, Unit
from reports.tables import write_csv, write_xlsx

MOST_ROWS = 100_000
#: So many rows are a file at once; more are written beside the web processes (core.web.lists.exporting).
AT_ONCE = 10_000
_STEP = 1000
_FEW = 500
_UNITS: dict[Any, Unit] = {
    formats.money: "money",
    formats.points: "count",
    formats.rate: "rate",
    formats.percent: "share",
}
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Heads = Sequence[tuple[str, str, Any]]  # name, label, formatter


def rows_of(datamodel: Any, filters: Any, order: tuple[str, str], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the values of at most 100,000 rows, a thousand at a time."""
    column, direction = order if order[0] else (_key(datamodel), "asc")
    query = datamodel.apply_all(datamodel.session.query(datamodel.obj), filters, column, direction, 0, MOST_ROWS)
    for row in query.yield_per(_STEP):
        # A search through a relation answers in tuples, with the record under its class name.
        item = getattr(row, datamodel.obj.__name__, row)
        yield next(datamodel.get_values([item], columns))


def _key(datamodel: Any) -> str:
    names = datamodel.get_pk_name()
    return names if isinstance(names, str) else names[0]


def write(out: IO[bytes], kind: str, title: str, heads: Heads, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows into an open file as they come."""
    columns = tuple(Column(name, label, _UNITS.get(formatter, "text")) for name, label, formatter in heads)
    writers = [(name, writer(formatter)) for name, _, formatter in heads]
    cells = (tuple(cell(row[name]) for name, cell in writers) for row in rows)
    if kind == "csv":
        write_csv(out, columns, cells)
    else:
        write_xlsx(out, title, columns, cells)


def writer(formatter: Any) -> Callable[[Any], Cell]:
    """Return what writes a value for a file: numbers as numbers, the rest as the text of the screen without markup.

    The few values of a code, a store or a day are put into words once, not once a row.
    """
    if formatter in _UNITS:
        return lambda value: None if value is None else int(value)
    written: dict[Any, Cell] = {}
    said = getattr(formatter, "plain", formatter) or _plainly

    def cell(value: Any) -> Cell:
        if value is None:
            return None
        try:
            known = written.get(value)
        except TypeError:  # lists and what holds some cannot be looked up
            return _text(said(value))
        if known is not None:
            return known
        text = _text(said(value))
        if len(written) < _FEW:
            written[value] = text
        return text

    return cell


def _text(shown: Any) -> str:
    text = shown.striptags() if isinstance(shown, Markup) else str(shown)
    return "" if text == formats.EMPTY else text


def _plainly(value: Any) -> Any:
    if isinstance(value, bool):
        return formats.yes_no(value)
    if isinstance(value, datetime):
        return formats.moment(value)
    return value.isoformat() if isinstance(value, date) else value


def name_of(route_base: str, kind: str, now: datetime) -> str:
    """Return what a file is called: NAME-DAY.csv or .xlsx."""
    return f"{route_base.strip('/').replace('/', '-')}-{local_day(now)}.{kind}"


def answer(kind: str, name: str, title: str, heads: Heads, rows: Iterable[dict[str, Any]]) -> Response:
    """Return the file of a list that is not long."""
    out = BytesIO()
    write(out, kind, title, heads, rows)
    response = Response(out.getvalue(), content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
