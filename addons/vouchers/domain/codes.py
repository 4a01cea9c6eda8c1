"""Codes of vouchers, the patterns they are drawn from, and the last day vouchers are good for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from core.ids import ALPHABET, unguessable

RANDOM_LETTERS = 13  # 30 ** 13: nobody finds a live code by trying
LEAST_RANDOM = 10  # of ten million live codes, one try in sixty million finds one
LONGEST = 20
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_PATTERN = re.compile(rf"([{ALPHABET}]*)(\?+)#")

#: `?` is a letter drawn by chance, `#` the check letter, anything else stands as it is.
DEFAULT_PATTERN = "?" * RANDOM_LETTERS + "#"


def check_letter(letters: str) -> str:
    """Return the check letter of a code (Luhn, modulo the size of the alphabet): one wrong letter is always seen."""
    size = len(ALPHABET)
    total = 0
    for place, letter in enumerate(reversed(letters)):
        value = _VALUES[letter] * (2 if place % 2 == 0 else 1)
        total += value // size + value % size
    return ALPHABET[-total % size]


def new_code(choose: Callable[[int], str] = unguessable) -> str:
    """Return a code nobody can guess, with its check letter; `choose` is replaced where it must be repeatable."""
    return code_of(DEFAULT_PATTERN, choose)


def code_of(pattern: str, choose: Callable[[int], str] = unguessable) -> str:
    """Return a new code of a pattern in which `pattern_problem` found nothing wrong."""
    head = pattern.rstrip("?#")
    letters = head + choose(len(pattern) - len(head) - 1)
    return letters + check_letter(letters)


def pattern_problem(pattern: str) -> str:
    """Return what is wrong with a pattern of codes, "" where nothing is."""
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        return "first fixed letters (none of 0 O 1 I L U), then ? for each random letter, then # for the check letter"
    if len(found[2]) < LEAST_RANDOM:
        return "fewer than ten random letters can be guessed"
    if len(pattern) > LONGEST:
        return "a code has at most twenty letters"
    return ""


def is_code(text: str) -> bool:
    """Tell whether a text can be a code: its letters and its check letter are right."""
    return len(text) > 1 and set(text) <= set(ALPHABET) and check_letter(text[:-1]) == text[-1]


def typed(text: str) -> str:
    """Return a code as people type it in its written form: capitals, no spaces or dashes."""
    return text.replace("-", "").replace(" ", "").upper()


def last_day(issued_on: date, days: int) -> date:
    """Return the last day a voucher can be used: issued on the 1st and good for 3 days, it ends on the 4th."""
    return issued_on + timedelta(days=days)
