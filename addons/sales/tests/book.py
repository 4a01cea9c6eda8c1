"""The rule book that ships, with more rules or with some changed, in force for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from addons.rulebook.services.source import DatabaseVersions
from core.policy.version import BookVersion, digest_of, set_version_source, shipped_text
from rules.yaml_text import read_yaml, write_yaml


class _Book:
    """The one version there is."""

    def __init__(self, rules: tuple[dict[str, Any], ...], change: Callable[[dict[str, Any]], None]) -> None:
        whole = read_yaml(shipped_text() or "")
        assert isinstance(whole, dict)
        change(whole)
        text = write_yaml({**whole, "rules": [*whole["rules"], *rules]})
        self.version = BookVersion("changed", digest_of(text), text)

    def live(self, *_: object) -> BookVersion:
        return self.version

    def by_digest(self, _: object, digest: str) -> BookVersion | None:
        return self.version if digest == self.version.digest else None

    def overruled(self, *_: object) -> bool:
        return False


@contextmanager
def book(*rules: dict[str, Any], change: Callable[[dict[str, Any]], None] = lambda _: None) -> Iterator[BookVersion]:
    """Let a book with these rules beside those that ship be in force."""
    made = _Book(rules, change)
    set_version_source(made)
    try:
        yield made.version
    finally:
        set_version_source(DatabaseVersions())
