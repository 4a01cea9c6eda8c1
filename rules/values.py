"""One value of a kind, read from plain data (YAML, JSON) and written back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rules.vocabulary import Choice, Kind, Value

LARGEST = 10**15  # beyond it neither the engine nor a spreadsheet is exact
LONGEST_TEXT = 200

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_BOUNDS = {
    Kind.RATIO: (0, 1_000_000),
    Kind.TIME: (0, 24 * 60),
    Kind.WEEKDAY: (1, 7),
}
NUMBERS = frozenset({Kind.MONEY, Kind.POINTS, Kind.COUNT, Kind.RATIO, Kind.TIME, Kind.WEEKDAY})
ORDERED = NUMBERS | {Kind.DATE}


class NotAValue(ValueError):
    """The data is not a value of the kind; the text is the sentence to show."""


def read_value(raw: object, kind: Kind, choices: Sequence[Choice] | None = None) -> Value:
    """Return the exact Python value of a kind.

    Refuses with NotAValue what is of another type, out of bounds or not among the choices.
    """
    if kind in NUMBERS:
        return read_number(read_clock(raw) if kind is Kind.TIME and isinstance(raw, str) else raw, kind)
    if kind is Kind.DATE:
        return read_date(raw)
    if kind is Kind.YES_NO:
        return read_flag(raw)
    if kind is Kind.CHOICES and isinstance(raw, list):
        return frozenset(read_code(each, choices) for each in raw)
    return read_code(raw, choices)


def read_number(raw: object, kind: Kind = Kind.COUNT) -> int:
    """Return an exact whole number within the bounds of its kind.

    Refuses with NotAValue texts, fractions, yes/no and numbers that are too large.
    """
    lowest, highest = _BOUNDS.get(kind, (-LARGEST, LARGEST))
    if type(raw) is not int:
        raise NotAValue(f"must be a whole number, not {shown(raw)}")
    if not lowest <= raw <= highest:
        raise NotAValue(f"must be between {lowest} and {highest}")
    return raw


def read_flag(raw: object) -> bool:
    """Return yes or no. Refuses with NotAValue anything but true and false."""
    if not isinstance(raw, bool):
        raise NotAValue(f"must be true or false, not {shown(raw)}")
    return raw


def read_date(raw: object) -> date:
    """Return a day from `2026-05-01` or a date. Refuses with NotAValue anything else."""
    if type(raw) is date:
        return raw
    try:
        if isinstance(raw, str) and len(raw) == 10:
            return date.fromisoformat(raw)
    except ValueError:
        pass
    raise NotAValue(f"must be a day like 2026-05-01, not {shown(raw)}")


def read_clock(raw: object) -> int:
    """Return minutes since midnight from `09:30`; `24:00` is the end of the day. Refuses with NotAValue."""
    match = _CLOCK.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or (minutes := int(match[1]) * 60 + int(match[2])) > 24 * 60:
        raise NotAValue(f"must be a time like 09:30, not {shown(raw)}")
    return minutes


def write_clock(minutes: int) -> str:
    """Return minutes since midnight as `09:30`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_code(raw: object, choices: Sequence[Choice] | None = None) -> str:
    """Return a code. Refuses with NotAValue what is not a short clean text or not among the choices."""
    code = read_text(raw)
    if choices is not None and code not in {choice.code for choice in choices}:
        raise NotAValue(f"{shown(code)} is not one of {', '.join(choice.code for choice in choices)}")
    return code


def read_text(raw: object, longest: int = LONGEST_TEXT, *, lines: bool = False) -> str:
    """Return a text without control characters and lone surrogates; line ends only where `lines`.

    Refuses with NotAValue other types and texts that are too long.
    """
    if not isinstance(raw, str):
        raise NotAValue(f"must be a text, not {shown(raw)}")
    if len(raw) > longest:
        raise NotAValue(f"must have at most {longest} characters")
    if any(unicodedata.category(each) in ("Cc", "Cs") and not (lines and each == "\n") for each in raw):
        raise NotAValue("has characters that cannot be printed")
    return raw


def check_plain(raw: Mapping[Any, Any], deepest: int) -> dict[str, object]:
    """Return a copy of plain data with days as texts and sequences as lists.

    Refuses with NotAValue what YAML could not hold: other types, keys that are no texts, nesting beyond `deepest`.
    """
    return {_plain_key(key): _plain(value, deepest - 1) for key, value in raw.items()}


def _plain(raw: object, deeper: int) -> object:
    if deeper < 0:
        raise NotAValue("is nested too deeply")
    if isinstance(raw, Mapping):
        return {_plain_key(key): _plain(value, deeper - 1) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [_plain(each, deeper - 1) for each in raw]
    if type(raw) is date:
        return raw.isoformat()
    if raw is None or isinstance(raw, str | int):
        return raw
    raise NotAValue(f"has a value of a kind that rule books do not know: {shown(raw)}")


def _plain_key(key: object) -> str:
    if type(key) is date:
        return key.isoformat()
    if not isinstance(key, str):
        raise NotAValue(f"has the key {shown(key)}, which is not a text")
    return key


def shown(raw: object) -> str:
    """Return a short picture of anything, safe to put into a sentence."""
    if isinstance(raw, dict | list):
        return "a group" if isinstance(raw, dict) else "a list"
    if isinstance(raw, int) and abs(raw) > LARGEST:
        return "a huge number"
    text = ascii(raw) if isinstance(raw, str) and not raw.isprintable() else repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."
