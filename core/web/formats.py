"""How values look on screens (for `formatters_columns` and templates): amounts, rates in 折, days, moments, tiers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from babel.dates import format_date
from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup, escape

from core import clock
from core.money import MINUS, WHOLE, yuan
from core.periods import local
from core.web.zones import own_zone
from rules.vocabulary import Choice

EMPTY = "–"
_NUMBER = Markup('<span class="num">{}</span>')
_WHOLE = Markup('<span class="whole">{}</span>')
_TIERS = {
    "ordinary": lazy_gettext("Ordinary card"),
    "gold": lazy_gettext("Gold card"),
    "diamond": lazy_gettext("Diamond card"),
    "": lazy_gettext("Prospect"),
}
_F = TypeVar("_F", bound=Callable[..., Any])
_CHIP = Markup('<span class="chip chip-{}">{}</span>')


def _number(text: str) -> Markup:
    return _NUMBER.format(text)


def money(fen: int | None) -> Markup:
    """Write fen as an amount: 248820 -> 2,488.20, right-aligned in lists."""
    return _number(EMPTY if fen is None else yuan(fen))


def amount(fen: int | None, currency: str) -> Markup:
    """Write fen as an amount with its currency, where amounts of several stand below each other: 2,488.20 HKD."""
    return _number(EMPTY if fen is None else f"{yuan(fen)} {currency}")


def points(amount: int | None) -> Markup:
    """Write points or a count with separators; negative with U+2212."""
    if amount is None:
        return _number(EMPTY)
    return _number(f"{MINUS if amount < 0 else ''}{abs(amount):,}")


count = points


def rate(basis_points: int | None) -> Markup:
    """Write a ratio that is paid: 9500 -> 9.5 折, in English "pays 95 %"."""
    return _number(EMPTY if basis_points is None else rate_text(basis_points))


def rate_text(basis_points: int) -> str:
    """Write a ratio that is paid as plain text."""
    if _in_chinese() and basis_points != WHOLE:
        return f"{_decimal(basis_points, 1000)} 折"
    return str(gettext("pays %(percent)s %%", percent=_decimal(basis_points, 100)))


#: The basis points of one of each unit in which people type a ratio.
_UNITS = {"折": 1000, "%": 100}
_RATE = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,4})?)\s*([折%]?)")


def _in_chinese() -> bool:
    return str(get_locale() or "zh").startswith("zh")


def rate_unit() -> str:
    """Return the unit in which a ratio is typed: 折, in English percent."""
    return "折" if _in_chinese() else "%"


def rate_typed(basis_points: int) -> str:
    """Write a ratio as it is typed beside its unit: 9500 -> 9.5, in English 95."""
    return _decimal(basis_points, _UNITS[rate_unit()])


def read_rate(text: str) -> int:
    """Read a ratio as people write it, as basis points: 8.5 折, 85 %, and a bare 8.5 or 85 in the unit of the language.

    Refuses with ValueError what is no ratio, or none of whole basis points.
    """
    found = _RATE.fullmatch(text.strip().replace("％", "%"))
    if found is None:
        raise ValueError(text)
    amount = Decimal(found[1]) * _UNITS[found[2] or rate_unit()]
    if amount != amount.to_integral_value():
        raise ValueError(text)
    return int(amount)


def percent(basis_points: int | None) -> Markup:
    """Write a share: 1250 -> 12.5 %."""
    return _number(EMPTY if basis_points is None else f"{_decimal(basis_points, 100)} %")


def _decimal(amount: int, unit: int) -> str:
    """Divide exactly and drop closing zeros: 9500 / 1000 -> 9.5."""
    digits = len(str(unit)) - 1
    whole, part = divmod(abs(amount), unit)
    text = f"{whole}.{part:0{digits}d}".rstrip("0").rstrip(".")
    return f"{MINUS if amount < 0 else ''}{text}"


def day(value: date | None) -> str:
    """Write a day as 2026-05-01."""
    return EMPTY if value is None else value.isoformat()


#: How a day stands in a sentence, without and with its year.
_CHINESE_DAY = "M月d日（EEE）", "y年M月d日（EEE）"
_ENGLISH_DAY = "EEE d MMM", "EEE d MMM y"


def day_in_words(value: date | str | None) -> str:
    """Write a day as a sentence says it: 5月1日（週五）, in English Fri 1 May; with its year where it is not this one.

    A day out of kept data may come as 2026-05-01.
    """
    if not value:
        return EMPTY
    shown = date.fromisoformat(value) if isinstance(value, str) else value
    locale = str(get_locale() or "zh_Hant_TW")
    patterns = _CHINESE_DAY if locale.startswith("zh") else _ENGLISH_DAY
    return str(format_date(shown, patterns[shown.year != local(clock.now()).year], locale=locale))


_DIGITS = "〇一二三四五六七八九十"


def lunar_day(key: int | None) -> str:
    """Write the key of a lunar birthday (rules.birthday): 815 -> 農曆八月十五, in English lunar 8-15."""
    if key is None:
        return EMPTY
    month, of_month = divmod(abs(key), 100)
    chinese = _in_chinese()
    shown = ("正月" if month == 1 else f"{_numeral(month)}月") if chinese else str(month)
    named = gettext("leap %(month)s", month=shown) if key < 0 else shown
    return str(gettext("lunar %(month)s-%(day)s", month=named, day=_lunar_numeral(of_month) if chinese else of_month))


def _numeral(number: int) -> str:
    """Write 1 to 19 in Chinese."""
    return _DIGITS[number] if number <= 10 else f"十{_DIGITS[number - 10]}"


def _lunar_numeral(of_month: int) -> str:
    """Write a day of a lunar month: 初一, 十五, 廿九, 三十."""
    if of_month <= 10:
        return f"初{_DIGITS[of_month]}"
    if of_month % 10 == 0:
        return f"{_DIGITS[of_month // 10]}十"
    return _numeral(of_month) if of_month < 20 else f"廿{_DIGITS[of_month - 20]}"


def moment(value: datetime | None) -> str:
    """Write an aware moment in the reader's time zone, to the minute; a naive one as it stands."""
    if value is None:
        return EMPTY
    shown = value if value.tzinfo is None else local(value, own_zone())
    return shown.strftime("%Y-%m-%d %H:%M")


def local_day(value: datetime | None) -> str:
    """Write the day of an aware moment in the reader's time zone; a naive one as it stands."""
    return moment(value).partition(" ")[0]


def whole(value: Any) -> Markup | str:
    """Write a number as it is printed, never broken at its hyphens: SH01-0004527."""
    return EMPTY if value is None else _WHOLE.format(value)


def yes_no(value: bool | None) -> str:
    """Write a yes or no in words."""
    if value is None:
        return EMPTY
    return str(gettext("Yes") if value else gettext("No"))


def text(value: Any) -> str:
    """Write a text, a dash where there is none."""
    return EMPTY if value is None or value == "" else str(value)


def telling(formatted: _F, codes: Iterable[str]) -> _F:
    """Say which codes a formatter knows, so that the filters of a list offer them in its words."""
    formatted.codes = tuple(codes)  # type: ignore[attr-defined]
    return formatted


def codes_of(formatter: Any) -> tuple[str, ...]:
    """Return the codes a formatter knows, () of one that writes anything else."""
    return getattr(formatter, "codes", ())


def tier_chip(code: str | None) -> Markup:
    """Write a tier as its coloured chip, always with the word; other codes come without colour."""
    code = code or ""
    return _CHIP.format(code or "prospect", _TIERS.get(code, code))


def tier_or_none(code: str | None) -> Any:
    """Write a tier as its chip; a prospect, or a sale without a member, has none."""
    return tier_chip(code) if code else EMPTY


for _each in (tier_chip, tier_or_none):
    telling(_each, (code for code in _TIERS if code))


def chip(kind: str, words: str) -> Markup:
    """Write a chip of a kind: good, warn, bad, quiet, accent or a tier's code."""
    return _CHIP.format(kind, words)


def state_chip(labels: Mapping[str, tuple[str, Any]]) -> Callable[[str | None], Markup | str]:
    """Return a formatter of codes as chips: {code: (kind, lazy text)}."""

    def formatted(code: str | None) -> Markup | str:
        if not code and "" not in labels:
            return EMPTY
        kind, words = labels.get(code or "", ("quiet", text(code)))
        return chip(kind, str(words))

    return telling(formatted, labels)


def worded(words: Mapping[str, Any]) -> Callable[[str | None], str]:
    """Return a formatter of codes in the person's language: {code: lazy text}."""

    def formatted(code: str | None) -> str:
        return str(words.get(code or "", code or EMPTY))

    return telling(formatted, words)


def choice(choices: tuple[Choice, ...]) -> Callable[[str | None], str]:
    """Return a formatter of codes in the person's language; an unknown code is shown as it is."""
    labels = {item.code: item.label for item in choices}

    def formatted(code: str | None) -> str:
        label = labels.get(code or "")
        return text(code) if label is None else label.in_language(str(get_locale() or "zh_Hant"))

    return telling(formatted, labels)


#: Formatters of numbers: their columns are right-aligned.
NUMERIC: set[Callable[..., Any]] = {money, points, rate, percent}
#: Formatters of days and moments: their columns are not broken into lines.
WHEN = (day, moment, local_day)


def numeric(formatter: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Declare that a formatter writes numbers too."""
    NUMERIC.add(formatter)
    return formatter


def masked_phone(number: str | None) -> str:
    """Write a phone number with its middle hidden: +86138****5678."""
    if not number:
        return EMPTY
    return number if len(number) < 8 else f"{number[:-8]}****{number[-4:]}"


def link(address: str, words: Any) -> Markup:
    """Write a link to an address of the product."""
    return Markup('<a href="{}">{}</a>').format(address, escape(words))
