"""The first sheet of an XLSX file; the archive is looked at before anything in it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.imports.caps import MEGABYTE, Caps
from core.imports.refusals import FileTooLarge, FileUnreadable
from core.imports.source import Counted, Numbered, header

_WRONG = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, DefusedXmlException, OSError)


class XlsxSource:
    """A workbook's first sheet, read row by row."""

    def __init__(self, path: Path, caps: Caps) -> None:
        """Look at the archive, open it and read the header."""
        self._path, self._caps = path, caps
        self._check_archive()
        first = next(self._cells(), ())
        self.columns = header(path.name, first, caps)

    def count(self) -> int | None:
        """Return nothing: what a sheet says of its size is not to be trusted."""
        return None

    def rows(self) -> Iterator[Numbered]:
        """Yield the rows; empty ones are passed over, but counted."""
        counted = Counted(self._path.name, self._caps)
        cells = self._cells()
        next(cells, None)
        for row in cells:
            number = counted.one_more()
            if any(cell is not None for cell in row):
                self._check_cells(row)
                yield number, row[: len(self.columns)]

    def _check_cells(self, row: tuple[Any, ...]) -> None:
        if any(isinstance(cell, str) and len(cell) > self._caps.cell for cell in row):
            raise FileTooLarge(file=self._path.name, what="characters in one cell", most=self._caps.cell)

    def _check_archive(self) -> None:
        try:
            with zipfile.ZipFile(self._path) as archive:
                parts = archive.infolist()
        except (zipfile.BadZipFile, OSError, ValueError) as problem:
            raise FileUnreadable(file=self._path.name, problem=f"no workbook ({problem})") from None
        if len(parts) > self._caps.parts:
            raise FileTooLarge(file=self._path.name, what="files inside", most=self._caps.parts)
        if sum(part.file_size for part in parts) > self._caps.unpacked:
            raise FileTooLarge(file=self._path.name, what="bytes unpacked", most=self._caps.unpacked)
        for part in parts:
            if part.file_size > MEGABYTE and part.file_size > part.compress_size * self._caps.ratio:
                raise FileTooLarge(file=self._path.name, what="times its size when unpacked", most=self._caps.ratio)

    def _cells(self) -> Iterator[tuple[Any, ...]]:
        try:
            book = load_workbook(self._path, read_only=True, data_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()
                yield from sheet.iter_rows(max_col=self._caps.columns + 1, values_only=True)
            finally:
                book.close()
        except _WRONG as problem:
            raise FileUnreadable(file=self._path.name, problem=f"no workbook ({problem})") from None
        except IndexError:
            raise FileUnreadable(file=self._path.name, problem="it has no sheet") from None
