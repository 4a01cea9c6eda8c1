"""Rules as people read them, for screens and papers that kept their names alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.periods import local_day
from core.policy.live import Live, live_program, program_of_digest
from core.policy.ruled import Ruled
from core.policy.version import NoLiveBook, NoSuchVersion
from rules.errors import RulesError
from rules.sentences import Speaker

_INSTANT = timedelta(microseconds=1)


class Saying(NamedTuple):
    """What a rule says: as a whole sentence, and in few words."""

    sentence: str
    gist: str


class Sayings:
    """What rules say in one language; each book is looked up once, however many rows name its rules."""

    def __init__(self, session: Session, language: str, now: datetime) -> None:
        """Take where to read, the language, and the moment at which a book is in force."""
        self._session, self._language, self._now = session, language, now
        self._books: dict[tuple[str, datetime | None], Live | None] = {}
        self._said: dict[Ruled, Saying | None] = {}

    def of(self, ruled: Ruled) -> Saying | None:
        """Return what the book that decided says of a rule, else the one in force; None where neither knows it."""
        if ruled not in self._said:
            day = local_day(ruled.at or self._now)
            found = (_said(live, ruled.name, self._language, day) for live in self._deciding(ruled))
            self._said[ruled] = next((saying for saying in found if saying is not None), None)
        return self._said[ruled]

    def _deciding(self, ruled: Ruled) -> Iterator[Live]:
        decided_at = min(ruled.at or self._now, self._now)
        asked = [(ruled.digest, None), (ruled.brand, decided_at), (ruled.brand, self._now)]
        for name, at in asked:
            if name and (name, at) not in self._books:
                self._books[name, at] = _book(self._session, name, at)
            live = self._books.get((name, at))
            if live is not None:
                yield live


def said_rules(session: Session, brand_codes: Iterable[str], until: datetime, language: str) -> dict[str, str]:
    """Return the sentences of the rules that decided for brands last before a moment, by name.

    Rules of older versions are missing, brands without a rule book give none, and where brands differ about a name
    nothing is said.
    """
    return _agreed(session, brand_codes, until, _told(language, Speaker.rule))


def rules_in_short(session: Session, brand_codes: Iterable[str], until: datetime, language: str) -> dict[str, str]:
    """Return like `said_rules` what the rules give in few words, as charts and narrow columns have room for."""
    return _agreed(session, brand_codes, until, _told(language, Speaker.gist))


def _told(language: str, how: Callable[..., str]) -> Callable[[Live, date], dict[str, str]]:
    def told(live: Live, day: date) -> dict[str, str]:
        speaker = Speaker(live.program.book, live.program.vocabulary, language, day)
        return {rule.name: how(speaker, rule) for rule in live.program.book.rules}

    return told


def _agreed(
    session: Session, brand_codes: Iterable[str], until: datetime, told: Callable[[Live, date], dict[str, str]]
) -> dict[str, str]:
    said: dict[str, str] = {}
    at = until - _INSTANT
    for code in sorted(set(brand_codes)):
        live = _book(session, code, at)
        for name, sentence in ({} if live is None else told(live, local_day(at))).items():
            said[name] = sentence if said.get(name, sentence) == sentence else ""
    return said


def _book(session: Session, name: str, at: datetime | None) -> Live | None:
    """Return the book of a digest, or of a brand at a moment; None where there is none that can still be read."""
    try:
        return program_of_digest(session, name) if at is None else live_program(session, name, at)
    except (NoLiveBook, NoSuchVersion, RulesError):
        return None


def _said(live: Live, name: str, language: str, day: date) -> Saying | None:
    rule = next((rule for rule in live.program.book.rules if rule.name == name), None)
    if rule is None:
        return None
    speaker = Speaker(live.program.book, live.program.vocabulary, language, day)
    return Saying(speaker.rule(rule), speaker.gist(rule))
