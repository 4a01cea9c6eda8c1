"""The canonical text of a row: what is hashed, sealed and proved; the same on both databases, for ever.

A JSON array on one line: the table, then name and value of each column in the order of their names, without the column
`id` and the hash itself. A column without a value is left out, so that columns can be added.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, String, Table

from core.db.types import Moment

HASH = "row_hash"
_APART = frozenset({"id", HASH})  # a key is given by the database; the seal over a row covers it

_Write = Callable[[Any], str]
_json: _Write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _moment(value: datetime) -> str:
    return f'"{value.astimezone(UTC).isoformat(timespec="microseconds")}"'


def _day(value: date) -> str:
    return f'"{value.isoformat()}"'


class Form:
    """How the rows of one table are written as text; the slow questions are asked once."""

    def __init__(self, table: Table) -> None:
        self.table = table.name
        #: The columns it covers, in the order `of_values` takes them.
        self.names = tuple(sorted(column.name for column in table.columns if column.name not in _APART))
        self._head = f"[{_json(table.name)}"
        self._parts = tuple((f",{_json(n)},", _writer(table.columns[n].type)) for n in self.names)

    def of_values(self, values: Sequence[Any]) -> str:
        """Return the text of a row whose covered values come in the order of `names`; more after them do not count."""
        text = self._head
        for (name, write), value in zip(self._parts, values, strict=False):
            if value is not None:
                text += name + write(value)
        return text + "]"

    def of_row(self, row: Mapping[str, Any]) -> str:
        """Return the text of a row; KeyError if it lacks a column."""
        return self.of_values([row[name] for name in self.names])


def _writer(kind: Any) -> _Write:
    if isinstance(kind, Moment):
        return _moment
    if isinstance(kind, Date):
        return _day
    if isinstance(kind, Integer):
        return int.__repr__
    return json.encoder.encode_basestring if isinstance(kind, String) else _json


@cache
def form_of(table: Table) -> Form:
    """Return how the rows of a table are written."""
    return Form(table)
