"""Where versions of rule books come from: the database once the rulebook addon is there, else the shipped programme."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from core.addons.discover import available
from core.errors import Refusal
from rules.parts import put_together
from rules.yaml_text import read_yaml, write_yaml

SHIPPED = "default"  # the folder of the default programme below an addon's policies/
#: Beside it the whole texts that shipped before, as they were: what they decided is decided again by them.
EARLIER = "earlier"


class NoLiveBook(Refusal):
    """Nothing decides: the brand has no rule book that is live at that moment."""

    sentence = "The brand %(brand)s has no rule book that is live on %(at)s."
    brand: str
    at: str


class NoSuchVersion(Refusal):
    """A version that decided something cannot be found any more."""

    sentence = "There is no rule-book version with the digest %(digest)s."
    status = 404
    digest: str


class BookVersion(NamedTuple):
    """One version of a rule book: its name as people say it, the SHA-256 of its text, and the text (YAML)."""

    version: str
    digest: str
    text: str


class VersionSource(Protocol):
    """Says which version is live, and finds old ones; asked once a decision, so it keeps what it knows."""

    def live(self, session: Session, brand_code: str, at: datetime) -> BookVersion | None:
        """Return the version of a brand that is live at a moment, None if there is none."""

    def by_digest(self, session: Session, digest: str) -> BookVersion | None:
        """Return a version by its digest, whatever its state."""

    def overruled(self, session: Session, brand_code: str, digest: str, between: tuple[datetime, datetime]) -> bool:
        """Tell whether a kill switch ended a version between two moments, the last one included."""


def digest_of(text: str) -> str:
    """Return the SHA-256 of a rule book's text."""
    return hashlib.sha256(text.encode()).hexdigest()


class ShippedVersions:
    """The programme that ships with the addons, live for every brand."""

    def live(self, _session: Session, _brand_code: str, _at: datetime) -> BookVersion | None:
        """Return the shipped programme."""
        return next(iter(_shipped().values()), None)

    def by_digest(self, _session: Session, digest: str) -> BookVersion | None:
        """Return a shipped programme by its digest."""
        return _shipped().get(digest)

    def overruled(self, *_: object) -> bool:
        """Return no: what ships has no kill switch."""
        return False


def shipped_text() -> str | None:
    """Return the programme that ships as one rule book: the files policies/default/*.yaml of the addons together.

    Refuses with BookRefused if two files say the same thing or one is no part of a book.
    """
    whole = put_together(_shipped_parts())
    return write_yaml(whole) if whole else None


def _shipped_parts() -> Iterator[tuple[str, object]]:
    for name, manifest in sorted(available().items()):
        for path in sorted((manifest.folder / "policies" / SHIPPED).glob("*.yaml")):
            yield f"{name}/{path.name}", read_yaml(path.read_text("utf-8"))


@cache
def _shipped() -> Mapping[str, BookVersion]:
    """Return the programme that ships, then those that shipped before it."""
    text = shipped_text()
    texts = [] if text is None else [text, *_earlier_texts()]
    return {digest_of(each): BookVersion(SHIPPED, digest_of(each), each) for each in texts}


def _earlier_texts() -> Iterator[str]:
    for _name, manifest in sorted(available().items()):
        for path in sorted((manifest.folder / "policies" / EARLIER).glob("*.yaml")):
            yield path.read_bytes().decode("utf-8")


_source: VersionSource = ShippedVersions()


def set_version_source(source: VersionSource | None) -> None:
    """Let `source` say which versions there are; None goes back to the shipped programme."""
    global _source  # noqa: PLW0603 - one source a process, set when the addons are loaded
    _source = ShippedVersions() if source is None else source


def live_version(session: Session, brand_code: str, at: datetime) -> BookVersion:
    """Return the version of a brand that is live at a moment.

    Refuses with NoLiveBook.
    """
    found = _source.live(session, brand_code, at)
    if found is None:
        raise NoLiveBook(brand=brand_code, at=at.isoformat())
    return found


def version_by_digest(session: Session, digest: str) -> BookVersion:
    """Return the version that made a decision, by the digest the decision keeps.

    Refuses with NoSuchVersion.
    """
    found = _source.by_digest(session, digest) or _shipped().get(digest)
    if found is None:
        raise NoSuchVersion(digest=digest)
    return found


def overruled(session: Session, brand_code: str, digest: str, between: tuple[datetime, datetime]) -> bool:
    """Tell whether a version was ended by a kill switch between two moments: what it promised holds no longer."""
    return _source.overruled(session, brand_code, digest, between)
