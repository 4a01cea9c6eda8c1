"""A document to HTML: one page text, or several sections for a long one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import text
from reports.document import Attachment, Document
from reports.documents.kind import Tools
from reports.fonts import covered
from reports.table import Cell, Table, Unit
from reports.text import Cleaner
from reports.words import Words, words

SECTION_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML of each section, and the characters that no font has."""

    sections: tuple[str, ...]
    missing: tuple[str, ...]


def compose(document: Document, tables: Sequence[Table], files: Sequence[Attachment], *, divided: bool) -> Page:
    """Write the document's HTML; divided into sections of 1,000 rows of its long table if asked."""
    speech = words(document.language)
    cleaner = Cleaner(covered(), speech("page.more"))
    template = _environment(cleaner).get_template(f"{document.template}.html")
    when = partial(text.moment, zone=document.as_of.tzinfo)
    common = {
        **document.kind.prepare(document.data, speech, Tools(cleaner.plain, when)),
        **_tools(speech, cleaner, document.as_of.tzinfo),
        "document": document,
        "data": document.data,
        "data_sha256": document.data_sha256,
        "attachments": files,
        "currency": _currency(document, speech),
        "css": Markup(_css(speech, numbered=not divided)),  # noqa: S704 - our own file
        "created": document.as_of.isoformat(timespec="seconds"),
        "as_of": text.second(document.as_of),
        "zone": text.zone(document.as_of),
        "sealed": _sealed(document.data, speech),
        "foot": f"{document.code}　{_export_number(document.data)}　SHA-256 {document.data_sha256}",
    }
    parts = _sections(document, tables) if divided else [list(tables)]
    sections = tuple(
        template.render(
            **common, first=index == 0, last=index == len(parts) - 1, tables={table.name: table for table in part}
        )
        for index, part in enumerate(parts)
    )
    return Page(sections, cleaner.missing)


def _export_number(data: Mapping[str, Any]) -> str:
    return str(data["export"]["number"])


def _sealed(data: Mapping[str, Any], speech: Words) -> str:
    seal = data["export"].get("seal", "")
    return speech("page.seal", seal=seal) if seal else ""


def stamps(document: Document, pages: int) -> str:
    """As many empty pages as the whole has, with nothing but "page x of y" on them."""
    speech = words(document.language)
    breaks = '<div style="break-after: page"></div>' * (pages - 1)
    style = _css(speech, numbered=True)
    created = document.as_of.isoformat(timespec="seconds")
    return (
        f'<!DOCTYPE html><html lang="{speech.tag}"><head><title>{pages}</title><style>{style}</style>'
        f'<meta name="dcterms.created" content="{created}"></head><body>{breaks}<div></div></body></html>'
    )


def _environment(cleaner: Cleaner) -> Environment:
    def printable(value: object) -> object:
        """Whatever a template prints goes through the cleaner; what is markup already came from us."""
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return cleaner.html(value)

    return Environment(
        loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined, finalize=printable
    )


def _tools(speech: Words, cleaner: Cleaner, zone: tzinfo | None) -> dict[str, Any]:
    """What a template may call; times are shown in the zone."""

    def cell(value: Cell, unit: Unit) -> str:
        return text.cell(value, unit, speech, zone)

    return {
        "words": speech,
        "cell": cell,
        "money": text.money,
        "number": text.number,
        "percent": text.percent,
        "times": text.times,
        "moment": partial(text.moment, zone=zone),
        "attribute": partial(_attribute, cleaner),
        "missing": partial(_missing, cleaner),
    }


def _attribute(cleaner: Cleaner, value: str) -> Markup:
    """Text for an attribute or the title: no tags inside."""
    return Markup("{}").format(cleaner.plain(value))


def _missing(cleaner: Cleaner) -> str:
    return "　".join(text.code_point(character) for character in cleaner.missing)


def _currency(document: Document, speech: Words) -> str:
    data: Mapping[str, Any] = document.data
    code = data["currency"] if "currency" in data else data["receipt"]["currency"]
    return speech("page.currency", currency=code)


def _css(speech: Words, *, numbered: bool) -> str:
    family = '"Noto Sans CJK SC"' if speech.language == "zh_Hans_CN" else '"Noto Sans CJK TC"'
    pages = (
        f'"{speech("page.before")}" counter(page) "{speech("page.between")}" counter(pages) "{speech("page.after")}"'
        if numbered
        else "none"
    )
    sheet = (files("reports") / "templates" / "print.css").read_text("utf-8")
    return sheet.replace("FAMILY", family).replace("PAGES", pages)


def _sections(document: Document, tables: Sequence[Table]) -> list[list[Table]]:
    """The same tables once a section, the long one with the section's rows only."""
    long = next(table for table in tables if table.name == document.kind.long)
    starts = range(0, max(1, len(long.rows)), SECTION_ROWS)
    return [
        [replace(long, rows=long.rows[start : start + SECTION_ROWS]) if table is long else table for table in tables]
        for start in starts
    ]
