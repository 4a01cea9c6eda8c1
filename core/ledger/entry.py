"""Entries of a ledger: append-only rows with a keyed hash, written in one place (reliability.md section 4).

The key is kept outside the database: whoever changes a row there cannot make its hash fit.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import String, Table
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.config import ledger_key
from core.db.statement import write_rows

HASH = "row_hash"
_APART = frozenset({"id", HASH})  # a key is given by the database; the seal over an entry covers it


class Sealed:
    """Mixin of the mapped classes whose rows are entries; such a table is append-only too."""

    row_hash: Mapped[str] = mapped_column(String(64))


def write_entries(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write entries that all name the same columns, each with its hash; part of a posting, never committing.

    Refuses with TypeError a column that is left to a default: the hash would not cover it.
    """
    if not rows:
        return
    silent = [name for name in _covered(table) if name not in rows[0]]
    if silent:
        raise TypeError(f"{table.name}: name {', '.join(silent)}, the hash covers every column")
    write_rows(session, table, [{**row, HASH: row_hash(table, row)} for row in rows])


def row_hash(table: Table, row: Mapping[str, Any]) -> str:
    """Return the keyed hash (hexadecimal) of an entry; columns without a value do not count, so more can be added."""
    parts: list[Any] = [table.name]
    for name in _covered(table):
        value = row[name]
        if value is not None:
            parts += (name, _plain(value))
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(ledger_key(), text.encode(), "sha256").hex()


@cache
def _covered(table: Table) -> tuple[str, ...]:
    return tuple(sorted(column.name for column in table.columns if column.name not in _APART))


def _plain(value: Any) -> Any:
    """Return a value as both databases give it back."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value
