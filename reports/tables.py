"""The same tables as files: CSV for machines and for people, XLSX for people."""

from __future__ import annotations

from reports.document import Document


def csv_bytes(document: Document, table: str | None = None, *, human: bool = True) -> bytes:
    """One table of the document as CSV (UTF-8 with BOM, CRLF); the main one unless named.

    The human form has titles of the language and text cells that no spreadsheet takes for a formula; the other has the
    columns' keys and the text as it is. Money is written 1234.50. Refuses with UnknownTable.
    """
    raise NotImplementedError


def xlsx_bytes(document: Document) -> bytes:
    """All tables of the document as one workbook, a sheet each, with the same bytes for the same document."""
    raise NotImplementedError
