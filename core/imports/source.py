"""Rows of a file, whatever its format: a header and numbered rows, within the caps."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from core.imports.caps import CAPS, Caps
from core.imports.refusals import FileTooLarge, FileUnreadable, UnknownFormat, WrongColumns

#: The number of a row as a spreadsheet shows it (the header is row 1), and its cells in the order of the columns.
Numbered = tuple[int, Sequence[Any]]


class Source(Protocol):
    """An opened file."""

    columns: tuple[str, ...]

    def rows(self) -> Iterator[Numbered]:
        """Yield the rows; FileTooLarge or FileUnreadable where one goes beyond what is taken."""

    def count(self) -> int | None:
        """Return how many rows there are where that is known beforehand."""


def open_source(path: Path, *, encoding: str = "utf-8", delimiter: str = ",", caps: Caps = CAPS) -> Source:
    """Open a CSV, XLSX or Parquet file.

    Refuses with UnknownFormat, FileTooLarge, FileUnreadable, WrongColumns (a header that is empty or names a column
    twice), ParquetMissing.
    """
    if not path.is_file():
        raise FileUnreadable(file=path.name, problem="there is no such file")
    if path.stat().st_size > caps.bytes:
        raise FileTooLarge(file=path.name, what="bytes", most=caps.bytes)
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv", ".txt"):
        return CsvSource(path, encoding, "\t" if kind == ".tsv" else delimiter, caps)
    if kind == ".xlsx":
        from core.imports.xlsx import XlsxSource

        return XlsxSource(path, caps)
    if kind == ".parquet":
        from core.imports.parquet import ParquetSource

        return ParquetSource(path, caps)
    raise UnknownFormat(file=path.name)


def header(file: str, cells: Sequence[Any], caps: Caps) -> tuple[str, ...]:
    """Return the names of the columns; FileTooLarge for too many, WrongColumns for none, an empty one or one twice."""
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > caps.columns:
        raise FileTooLarge(file=file, what="columns", most=caps.columns)
    if not names:
        raise WrongColumns(problem="the first row names no columns")
    if not all(names):
        raise WrongColumns(problem=f"column {names.index('') + 1} has no name")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise WrongColumns(problem=f"{', '.join(twice)} is there twice")
    return tuple(names)


@dataclass(slots=True)
class Counted:
    """Counts rows and refuses the one too many."""

    file: str
    caps: Caps
    seen: int = 0

    def one_more(self) -> int:
        """Return the number of the next row as a spreadsheet shows it."""
        self.seen += 1
        if self.seen > self.caps.rows:
            raise FileTooLarge(file=self.file, what="rows", most=self.caps.rows)
        return self.seen + 1


class CsvSource:
    """A CSV file; UTF-8 with or without mark unless the mapping names another encoding."""

    def __init__(self, path: Path, encoding: str, delimiter: str, caps: Caps) -> None:
        """Open it and read the header."""
        self._path, self._delimiter, self._caps = path, delimiter, caps
        self._encoding = "utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding
        with self._open() as file:
            first = next(self._records(file), None)
        self.columns = header(path.name, first or [], caps)

    def count(self) -> int | None:
        """Return nothing: a CSV does not say how long it is."""
        return None

    def rows(self) -> Iterator[Numbered]:
        """Yield the rows; empty lines are passed over, but counted."""
        counted = Counted(self._path.name, self._caps)
        with self._open() as file:
            records = self._records(file)
            next(records, None)
            for record in records:
                number = counted.one_more()
                if record:
                    yield number, record

    def _open(self) -> IO[str]:
        try:
            return self._path.open(encoding=self._encoding, newline="")
        except LookupError:
            raise FileUnreadable(file=self._path.name, problem=f"no encoding is called {self._encoding}") from None

    def _records(self, file: IO[str]) -> Iterator[list[str]]:
        csv.field_size_limit(self._caps.cell)
        reader = csv.reader(self._lines(file), delimiter=self._delimiter, strict=True)
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                raise FileUnreadable(file=self._path.name, problem=f"row {reader.line_num}: {problem}") from None
            if len(record) > self._caps.columns:
                raise FileTooLarge(file=self._path.name, what="columns", most=self._caps.columns)
            yield record

    def _lines(self, file: IO[str]) -> Iterator[str]:
        """Yield physical lines, never reading more of one than is allowed."""
        number = 0
        while True:
            number += 1
            try:
                line = file.readline(self._caps.line + 1)
            except UnicodeDecodeError:
                problem = f"row {number} or soon after is not {self._encoding.removesuffix('-sig')}"
                raise FileUnreadable(file=self._path.name, problem=problem) from None
            if not line:
                return
            if len(line) > self._caps.line:
                raise FileTooLarge(file=self._path.name, what="characters in one line", most=self._caps.line)
            if "\0" in line:
                raise FileUnreadable(file=self._path.name, problem=f"row {number} has a character that is no text")
            yield line
