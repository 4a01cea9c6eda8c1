"""What people type for the numbers and settings of a book, each in the unit it is spoken of in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask_babel import gettext

from addons.rulebook.documents import SETTINGS, SaidBook
from core.money import WHOLE, from_yuan, yuan
from core.web import formats

_LARGEST_COUNT = 10**9
_MONEY_SETTINGS = ("floor_price", "voucher_min_spend")


@dataclass(frozen=True, slots=True)
class Field:
    """A number or a setting as a form shows it; `was` is what holds, `typed` what stands in the field."""

    name: str
    label: str
    reference: str
    meant: str
    was: int | str
    typed: str
    told: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    @property
    def unit(self) -> str:
        """Return what stands behind the field."""
        return _UNITS[self.meant]() if self.meant in _UNITS else ""


class Wrong(ValueError):
    """Something typed that is no value of its kind."""


def numbers(said: SaidBook, language: str, given: Mapping[str, str]) -> list[Field]:
    """Return the dated numbers of a book, with what was typed into `number-NAME`."""
    found = []
    for each in said.book.parameters.values():
        meant, was = said.meant_as(each), said.today(each)
        text = given.get(f"number-{each.name}", _write(meant, was))
        told = said.parameter(each).today
        label = each.label.in_language(language)
        found.append(Field(each.name, label, each.reference, meant, was, text, told, (), _problem(meant, text)))
    return found


def settings(said: SaidBook, language: str, given: Mapping[str, str]) -> list[Field]:
    """Return how a book calculates, with what was typed into `setting-NAME`."""
    found = []
    for name, reference, label, words in SETTINGS:
        was = getattr(said.book.settings, name)
        choices = tuple((str(code), text.in_language(language)) for code, text in words.items())
        meant = "choice" if choices else "money" if name in _MONEY_SETTINGS else "count"
        text = given.get(f"setting-{name}", _write(meant, was))
        problem = "" if any(text == code for code, _ in choices) else _problem(meant, text)
        found.append(Field(name, label.in_language(language), reference, meant, was, text, "", choices, problem))
    return found


def changed(fields: list[Field]) -> dict[str, int | str]:
    """Return what differs from what holds, of fields without a problem."""
    read = {each.name: _read(each.meant, each.typed) for each in fields}
    return {each.name: read[each.name] for each in fields if read[each.name] != each.was}


def _write(meant: str, value: int | str) -> str:
    if isinstance(value, str):
        return value
    return _WRITERS[meant](value) if meant in _WRITERS else f"{value:,}"


def _read(meant: str, text: str) -> int | str:
    if meant == "choice":
        return text
    value = _READERS.get(meant, _count)(text)
    if value < 0:
        raise Wrong(text)
    return value


def _problem(meant: str, text: str) -> str:
    if meant == "choice":
        return str(gettext("Choose one of the list."))
    try:
        _read(meant, text)
    except ValueError:
        return str(gettext("This is no such number: %(text)s.", text=text.strip() or "–"))
    return ""


def _count(text: str) -> int:
    value = int(text.replace(",", ""))
    if value > _LARGEST_COUNT:
        raise Wrong(text)
    return value


def _of_whole(unit: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = Decimal(text.strip().rstrip("%％").strip()) * unit
        except InvalidOperation:
            raise Wrong(text) from None
        if not value.is_finite() or value != value.to_integral_value() or value > _LARGEST_COUNT:
            raise Wrong(text)
        return int(value)

    return read


def _plain(unit: int) -> Callable[[int], str]:
    return lambda value: f"{Decimal(value) / unit:f}"


_WRITERS: Mapping[str, Callable[[int], str]] = {
    "ratio": formats.rate_typed,
    "times": _plain(WHOLE),
    "share": _plain(100),
    "money": yuan,
}
_READERS: Mapping[str, Callable[[str], int]] = {
    "ratio": formats.read_rate,
    "times": _of_whole(WHOLE),
    "share": _of_whole(100),
    "money": from_yuan,
}
_UNITS: Mapping[str, Callable[[], str]] = {
    "ratio": formats.rate_unit,
    "times": lambda: str(gettext("times the points")),
    "share": lambda: "%",
    "money": lambda: str(gettext("yuan")),
    "points": lambda: str(gettext("points")),
}
