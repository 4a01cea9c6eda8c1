"""Text on paper: what is taken out of it, what is cut, and how numbers, rates and times are written."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import datetime, tzinfo

from markupsafe import Markup, escape

from reports.table import Cell, Unit
from reports.words import Words

MINUS = "\N{MINUS SIGN}"
CELL_LIMIT = 500  # one endless word costs layout time that grows with its square
TOKEN_LIMIT = 40

# Marks that reorder or hide text: a sum must not be printed other than it is stored.
_DROPPED = re.compile(
    "[\x00\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)
_SPACE = re.compile("[ \t\n\r\v\f\x85\u2028\u2029]+")
_LONG_TOKEN = re.compile(rf"([\x21-\x7e]{{{TOKEN_LIMIT}}})(?=[\x21-\x7e])")
# Drawn as nothing by every font: not in the fonts' tables, yet not missing.
_INVISIBLE = re.compile("[\u00ad\u034f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def is_unprintable(character: str) -> bool:
    """Is it a control, a non-character or an anchor that no PDF/A may show?"""
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xFFF9 <= code <= 0xFFFD or code & 0xFFFE == 0xFFFE


def code_point(character: str) -> str:
    """U+XXXX of a character."""
    return f"U+{ord(character):04X}"


def clean(text: str) -> str:
    """Text as it may be printed: no reordering marks, one space for any white space, controls as U+XXXX."""
    text = _SPACE.sub(" ", _DROPPED.sub("", text))
    if text.isprintable():
        return text
    return "".join(code_point(character) if is_unprintable(character) else character for character in text)


def cut(text: str, more: str) -> str:
    """At most 500 characters; what is cut off stays in the attachment, and `more` says so."""
    return text if len(text) <= CELL_LIMIT else text[:CELL_LIMIT] + "…" + more


class Cleaner:
    """Makes text printable with given fonts and remembers each character they do not have."""

    def __init__(self, covered: AbstractSet[int], more: str) -> None:
        """`covered` are the code points of the fonts, `more` the note after a cut."""
        self._covered = covered
        self._more = more
        self._seen: set[str] = set()

    @property
    def missing(self) -> tuple[str, ...]:
        """The characters met so far that the fonts do not have, in code point order."""
        return tuple(sorted(self._seen))

    def plain(self, text: str) -> str:
        """For attributes and charts: a missing character becomes 〓."""
        text = cut(clean(text), self._more)
        return "".join("〓" if self._lacks(character) else character for character in text)

    def html(self, text: str) -> Markup:
        """For the page: a missing character becomes 〓 with its code point, endless words may break."""
        text = cut(clean(text), self._more)
        return Markup("").join(_box(piece) if self._lacks(piece) else _broken(piece) for piece in self._pieces(text))

    def _pieces(self, text: str) -> list[str]:
        """The text split so that each missing character stands alone."""
        if all(ord(character) in self._covered for character in set(text)):
            return [text]
        pieces = [""]
        for character in text:
            if self._lacks(character):
                pieces += [character, ""]
            else:
                pieces[-1] += character
        return pieces

    def _lacks(self, character: str) -> bool:
        if len(character) != 1 or ord(character) in self._covered or _INVISIBLE.match(character):
            return False
        self._seen.add(character)
        return True


def _box(character: str) -> Markup:
    return Markup('〓<small class="missing">[{}]</small>').format(code_point(character))


def _broken(text: str) -> Markup:
    parts = _LONG_TOKEN.sub("\\1\x00", text).split("\x00")
    return Markup("<wbr>").join(escape(part) for part in parts)


def number(value: int) -> str:
    """1234567 -> 1,234,567 with the typographic minus."""
    return f"{value:,}".replace("-", MINUS)


def money(fen: int) -> str:
    """248820 -> 2,488.20; the currency stands once in the caption."""
    whole, part = divmod(abs(fen), 100)
    return f"{MINUS if fen < 0 else ''}{whole:,}.{part:02}"


def decimal(value: int, unit: int, digits: int = 0) -> str:
    """Value / unit written exactly (unit is a power of ten), without trailing zeros beyond `digits`."""
    whole, part = divmod(abs(value), unit)
    places = len(str(unit)) - 1
    fraction = f"{part:0{places}}".rstrip("0").ljust(digits, "0") if places else ""
    return f"{MINUS if value < 0 else ''}{whole:,}" + (f".{fraction}" if fraction else "")


def rate(points: int, words: Words) -> str:
    """What is paid, in basis points: 9500 -> 9.5 折, or "pays 95 %" in English."""
    if points == 10_000:
        return words("rate.full")
    if points <= 0:
        return words("rate.free")
    return words("rate.pays", fold=decimal(points, 1_000), percent=decimal(points, 100))


def share(points: int) -> str:
    """Basis points as a share: 1250 -> 12.50 %."""
    return decimal(points, 100, digits=2) + "\N{NO-BREAK SPACE}%"


def percent(points: int) -> str:
    """Basis points in running text: 6000 -> 60 %."""
    return decimal(points, 100) + "\N{NO-BREAK SPACE}%"


def times(points: int) -> str:
    """A multiplier in basis points: 15000 -> × 1.5."""
    return "×\N{NO-BREAK SPACE}" + decimal(points, 10_000)


def moment(text: str, zone: tzinfo | None = None) -> str:
    """ISO time with offset -> 2026-05-01 15:00, in the zone or its own offset; what is no time stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    shown = at if zone is None or at.tzinfo is None else at.astimezone(zone)
    return shown.strftime("%Y-%m-%d\N{NO-BREAK SPACE}%H:%M")


def second(at: datetime) -> str:
    """2026-05-01 15:00:07, in its own offset."""
    return f"{at:%Y-%m-%d\N{NO-BREAK SPACE}%H:%M:%S}"


def zone(at: datetime) -> str:
    """Asia/Shanghai (UTC+08:00); the name alone where the clocks are changed in the year, the offset without a name."""
    name, offset = getattr(at.tzinfo, "key", ""), f"{at:%z}"
    shown = f"UTC{offset[:3]}:{offset[3:5]}"
    halves = {at.replace(month=month, day=1).utcoffset() for month in (1, 7)}
    if not name:
        return shown
    return name if len(halves) > 1 else f"{name} ({shown})"


def cell(value: Cell, unit: Unit, words: Words, zone: tzinfo | None = None) -> str:
    """A table's value as people read it, times in the zone; None is an empty place."""
    if value is None:
        return ""
    if isinstance(value, int):
        return _figure(value, unit, words)
    return moment(value, zone) if unit == "time" else value


def _figure(value: int, unit: Unit, words: Words) -> str:
    if unit == "money":
        return money(value)
    if unit == "rate":
        return rate(value, words)
    return share(value) if unit == "share" else number(value)
