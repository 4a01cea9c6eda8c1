"""The rows that were not taken: a file with the row's number, the field, the reason and what the row held."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from reports.tables import inert

MOST_TOLD = 20


class Rejects:
    """Collects rejected rows, in a CSV file if a path is given; the file appears when all is done."""

    def __init__(self, path: Path | None, columns: Sequence[str]) -> None:
        """Begin; nothing is written before the first rejected row."""
        self.count = 0
        self.first: list[str] = []  # the first reasons, for the screen
        self._path, self._columns = path, columns
        self._file: IO[str] | None = None
        self._writer: Any = None

    def add(self, row: int, field: str, problem: str, cells: Sequence[Any] = ()) -> None:
        """Reject a row by its number."""
        self.count += 1
        if len(self.first) < MOST_TOLD:
            self.first.append(f"row {row}: {field}: {problem}" if field else f"row {row}: {problem}")
        if self._path is not None:
            if self._file is None:
                self._open(self._path)
            self._writer.writerow([row, field, inert(problem), *(inert("" if c is None else str(c)) for c in cells)])

    def _open(self, path: Path) -> None:
        self._file = self._unfinished(path).open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["row", "field", "problem", *self._columns])

    @staticmethod
    def _unfinished(path: Path) -> Path:
        return path.with_name(f"{path.name}.unfinished")

    def __enter__(self) -> Self:
        """Collect within the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file and give it its name."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._unfinished(self._path).replace(self._path)
