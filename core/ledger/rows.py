"""The rows of a sealed table, read in the order of their keys, as what is hashed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, select

from core.ledger.form import HASH, form_of

BATCH = 5_000
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
    named = b"[%d]" % key if len(key) == 1 else _encode(key).encode()
    return b"%b\n%b\n%b" % (text, named, stored.encode())


def written(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Iterator[Written]:
    """Yield the rows of a table by key, not all at once; rows with the same first column come in the order of the rest.

    That order is ours: databases compare texts each in their way.
    """
    form = form_of(table)
    keys = tuple(table.primary_key.columns)
    columns = [*(table.columns[name] for name in form.names), table.columns[HASH], *keys]
    wanted = select(*columns).where(*where).order_by(keys[0])
    width, of_values = len(form.names), form.of_values
    with connection.execute(wanted, execution_options={"yield_per": BATCH}) as found:
        rows = (
            Written(row[width + 1], row[width + 1 :], of_values(row).encode(), row[width])
            for batch in found.partitions()
            for row in batch
        )
        yield from rows if len(keys) == 1 else _in_order(rows)


def _in_order(rows: Iterator[Written]) -> Iterator[Written]:
    group: list[Written] = []
    for row in rows:
        if group and group[0].first != row.first:
            yield from sorted(group, key=_rest)
            group = []
        group.append(row)
    yield from sorted(group, key=_rest)


def _rest(row: Written) -> tuple[Any, ...]:
    return row.key[1:]
