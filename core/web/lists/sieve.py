"""The filters of a list whose rows are worked out: addresses and words as of those of tables, applied in memory."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from flask import request
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.models.sqla.filters import FilterContains, FilterEqual, FilterGreater, FilterSmaller
from flask_babel import gettext, lazy_gettext
from markupsafe import escape
from wtforms import DateField, IntegerField, StringField, validators

from core.money import from_yuan
from core.web import formats
from core.web.arguments import FILTER
from core.web.forms import MoneyField, PlainDate, PlainNumber, PlainText, any_of
from core.web.lists import files
from core.web.widgets import Widget, without_filter

Holds = Callable[[Any, Any], bool]


def _holds_text(value: Any, typed: Any) -> bool:
    return str(typed).casefold() in str(value).casefold()


def _is_text(value: Any, typed: Any) -> bool:
    return str(typed).casefold() == str(value).casefold()


def _is_code(value: Any, typed: Any) -> bool:
    return typed in value if isinstance(value, (tuple, list)) else bool(value == typed)


def _is_no_code(value: Any, typed: Any) -> bool:
    return not _is_code(value, typed)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of values is compared: what comparisons are called, and how what was typed is read."""

    comparisons: tuple[tuple[Any, Holds], ...]
    read: Callable[[str], Any]


_SIZES = ((FilterEqual.name, operator.eq), (FilterGreater.name, operator.gt), (FilterSmaller.name, operator.lt))
_TEXT = Kind(((FilterContains.name, _holds_text), (FilterEqual.name, _is_text)), str.strip)
_CODE = Kind(((lazy_gettext("is"), _is_code), (lazy_gettext("is not"), _is_no_code)), str)
_NUMBER = Kind(_SIZES, int)
_MONEY = Kind(_SIZES, from_yuan)
_DAY = Kind(_SIZES, date.fromisoformat)


def _kind_of(formatter: Any) -> Kind:
    if formats.codes_of(formatter):
        return _CODE
    if formatter is formats.money:
        return _MONEY
    if formatter is formats.day:
        return _DAY
    return _NUMBER if formatter in formats.NUMERIC else _TEXT


def _field(label: Any, formatter: Any) -> Any:
    """Return the field in which one types what is looked for."""
    kind, optional = _kind_of(formatter), [validators.Optional()]
    if kind is _CODE:
        return any_of(label, formatter)
    if kind is _MONEY:
        return MoneyField(label, validators=optional)
    if kind is _DAY:
        return DateField(label, validators=optional, widget=PlainDate())
    if kind is _NUMBER:
        return IntegerField(label, validators=optional, widget=PlainNumber())
    return StringField(label, validators=optional, widget=PlainText())


@dataclass(frozen=True, slots=True)
class Set:
    """A filter that is set, as its chip shows it."""

    column: str
    name: str
    shown: str
    holds: Callable[[Any], bool]

    @property
    def without(self) -> str:
        """Return the address of the list without this filter."""
        return without_filter(self.column)


class Sieve:
    """The filters of one request over some columns of rows; what makes no sense is left aside."""

    #: What Flask-AppBuilder's templates ask of filters: none is preset for a new record.
    get_filters_values: ClassVar[Callable[[], Sequence[Any]]] = staticmethod(lambda: ())

    def __init__(self, columns: Iterable[str], formatters: Mapping[str, Any]) -> None:
        """Read what the address sets."""
        self.formatters = formatters
        self.columns = tuple(columns)
        self.values = tuple(self._set())

    def _set(self) -> Iterable[Set]:
        for name in request.args:
            found = FILTER.fullmatch(name)
            if found is None or found[2] not in self.columns:
                continue
            kind, number = _kind_of(self.formatters.get(found[2])), int(found[1])
            if number < len(kind.comparisons):
                yield from self._typed(found[2], kind, *kind.comparisons[number], request.args.getlist(name))

    def _typed(self, column: str, kind: Kind, name: Any, holds: Holds, typed: Sequence[str]) -> Iterable[Set]:
        formatter: Any = self.formatters.get(column)
        for text in filter(None, typed):
            try:
                wanted = kind.read(text[:80])
            except ValueError:
                continue
            shown = escape(formatter(wanted)).striptags() if kind is _CODE else text[:80]
            yield Set(column, str(name), shown, _held(holds, wanted, formatter if kind is _TEXT else None))

    def fits(self, row: Any) -> bool:
        """Tell whether a row is among those that are looked for."""
        return all(found.holds(getattr(row, found.column)) for found in self.values)

    def choices(self) -> dict[str, list[tuple[int, str]]]:
        """Return the numbers and names of each column's comparisons."""
        kinds = {column: _kind_of(self.formatters.get(column)) for column in self.columns}
        return {
            column: [(number, str(name)) for number, (name, _) in enumerate(kind.comparisons)]
            for column, kind in kinds.items()
        }


def _held(holds: Holds, wanted: Any, formatter: Any) -> Callable[[Any], bool]:
    """Return what tells whether a value holds; texts are compared as people read them."""
    if formatter is None:
        return lambda value: value is not None and holds(value, wanted)
    read = files.writer(formatter)
    return lambda value: value is not None and holds(read(value), wanted)


def form_of(columns: Iterable[str], labels: Mapping[str, Any], formatters: Mapping[str, Any]) -> type[DynamicForm]:
    """Return the form of a list's filters."""
    fields = {column: _field(labels.get(column), formatters.get(column)) for column in columns}
    return type("SearchForm", (DynamicForm,), fields)


class SieveWidget(Widget):
    """The filters of such a list, in the template of all lists."""

    template = "guibin/widgets/search.html"

    def __init__(self, sieve: Sieve, form: Any, **arguments: Any) -> None:
        """Keep what the template asks for."""
        super().__init__(
            form=form, include_cols=sieve.columns, choices=sieve.choices(), active=sieve.values, **arguments
        )


def words_of(reasons: Mapping[str, Any]) -> Callable[[Sequence[str]], str]:
    """Return a formatter of several codes at once, in the person's language: they are filtered one by one."""

    def formatted(codes: Sequence[str] | str) -> str:
        listed = (codes,) if isinstance(codes, str) else codes
        return gettext(", ").join(str(reasons.get(code, code)) for code in listed) or formats.EMPTY

    return formats.telling(formatted, reasons)
