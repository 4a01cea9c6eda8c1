"""The pages of the handbook: found in the wheel or in the repository, shown without any HTML of their own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

FIRST = "README"
ADDRESS = "/handbook/"
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_NO_LETTER = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `name` is its path without .md, `html` is safe to show."""

    name: str
    title: str
    html: str

    @property
    def address(self) -> str:
        """Return where it is shown."""
        return address(self.name)


def folder() -> Path:
    """Return the folder of the pages: the copy in the wheel, else docs/handbook of the repository."""
    here = Path(__file__).parent
    packed = here / "pages"
    return packed if packed.is_dir() else here.parents[2] / "docs" / "handbook"


def address(name: str) -> str:
    """Return the address of a page, or of a folder of pages."""
    return ADDRESS + ("" if name == FIRST else name)


@cache
def names() -> tuple[str, ...]:
    """Return the names of all pages, those of the first folder first."""
    found = (path.relative_to(folder()).with_suffix("").as_posix() for path in folder().rglob("*.md"))
    return tuple(sorted(found, key=lambda name: (name.count("/"), name)))


@cache
def page(name: str) -> Page | None:
    """Return a page by its name, or the list of a folder's pages; None if there is neither. Read once a process."""
    if name not in names():  # so that no name leads out of the folder
        return _contents(name)
    text = (folder() / f"{name}.md").read_text("utf-8")
    heading = _HEADING.search(text)
    return Page(name, heading[1] if heading else name, _html(name, text))


def _contents(place: str) -> Page | None:
    """Return the list of the pages of a folder."""
    listed = within(place) if place else []
    lines = [f"- [{each.title}]({each.address})" for each in listed]
    return Page(place, place.capitalize(), _html(place, "\n".join(lines))) if listed else None


def within(place: str) -> list[Page]:
    """Return the pages of a folder, by title; none for a folder that is not there."""
    found = [page(name) for name in names() if posixpath.dirname(name) == place]
    return sorted((each for each in found if each is not None), key=lambda each: each.title)


def _html(name: str, text: str) -> str:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in _all(tokens):
        if token.type == "link_open":
            token.attrSet("href", _lead(name, str(token.attrGet("href"))))
    _name_headings(tokens)
    return str(reader.renderer.render([*_framed(tokens)], reader.options, {}))


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _lead(name: str, href: str) -> str:
    """Return where a link of a page leads within the product; what leads outside stays as it is."""
    target, mark, anchor = href.partition("#")
    if not target or ":" in target or target.startswith("/"):
        return href
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return address(path.removesuffix(".md")) + mark + anchor


def _name_headings(tokens: Sequence[Token]) -> None:
    """Give each heading the name that a link may end with: small letters, with hyphens for blanks."""
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _NO_LETTER.sub("", inside.content.lower()).strip().replace(" ", "-"))


def _framed(tokens: Sequence[Token]) -> Iterator[Token]:
    """Put what may be wider than a phone into a frame that scrolls by itself, also by keyboard."""
    for token in tokens:
        alone = token.type in {"fence", "code_block"}
        if alone or token.type == "table_open":
            yield Token("frame_open", "div", 1, attrs={"class": "wide", "tabindex": "0"}, block=True)
        yield token
        if alone or token.type == "table_close":
            yield Token("frame_close", "div", -1, block=True)
