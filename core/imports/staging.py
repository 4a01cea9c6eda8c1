"""Rows put in order before they are used: a scratch database on disk, so that a large file needs little memory."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BATCH = 5_000


class Stage:
    """Rows of fields, read back in an order; gone when closed."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name the fields; the first column is always the row's number."""
        self._folder = tempfile.TemporaryDirectory(prefix="guibin-import-")
        self._database = sqlite3.connect(Path(self._folder.name) / "stage.db", isolation_level=None)
        self._names = [f"f_{place}" for place in range(len(names))]
        self._places = {name: f"f_{place}" for place, name in enumerate(names)}
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-64000"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(f"CREATE TABLE stage (number INTEGER PRIMARY KEY, {', '.join(self._names)})")
        self._database.execute("BEGIN")

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows: their number, then the fields as texts, whole numbers or nothing."""
        marks = ", ".join("?" * (len(self._names) + 1))
        self._database.executemany(f"INSERT INTO stage VALUES ({marks})", rows)  # noqa: S608 - question marks

    def count(self, *, of: str) -> int:
        """Return how many different values a field has."""
        found = self._database.execute(f"SELECT count(DISTINCT {self._places[of]}) FROM stage")  # noqa: S608 - our names
        number: int = found.fetchone()[0]
        return number

    def in_order(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows ordered by fields, then by their numbers."""
        order = ", ".join([*(self._places[name] for name in names), "number"])
        yield from self._database.execute(f"SELECT * FROM stage ORDER BY {order}")  # noqa: S608 - our own names

    def __enter__(self) -> Self:
        """Use it for a while."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Forget everything."""
        self._database.close()
        self._folder.cleanup()
