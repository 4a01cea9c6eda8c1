"""The same tables as files: CSV for machines and for people, XLSX for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from itertools import chain, count, islice
from typing import IO

import xlsxwriter

from reports.document import Attachment, Document
from reports.errors import UnknownTable
from reports.table import Cell, Column, Table, Unit
from reports.text import clean
from reports.words import words

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHEET_CELL = 32_767  # characters a spreadsheet cell holds
SHEET_ROWS = 1_000_000  # a spreadsheet holds 1,048,576; what is beyond goes on in another sheet
Row = Sequence[Cell]
_SCALE: dict[Unit, int] = {"money": 100, "rate": 10_000, "share": 10_000}
_FORMATS: dict[Unit, str] = {
    "money": "#,##0.00;\N{MINUS SIGN}#,##0.00",
    "rate": "0.00%",
    "share": "0.00%",
    "count": "#,##0;\N{MINUS SIGN}#,##0",
    "points": "#,##0;\N{MINUS SIGN}#,##0",
}


def tables(document: Document) -> list[Table]:
    """Every table of the document, the main one first."""
    return list(document.kind.tables(document.data, words(document.language)))


def csv_bytes(document: Document, table: str | None = None, *, human: bool = True) -> bytes:
    """One table of the document as CSV (UTF-8 with BOM, CRLF); the main one unless named.

    The human form has titles of the language and text cells that no spreadsheet takes for a formula; the other has the
    columns' keys and the text as it is. Money is written 1234.50, rates and shares 0.95. Refuses with UnknownTable.
    """
    found = tables(document)
    chosen = next((one for one in found if one.name == (table or found[0].name)), None)
    if chosen is None:
        raise UnknownTable(table=str(table))
    return table_csv(chosen, human=human)


def table_csv(table: Table, *, human: bool = True) -> bytes:
    """A table as CSV, as csv_bytes does it."""
    out = io.BytesIO()
    write_csv(out, table.columns, table.rows, human=human)
    return out.getvalue()


def write_csv(out: IO[bytes], columns: Sequence[Column], rows: Iterable[Row], *, human: bool = True) -> None:
    """Write rows as CSV as they come; the file stays open."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.title if human else column.key for column in columns])
    units = [column.unit for column in columns]
    for row in rows:
        writer.writerow([_plain(value, unit, human=human) for value, unit in zip(row, units, strict=True)])
    text.detach()


def _plain(value: Cell, unit: Unit, *, human: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return _exact(value, unit)
    return inert(clean(value)) if human else value


def _exact(value: int, unit: Unit) -> str:
    """An amount without thousands and with the machine's minus: 123450 fen -> 1234.50."""
    scale = _SCALE.get(unit, 1)
    whole, part = divmod(abs(value), scale)
    fraction = f".{part:0{len(str(scale)) - 1}}" if scale > 1 else ""
    return f"{'-' if value < 0 else ''}{whole}{fraction}"


def inert(value: str) -> str:
    """Text that a spreadsheet shows instead of running it: an apostrophe before = + - @ tab or CR."""
    return "'" + value if value.startswith(FORMULA_STARTS) else value


def attachments(document: Document, found: Sequence[Table]) -> tuple[Attachment, ...]:
    """What goes into the PDF: each table's rows as CSV, and all data as JSON."""
    speech = words(document.language)
    files = [
        Attachment(f"{table.name}.csv", speech("page.csv", title=table.title), table_csv(table, human=False))
        for table in found
        if table.rows
    ]
    files.append(Attachment("data.json", speech("page.json"), document.json_bytes(), "Data"))
    return tuple(sorted(files, key=lambda file: file.name))  # a PDF's name tree is in order


# Text is text: no formulas, links or numbers are guessed from it.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def xlsx_bytes(document: Document) -> bytes:
    """All tables of the document as one workbook, a sheet each, with the same bytes for the same document."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **_AS_TEXT}) as book:
        book.set_properties({"title": document.title, "created": document.as_of.astimezone(UTC).replace(tzinfo=None)})
        sheets = _Sheets(book)
        for table in tables(document):
            sheets.add(table.title, table.columns, table.rows)
    return out.getvalue()


def write_book(out: IO[bytes], document: Document, rows: Mapping[str, Iterable[Row]]) -> None:
    """Write all tables of the document as one workbook as they come; `rows` are those of a table instead of its own."""
    with xlsxwriter.Workbook(out, {"constant_memory": True, **_AS_TEXT}) as book:
        book.set_properties({"title": document.title, "created": document.as_of.astimezone(UTC).replace(tzinfo=None)})
        sheets = _Sheets(book)
        for table in tables(document):
            sheets.add(table.title, table.columns, rows.get(table.name, table.rows))


def table_xlsx(table: Table) -> bytes:
    """One table as a workbook."""
    out = io.BytesIO()
    write_xlsx(out, table.title, table.columns, table.rows)
    return out.getvalue()


def write_xlsx(out: IO[bytes], title: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write rows as a workbook as they come, so that a hundred thousand of them need little memory."""
    with xlsxwriter.Workbook(out, {"constant_memory": True, **_AS_TEXT}) as book:
        book.set_properties({"title": title})
        _Sheets(book).add(title, columns, rows)


class _Sheets:
    """The sheets of a workbook, with the looks they share."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "bg_color": "#4a2034", "font_color": "#ffffff", "text_wrap": True})
        self.formats = {unit: book.add_format({"num_format": code}) for unit, code in _FORMATS.items()}

    def add(self, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Add a sheet, and others where one is full."""
        coming = iter(rows)
        self._add(title, columns, islice(coming, SHEET_ROWS))
        for number in count(2):
            following = next(coming, None)
            if following is None:
                return
            self._add(f"{title[:25]} {number}", columns, chain([following], islice(coming, SHEET_ROWS - 1)))

    def _add(self, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Add a sheet; columns are as wide as their first hundred values, within reason."""
        sheet, coming = self.book.add_worksheet(sheet_name(title)), iter(rows)
        first = list(islice(coming, 100))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _width(column, [row[place] for row in first]))
            sheet.write_string(0, place, column.title, self.head)
        for index, row in enumerate(chain(first, coming), start=1):
            for place, (value, column) in enumerate(zip(row, columns, strict=True)):
                if isinstance(value, int):
                    exact = Decimal(value) / _SCALE.get(column.unit, 1)
                    sheet.write_number(index, place, exact, self.formats[column.unit])
                elif value:
                    sheet.write_string(index, place, clean(value)[:SHEET_CELL])


def sheet_name(title: str) -> str:
    """A title as a sheet may be called: at most 31 characters, without the seven that sheets refuse."""
    return title.translate({ord(character): "_" for character in "[]:*?/\\"})[:31]


def _width(column: Column, values: Sequence[Cell]) -> int:
    longest = max((len(str(value or "")) for value in values), default=0)
    return min(60, max(10, longest + 2, 2 * len(column.title)))
