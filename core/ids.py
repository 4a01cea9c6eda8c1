"""Codes people read and type: check digits and unguessable parts."""

from __future__ import annotations

import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U: read aloud without mistakes


def luhn_digit(digits: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1) of a string of digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def has_luhn_digit(number: str) -> bool:
    """Tell whether the last digit of a number is its Luhn check digit."""
    return number.isdigit() and len(number) > 1 and luhn_digit(number[:-1]) == number[-1]


def unguessable(length: int, choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a random code of `length` letters of ALPHABET; `choose` is replaced where it must be repeatable."""
    return "".join(choose(ALPHABET) for _ in range(length))
