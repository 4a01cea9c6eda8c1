"""The words a rule may use: facts it may ask about, effects it may have, and their kinds (rules.md section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What a value is; every value is an exact integer, a code or a set of codes."""

    MONEY = "money"  # fen
    POINTS = "points"
    COUNT = "count"
    RATIO = "ratio"  # basis points: 9500 = pays 95 % = 9.5 折
    DATE = "date"  # datetime.date in Python, yyyymmdd inside the engine
    TIME = "time"  # minutes since midnight
    WEEKDAY = "weekday"  # 1 = Monday ... 7 = Sunday
    YES_NO = "yes_no"  # bool
    CHOICE = "choice"  # a code (str); open choices (product codes) have choices=None
    CHOICES = "choices"  # a frozenset of codes


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the three languages of the product."""

    zh_hant: str
    zh_hans: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text for zh_Hant..., zh_Hans... or (anything else) English."""
        if language.startswith("zh_Hant"):
            return self.zh_hant
        return self.zh_hans if language.startswith("zh_Hans") else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice, with its label."""

    code: str
    label: Text


#: The plain Python values a fact may have.
Value = int | bool | str | frozenset[str] | object  # object: datetime.date


@dataclass(frozen=True, slots=True)
class Fact:
    """A word that a condition may ask about: `addon.noun_detail`."""

    name: str
    kind: Kind
    label: Text
    neutral: Value  # what it is when a case does not give it
    help: Text | None = None
    scope: Literal["event", "line"] = "event"
    choices: tuple[Choice, ...] | None = None  # None on CHOICE/CHOICES: any code, checked elsewhere
    place: str = ""  # section of the editor
    words_only: bool = False  # a rule that asks it may choose words, and give nothing of value (C33)


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an effect; `required` unless a default is given."""

    name: str
    kind: Kind
    label: Text
    required: bool = True
    default: Value | None = None
    at_least: int | None = None
    at_most: int | None = None
    choices: tuple[Choice, ...] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """A word for what a rule does: `addon.verb`."""

    name: str
    label: Text
    params: tuple[Param, ...]
    help: Text | None = None
    on: Literal["line", "basket", "event"] = "event"  # line/basket: a price effect; event: collected once per rule
    of_value: bool = True  # whether it gives the customer something


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of the installed addons; each word has one owner."""

    facts: Mapping[str, Fact]
    effects: Mapping[str, Effect]
    owners: Mapping[str, str] = field(default_factory=dict)  # word -> addon


class DuplicateWordError(Exception):
    """Two addons own the same word."""


def collect(parts: Iterable[tuple[str, Iterable[Fact], Iterable[Effect]]]) -> Vocabulary:
    """Gather (addon, facts, effects) into one vocabulary.

    Refuses with DuplicateWordError if a word has two owners.
    """
    facts: dict[str, Fact] = {}
    effects: dict[str, Effect] = {}
    owners: dict[str, str] = {}
    for owner, its_facts, its_effects in parts:
        words: list[Fact | Effect] = [*its_facts, *its_effects]
        for word in words:
            if word.name in owners:
                message = f"{word.name} is declared by {owners[word.name]} and by {owner}"
                raise DuplicateWordError(message)
            owners[word.name] = owner
            if isinstance(word, Fact):
                facts[word.name] = word
            else:
                effects[word.name] = word
    return Vocabulary(facts, effects, owners)
