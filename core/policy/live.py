"""The compiled programme in force; one process compiles a version once and keeps it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime
from threading import Lock
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.addons import registry
from core.addons.words import vocabulary
from core.policy.version import (
    BookVersion,
    NoLiveBook,
    NoSuchVersion,
    VersionSource,
    live_version,
    overruled,
    set_version_source,
    version_by_digest,
)
from rules.book import Limit, Ref, RuleBook
from rules.condition import facts_of
from rules.decide import Program
from rules.parameters import resolve
from rules.policy import read_book
from rules.vocabulary import Vocabulary

__all__ = [
    "BookVersion",
    "Live",
    "NoLiveBook",
    "NoSuchVersion",
    "Used",
    "VersionSource",
    "compiled",
    "forget",
    "live_program",
    "number_on",
    "overruled",
    "program_of_digest",
    "set_version_source",
]

MOST_KEPT = 12  # compiled versions a process keeps; the one longest unused goes first


class Used(NamedTuple):
    """What a book asks about, so that nothing else is gathered or kept."""

    facts: Mapping[str, frozenset[str]]  # by event: the names of the facts its rules ask about
    limits: Mapping[str, Mapping[str, tuple[Limit, ...]]]  # by event: the limits of its enabled rules that have some
    capped: frozenset[str]  # rules with a daily cap on list prices (C14)

    def asks(self, event: str, *names: str) -> bool:
        """Tell whether the rules of an event ask about one of these facts."""
        asked = self.facts.get(event, _NOTHING)
        return any(name in asked for name in names)


_NOTHING: frozenset[str] = frozenset()


class Live(NamedTuple):
    """A version and its compiled program."""

    version: str
    digest: str
    program: Program
    used: Used


_kept: OrderedDict[tuple[str, tuple[str, ...]], Live] = OrderedDict()
_lock = Lock()


def live_program(session: Session, brand_code: str, at: datetime) -> Live:
    """Return the program that decides for a brand at a moment.

    Refuses with NoLiveBook; RulesError if the text of the version cannot be compiled.
    """
    return compiled(live_version(session, brand_code, at))


def program_of_digest(session: Session, digest: str) -> Live:
    """Return the program that made a decision, by the digest that the decision keeps.

    Refuses with NoSuchVersion.
    """
    return compiled(version_by_digest(session, digest))


def compiled(version: BookVersion) -> Live:
    """Return the compiled program of a version; compiled once for the addons that are loaded."""
    key = (version.digest, _addons())
    live = _kept.get(key)
    if live is None:
        with _lock:
            live = _kept.get(key) or _compile(version)
            _keep(key, live)
    return live if live.version == version.version else live._replace(version=version.version)


def forget() -> None:
    """Free all compiled programs."""
    with _lock:
        while _kept:
            _kept.popitem()[1].program.close()


def _loaded() -> registry.Registry | None:
    try:
        return registry.loaded()
    except RuntimeError:  # the rules can be tried before any addon is loaded
        return None


def _addons() -> tuple[str, ...]:
    loaded = _loaded()
    return () if loaded is None else tuple(manifest.name for manifest in loaded.manifests)


def _keep(key: tuple[str, tuple[str, ...]], live: Live) -> None:
    _kept[key] = live
    _kept.move_to_end(key)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)[1].program.close()


def _compile(version: BookVersion) -> Live:
    words = words_in_force()
    book = read_book(version.text, words)
    return Live(version.version, version.digest, Program(book, words), used_by(book, words))


def words_in_force() -> Vocabulary:
    """Return the words of the loaded addons; of all available ones where none are loaded."""
    loaded = _loaded()
    return vocabulary() if loaded is None else loaded.vocabulary()


def used_by(book: RuleBook, words: Vocabulary) -> Used:
    """Return what the rules of a book ask about; facts that effects count with are among them."""
    facts: dict[str, set[str]] = {}
    limits: dict[str, dict[str, tuple[Limit, ...]]] = {}
    for rule in book.rules:
        asked = facts.setdefault(rule.event, set())
        asked |= facts_of(rule.items) | facts_of(rule.when)
        asked |= {str(value) for then in rule.then for value in then.params.values() if value in words.facts}
        if rule.limits and rule.enabled:
            limits.setdefault(rule.event, {})[rule.name] = rule.limits
    capped = frozenset(rule.name for rule in book.rules for then in rule.then if "list_cap" in then.params)
    return Used({event: frozenset(names) for event, names in facts.items()}, limits, capped)


def number_on(live: Live, value: int | Ref | None, day: date) -> int | None:
    """Return a number of the book on a day; None stays None (a limit that does not restrict)."""
    return resolve(value, live.program.book.parameters, day)
