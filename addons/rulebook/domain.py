"""Rule books as files: one file, or a folder of files that together are one book; the programme that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.policy.version import shipped_text
from rules.book import Rule, RuleBook
from rules.parts import put_together
from rules.policy import read_book
from rules.vocabulary import Vocabulary
from rules.yaml_text import read_yaml, write_yaml

_SUFFIXES = (".yaml", ".yml", ".json")


def default_book(vocabulary: Vocabulary) -> RuleBook:
    """Return the programme that ships with the addons.

    Refuses with BookRefused if a word it uses belongs to an addon that is not there.
    """
    return read_book(shipped_text() or "", vocabulary)


def book_at(path: Path, vocabulary: Vocabulary) -> RuleBook:
    """Read the rule book of a file, or of all files of a folder.

    Refuses with BookRefused, listing every problem.
    """
    return read_book(data_at(path), vocabulary)


def data_at(path: Path) -> Mapping[str, object]:
    """Return the rule book of a file, or of all files of a folder, as plain data.

    Refuses with BookRefused what is no group of words.
    """
    return put_together(_parts(path) if path.is_dir() else [(path.name, read_yaml(path.read_text(encoding="utf-8")))])


def _parts(folder: Path) -> list[tuple[str, object]]:
    found = sorted((each for each in folder.iterdir() if each.name.endswith(_SUFFIXES)), key=lambda each: each.name)
    return [(each.name, read_yaml(each.read_text(encoding="utf-8"))) for each in found]


def switched_off(text: str, rule: str) -> str | None:
    """Return the text of a book with one rule (or row of a table) off, None if there is no such rule that is on."""
    book = read_yaml(text)
    if not isinstance(book, dict):
        return None
    found = next((each for each in _rules_of(book) if each[0] == rule and each[1].get("enabled", True)), None)
    if found is None:
        return None
    found[1]["enabled"] = False
    return write_yaml(book)


def _rules_of(book: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the name and the plain data of every rule and every row of a table."""
    for rule in book.get("rules") or ():
        yield str(rule.get("rule")), rule
    for table in book.get("tables") or ():
        for row in table.get("rows") or ():
            yield str(row.get("name")), row


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that two versions do not share, as a sentence before and after (None: it is not there)."""

    rule: str
    before: str | None
    after: str | None


def differences(old: RuleBook, new: RuleBook, sentence: Callable[[RuleBook, Rule], str]) -> list[Difference]:
    """Return what differs between two books, by rule name."""
    before, after = ({rule.name: rule for rule in book.rules} for book in (old, new))
    found = []
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None or replace(one, table=None) != replace(other, table=None):
            said = [None if rule is None else sentence(book, rule) for book, rule in ((old, one), (new, other))]
            found.append(Difference(name, said[0], said[1]))
    return found
