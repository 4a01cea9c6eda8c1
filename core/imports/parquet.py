"""Parquet files, where pyarrow is installed; columns are read in batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.imports.caps import Caps
from core.imports.refusals import FileTooLarge, FileUnreadable, ParquetMissing
from core.imports.source import Numbered, header

BATCH = 20_000  # rows held as Python values at a time


class ParquetSource:
    """A Parquet file; `only` limits what is read to the columns a mapping names."""

    def __init__(self, path: Path, caps: Caps) -> None:
        """Open it and look at its size and its columns before any row is read."""
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise ParquetMissing from None
        try:
            self._file = ParquetFile(path)
        except (ArrowException, OSError) as problem:
            raise FileUnreadable(file=path.name, problem=str(problem).splitlines()[0]) from None
        self._path, self._caps, self._wrong = path, caps, ArrowException
        self._check(self._file.metadata)
        self.columns = header(path.name, self._file.schema_arrow.names, caps)

    def count(self) -> int | None:
        """Return how many rows there are."""
        rows: int = self._file.metadata.num_rows
        return rows

    def only(self, names: tuple[str, ...]) -> None:
        """Read these columns alone, in this order."""
        self.columns = names

    def rows(self) -> Iterator[Numbered]:
        """Yield the rows."""
        number = 1
        try:
            for batch in self._file.iter_batches(batch_size=BATCH, columns=list(self.columns)):
                found = dict(zip(batch.schema.names, batch.columns, strict=True))
                for row in zip(*(_values(found[name]) for name in self.columns), strict=True):
                    number += 1
                    yield number, row
        except (self._wrong, OSError) as problem:
            raise FileUnreadable(file=self._path.name, problem=str(problem).splitlines()[0]) from None

    def _check(self, metadata: Any) -> None:
        if metadata.num_columns > self._caps.columns:
            raise FileTooLarge(file=self._path.name, what="columns", most=self._caps.columns)
        if metadata.num_rows > self._caps.rows:
            raise FileTooLarge(file=self._path.name, what="rows", most=self._caps.rows)
        unpacked = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
        if unpacked > self._caps.unpacked:
            raise FileTooLarge(file=self._path.name, what="bytes unpacked", most=self._caps.unpacked)


def _values(column: Any) -> list[Any]:
    from pyarrow import timestamp, types

    if types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's moments stop at microseconds; seconds are all a receipt has.
        column = column.cast(timestamp("us", column.type.tz), safe=False)
    values: list[Any] = column.to_pylist()
    return values
