"""The process that turns one HTML text into one PDF: `python -m reports.worker FOLDER`.

The folder holds job.json and the attachments; the worker writes out.pdf and result.json, or error.json.
"""

from __future__ import annotations

import gc
import json
import logging
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MEMORY = 1_536 * 1024 * 1024
CPU_SECONDS = 900
LARGEST_FILE = 512 * 1024 * 1024

UA1 = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment of a job: the file of that name lies in the job's folder."""

    name: str
    description: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Job:
    """One PDF to make: its HTML, its variant (a key of weasyprint's), whether it claims PDF/UA-1, its attachments."""

    html: str
    variant: str
    accessible: bool
    as_of: str
    files: tuple[File, ...] = ()

    def to_json(self) -> str:
        """For the worker's folder."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """What to_json wrote."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "files": tuple(File(**file) for file in values["files"])})


@dataclass(frozen=True, slots=True)
class Painted:
    """A made PDF."""

    content: bytes
    pages: int
    warnings: tuple[str, ...]


class _Ears(logging.Handler):
    """Hears every warning of the layout."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        self.failures: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        (self.failures if record.levelno >= logging.ERROR else self.heard).append(record.getMessage())


def paint(job: Job, folder: Path) -> Painted:
    """Lay out and write the PDF.

    Refuses with MissingGlyphs, FetchRefused, and RenderFailed if a part could not be drawn.
    """
    from weasyprint import HTML  # here, so that limits and fonts are set before it loads
    from weasyprint.urls import FatalURLFetchingError

    from reports.errors import FetchRefused, RenderFailed
    from reports.fetcher import Sealed

    logger, ears = logging.getLogger("weasyprint"), _Ears()
    logger.addHandler(ears)
    try:
        page = HTML(string=job.html, base_url=None, url_fetcher=Sealed()).render(pdf_variant=job.variant)
        if job.accessible:
            _claim_ua1(page.metadata)
        content = page.write_pdf(pdf_variant=job.variant, attachments=_attachments(job, folder), finisher=_once)
    except FatalURLFetchingError as error:
        raise FetchRefused(detail=str(error)) from error
    finally:
        logger.removeHandler(ears)
    _no_boxes(ears.heard)
    if ears.failures:
        raise RenderFailed(detail=ears.failures[0])
    return Painted(content, len(page.pages), tuple(ears.heard))


def _claim_ua1(metadata: Any) -> None:
    """Put the claim into the one rdf:RDF that XMP allows; weasyprint's own way adds a second, which nobody reads."""
    plain = metadata.generate_rdf_metadata

    def claimed(*arguments: object) -> bytes:
        text: bytes = plain(*arguments)
        return text.replace(b"</rdf:RDF>", UA1 + b"</rdf:RDF>")

    metadata.generate_rdf_metadata = claimed


def _attachments(job: Job, folder: Path) -> list[Any]:
    from weasyprint import Attachment

    as_of = datetime.fromisoformat(job.as_of).astimezone(UTC)  # weasyprint writes Z after whatever it is given
    return [
        Attachment(
            string=(folder / file.name).read_bytes(),
            name=file.name,
            description=file.description,
            relationship=file.relationship,
            created=as_of,
            modified=as_of,
        )
        for file in job.files
    ]


def _once(_document: object, pdf: Any) -> None:
    """Each attachment stands in the catalog's /AF once; weasyprint 70 lists it twice."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))


def _no_boxes(heard: list[str]) -> None:
    from reports.errors import MissingGlyphs

    if boxes := [message for message in heard if ".notdef" in message]:
        raise MissingGlyphs(detail=boxes[0])


def main(folder: Path) -> int:
    """Do the job in the folder within the limits; 0 when out.pdf is written, 1 when error.json is."""
    job = Job.from_json((folder / "job.json").read_text("utf-8"))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a third of the time for the same memory: the process ends with its one document

    from reports.errors import ReportError

    try:
        painted = paint(job, folder)
    except ReportError as error:
        (folder / "error.json").write_text(json.dumps({"code": error.code, "facts": error.facts}), "utf-8")
        return 1
    (folder / "out.pdf").write_bytes(painted.content)
    (folder / "result.json").write_text(json.dumps({"pages": painted.pages, "warnings": painted.warnings}), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
