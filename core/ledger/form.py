"""The canonical text of a row: what is hashed, sealed and proved; the same on both databases, for ever.

A JSON array on one line: the table, then name and value of each column in the order of their names, without the hash
itself, and without `id` where the database gives it (the seal over a row covers it). A column without a value is left
out, so that columns can be added.

It is made of values as the product knows them, or as SQLite keeps them (texts for moments and JSON): who changes those
may write anything, and whatever the product would not have written raises ValueError, KeyError or TypeError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Integer, String, Table

from core.db.types import Moment

HASH = "row_hash"
#: In the `info` of a table whose `id` the writer knows: its hash covers that too.
COVERS_ID = "hash_covers_id"

_Write = Callable[[Any], str]
_json: _Write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _moment(value: datetime | str) -> str:
    if isinstance(value, datetime):
        return f'"{value.astimezone(UTC).isoformat(timespec="microseconds")}"'
    if not _KEPT_MOMENT(value):
        raise ValueError(value)
    return f'"{value[:10]}T{value[11:]}+00:00"'


def _day(value: date | str) -> str:
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if not _KEPT_DAY(value):
        raise ValueError(value)
    return f'"{value}"'


_KEPT_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_KEPT_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}", re.ASCII).fullmatch


def _kept_json(value: str | int) -> str:
    """Return JSON as it is written here from a text that says it as SQLAlchemy writes it, and in no other way.

    A column of JSON takes a text that is a whole number for that number: so SQLite keeps it.
    """
    if isinstance(value, int):
        return int.__repr__(value)
    data = json.loads(value)
    if json.dumps(data) != value:
        raise ValueError(value)
    return _json(data)


def _yes_no(value: bool | int) -> str:
    return {0: "false", 1: "true"}[value]


class Form:
    """How the rows of one table are written as text; the slow questions are asked once."""

    def __init__(self, table: Table, *, kept: bool = False) -> None:
        self.table = table.name
        #: The columns it covers, in the order `of_values` takes them.
        apart = {HASH} if table.info.get(COVERS_ID) else {HASH, "id"}
        self.names = tuple(sorted(column.name for column in table.columns if column.name not in apart))
        self.is_hashed = HASH in table.columns
        self._head = f"[{_json(table.name)}"
        self._parts = tuple((f",{_json(n)},", _writer(table.columns[n].type, kept=kept)) for n in self.names)

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


def _writer(kind: Any, *, kept: bool) -> _Write:
    if isinstance(kind, Moment):
        return _moment
    if isinstance(kind, Date):
        return _day
    if isinstance(kind, Integer):
        return int.__repr__
    if isinstance(kind, String):
        return json.encoder.encode_basestring
    if isinstance(kind, Boolean):
        return _yes_no
    if isinstance(kind, JSON):
        return _kept_json if kept else _json
    raise TypeError(f"nobody said how {kind!r} is written")


@cache
def form_of(table: Table, *, kept: bool = False) -> Form:
    """Return how the rows of a table are written, from values as the product knows them or as SQLite keeps them."""
    return Form(table, kept=kept)
