"""What an import refuses as a whole; single rows are rejected with a reason instead."""

from __future__ import annotations

from core.errors import Refusal


class UnknownFormat(Refusal):
    """A file that is neither CSV nor XLSX nor Parquet."""

    sentence = "%(file)s is not a CSV, XLSX or Parquet file."
    status = 422
    file: str


class ParquetMissing(Refusal):
    """Parquet cannot be read on this installation."""

    sentence = "Parquet files need the optional part: pip install 'guibin[parquet]'."
    status = 422


class FileUnreadable(Refusal):
    """A file that says it is one thing and is another, or is in another encoding."""

    sentence = "%(file)s cannot be read: %(problem)s."
    status = 422
    file: str
    problem: str


class FileTooLarge(Refusal):
    """More than an import takes: bytes, rows, columns, the length of a cell or what a compressed file unpacks to."""

    sentence = "%(file)s has more than %(most)s %(what)s."
    status = 422
    file: str
    what: str
    most: int


class WrongColumns(Refusal):
    """The header does not have what is needed, or has what nobody knows."""

    sentence = "The columns do not fit: %(problem)s."
    status = 422
    problem: str


class MappingRefused(Refusal):
    """A mapping file that cannot be used."""

    sentence = "The mapping cannot be used: %(problem)s."
    status = 422
    problem: str
