"""The programme that ships, compiled once for the tests, and short ways to ask it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from addons.rulebook.domain import default_book
from core.addons.words import vocabulary
from rules.cases import Case, read_case
from rules.decide import Program
from rules.vocabulary import Vocabulary

NOON = datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001 - local time of the store


@cache
def words() -> Vocabulary:
    """Return the words of all addons."""
    return vocabulary()


@cache
def program() -> Program:
    """Return the programme that ships, compiled."""
    return Program(default_book(words()), words())


def case(**keys: Any) -> Case:
    """Return a case of these keys."""
    return read_case({"at": "2026-05-04T12:00"} | keys, words())
