"""The rows of a sealed table, read in the order of their keys, as what is hashed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, null, select, type_coerce
from sqlalchemy.types import NullType

from core.ledger.entry import keyed
from core.ledger.form import HASH, Form, form_of

BATCH = 5_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


#: Where a key stands that is no number: behind all that are.
NOWHERE = 1 << 61


class Written(NamedTuple):
    """A row: the first column of its key, the whole key, its canonical text, and the hash that stands with it."""

    first: int
    key: tuple[Any, ...]
    text: bytes
    stored: str

    @property
    def name(self) -> str:
        """The key as people are told it: 17, or 17/2 where it has two columns."""
        return "/".join(str(part) for part in self.key)

    def leaf(self) -> bytes:
        """Return what a leaf of a Merkle tree is over: content, key and keyed hash."""
        return leaf_data(self.text, self.key, self.stored)


def leaf_data(text: bytes, key: tuple[Any, ...], stored: str) -> bytes:
    """Return what a leaf of a Merkle tree is over."""
    named = b"[%d]" % key if len(key) == 1 and type(key[0]) is int else _encode(key).encode()
    return b"%b\n%b\n%b" % (text, named, stored.encode())


def written(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Iterator[Written]:
    """Yield the rows of a table by key, not all at once; rows with the same first column come in the order of the rest.

    That order is ours: databases compare texts each in their way. A row that holds what no row can hold has a text
    that fits no hash. Where no hash stands with the rows, theirs is made here: then only the seal tells of a change.
    """
    is_kept = connection.dialect.name == "sqlite"  # values as they lie there: nothing may stop half way
    form, keys = form_of(table, kept=is_kept), tuple(table.primary_key.columns)
    stored: list[Any] = [table.columns[HASH]] if HASH in table.columns else [null()]
    columns = [*(table.columns[name] for name in form.names), *stored, *keys]
    asked = [type_coerce(column, NullType()) for column in columns] if is_kept else columns
    wanted = select(*asked).where(*where).order_by(keys[0])
    with connection.execute(wanted, execution_options={"yield_per": BATCH}) as found:
        rows = (_written(form, row) for batch in found.partitions() for row in batch)
        yield from rows if len(keys) == 1 else _in_order(rows)


def _written(form: Form, row: Any) -> Written:
    width = len(form.names)
    try:
        text = form.of_values(row).encode()
    except (ValueError, KeyError, TypeError):
        text = repr(row).encode("utf-8", "backslashreplace")
    first, stored = row[width + 1], row[width] if form.is_hashed else keyed(text)
    return Written(first if type(first) is int else NOWHERE, row[width + 1 :], text, str(stored))


def _in_order(rows: Iterator[Written]) -> Iterator[Written]:
    group: list[Written] = []
    for row in rows:
        if group and group[0].first != row.first:
            yield from sorted(group, key=_rest)
            group = []
        group.append(row)
    yield from sorted(group, key=_rest)


def _rest(row: Written) -> tuple[Any, ...]:
    return tuple((type(part).__name__, part) for part in row.key[1:])
