"""Rule books as files: one file, or a folder of files that together are one book; the programme that ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from core.policy.version import shipped_text
from rules.book import WHOLE, Rule, RuleBook
from rules.decide import decide_plain
from rules.event import Event, Line, Place
from rules.parts import put_together
from rules.policy import read_book
from rules.vocabulary import Value, Vocabulary
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


@dataclass(frozen=True, slots=True)
class Edits:
    """What somebody changes in a book without writing it: numbers from a day on, rules on or off, how it calculates."""

    since: date
    numbers: Mapping[str, int]
    switches: Mapping[str, bool]
    settings: Mapping[str, str | int]


def edited(text: str, edits: Edits) -> str:
    """Return the text of a book with some changes; what they do not name stays as it is written."""
    book = read_yaml(text)
    if not isinstance(book, dict):
        return text
    for parameter in book.get("parameters") or ():
        if parameter.get("parameter") in edits.numbers:
            values = {**parameter["values"], edits.since.isoformat(): edits.numbers[parameter["parameter"]]}
            parameter["values"] = dict(sorted(values.items()))
    for name, rule in _rules_of(book):
        if name in edits.switches:
            rule["enabled"] = edits.switches[name]
    if edits.settings:
        book["settings"] = {**(book.get("settings") or {}), **edits.settings}
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


class EffectiveRate(NamedTuple):
    """What members of a tier pay of the list price, and of that when points become vouchers (C19); basis points."""

    tier: str
    occasion: str  # plain, special, birthday
    pays: int
    with_vouchers: int


_LIST = 100_000  # fen of the piece that is tried
_SPECIAL = 80_000  # at 8 折, the deepest that tier rates apply to as the programme ships (C08)
_MANY_POINTS = 1_000_000
_OCCASIONS = {"plain": (None, False), "special": (_SPECIAL, False), "birthday": (None, True)}


def effective_rates(book: RuleBook, vocabulary: Vocabulary, at: datetime) -> list[EffectiveRate]:
    """Return what each tier really pays, tried out by the plain evaluator; nothing where there are no tiers."""
    choices = vocabulary.facts["member.tier"].choices if "member.tier" in vocabulary.facts else None
    worth = _worth_of_points(book, vocabulary, at)
    found = []
    for tier in [choice.code for choice in choices or () if choice.code != "none"]:
        for occasion, (special, birthday) in _OCCASIONS.items():
            facts = _MEMBER | {"member.tier": tier, "member.is_birthday": birthday}
            event = Event("quote", at, Place(book.brand), facts, [Line("", 1, _LIST, special)])
            decision = decide_plain(book, vocabulary, event)
            back = decision.points_base * worth
            found.append(EffectiveRate(tier, occasion, _share(decision.cash), _share(decision.cash - int(back))))
    return found


_MEMBER: dict[str, Value] = {"member.present": True, "member.card_active": True, "member.receipts_before": 1}


def _worth_of_points(book: RuleBook, vocabulary: Vocabulary, at: datetime) -> Fraction:
    """Return what a purchase point is worth in vouchers, in fen."""
    facts: dict[str, Value] = {"member.present": True, "points.purchase_12m": _MANY_POINTS}
    for event in ("points_review", "points_request"):
        if "points.purchase_12m" not in vocabulary.facts:
            break
        for fired in decide_plain(book, vocabulary, Event(event, at, Place(book.brand), facts)).effects:
            points, value = fired.params.get("points"), fired.params.get("voucher_value")
            if fired.effect == "points.exchange" and isinstance(points, int) and isinstance(value, int) and points:
                return Fraction(value, points)
    return Fraction(0)


def _share(fen: int) -> int:
    return fen * WHOLE // _LIST
