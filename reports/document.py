"""A document: which template, which data, which language, as of when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from reports.documents import KINDS
from reports.documents.kind import Kind
from reports.errors import BadData, TooManyRows, UnknownLanguage, UnknownTemplate
from reports.shape import check

Language = Literal["zh_Hant_TW", "zh_Hans_CN", "en"]
LANGUAGES: tuple[str, ...] = get_args(Language)
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be put on paper: plain JSON-able data, nothing that can change while it is printed.

    `template` is one of documents.KINDS; `as_of` is the moment the data was read and the only date that goes into the
    file: all times are shown in its time zone, which is named once; `code` is the document's code in running feet,
    e.g. "AUD-DEC".
    Refuses with UnknownTemplate, UnknownLanguage, BadData (wrong shape, floats, naive time) and TooManyRows.
    """

    template: str
    data: Mapping[str, object]
    language: str
    as_of: datetime
    title: str
    code: str

    def __post_init__(self) -> None:
        """Refuse at once what could only fail later, in another process."""
        if self.template not in KINDS:
            raise UnknownTemplate(template=self.template)
        if self.language not in LANGUAGES:
            raise UnknownLanguage(language=self.language)
        if self.as_of.utcoffset() is None:
            raise BadData(path="as_of", problem="has no time zone")
        check(self.title, str, "title")
        check(self.code, str, "code")
        check(self.data, self.kind.shape, "data")
        if (rows := self.kind.rows(self.data)) > min(MAX_ROWS, self.kind.most_rows):
            raise TooManyRows(rows=rows, limit=min(MAX_ROWS, self.kind.most_rows))

    @property
    def kind(self) -> Kind:
        """The template's definition: shape, tables, charts."""
        return KINDS[self.template]

    def json_bytes(self) -> bytes:
        """The data as canonical JSON (sorted keys, UTF-8, one line): what `data_sha256` is over."""
        return json.dumps(self.data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def data_sha256(self) -> str:
        """SHA-256 of the canonical JSON, printed on every page."""
        return hashlib.sha256(self.json_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF: `relationship` is Source (the rows printed) or Data (figures behind a chart)."""

    name: str
    description: str
    content: bytes
    relationship: Literal["Source", "Data"] = "Source"

    @property
    def sha256(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished PDF: same document and same program versions give the same bytes."""

    content: bytes
    sha256: str
    data_sha256: str
    pages: int
    variant: str
    attachments: tuple[Attachment, ...]
    missing: tuple[str, ...] = ()  # characters no font has: printed as U+XXXX and listed on the last page
    warnings: tuple[str, ...] = ()
    sections: int = 1
