"""The parts of a page that views draw: list, search, record and form, in the product's own templates."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.filters import (
    FilterEqual,
    FilterNotEqual,
    FilterRelationOneToManyEqual,
    FilterRelationOneToManyNotEqual,
)
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import gettext
from markupsafe import Markup, escape
from wtforms import SelectField

from core.web import people, record_pages
from core.web.formats import codes_of, money
from core.web.forms import LookupField

#: How many facts of a row its card on a phone shows.
ON_A_CARD = 4

_IS, _IS_NOT = (FilterEqual, FilterRelationOneToManyEqual), (FilterNotEqual, FilterRelationOneToManyNotEqual)


class Widget(RenderTemplateWidget):
    """A part of a page; what it writes is markup already."""

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the part."""
        return Markup(super().__call__(**kwargs))  # noqa: S704 - a template with escaping on


class GuibinListWidget(Widget):
    """Rows as a table; as cards on a phone."""

    template = "guibin/widgets/list.html"

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the rows; labels are translated once, not once a cell."""
        given = self.template_args
        kwargs["columns"] = [
            (name, str(given["label_columns"].get(name, name)), given["formatters_columns"].get(name))
            for name in given["include_columns"]
        ]
        for name, _label, formatter in kwargs["columns"]:
            _meet(formatter, [row[name] for row in given["value_columns"]])
        kwargs["on_a_card"], kwargs["amount_column"] = ON_A_CARD, _amount_column(kwargs["columns"])
        return super().__call__(**kwargs)


def _meet(formatter: Any, values: list[Any]) -> None:
    """Look up together what a column names: people, or records of which it holds the keys."""
    if formatter is people.person:
        people.meet(values)
    elif kind := getattr(formatter, "opens", ""):
        record_pages.meet(kind, values)


def _amount_column(columns: list[tuple[str, str, Any]]) -> str:
    """Return the amount a card on a phone shows besides its first facts: the last one, where none is among these."""
    amounts = [(place, name) for place, (name, _label, formatter) in enumerate(columns) if formatter is money]
    return "" if not amounts or amounts[0][0] < ON_A_CARD else amounts[-1][1]


class GuibinShowWidget(Widget):
    """One record."""

    template = "guibin/widgets/show.html"

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the record; the people in it are looked up together."""
        given = self.template_args
        formatters = [given["formatters_columns"].get(name) for name in given["include_columns"]]
        people.meet(v for v, how in zip(given["value_columns"], formatters, strict=True) if how is people.person)
        return super().__call__(**kwargs)


class GuibinFormWidget(Widget):
    """A form in one column."""

    template = "guibin/widgets/form.html"


class GuibinSearchWidget(Widget):
    """The filters of a list: what is set as chips, the rest behind one button."""

    template = "guibin/widgets/search.html"

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the filters."""
        filters = self.template_args["filters"]
        kwargs["choices"] = {
            column: _comparisons(found, self.template_args["form"][column])
            for column, found in filters.get_search_filters().items()
            if column in self.template_args["form"]
        }
        kwargs["active"] = [
            Active(found, value, self.template_args["formatters_columns"].get(found.column_name))
            for found, value in filters.get_filters_values()
        ]
        return super().__call__(**kwargs)


def _comparisons(found: list[BaseFilter], field: Any) -> list[tuple[int, Any]]:
    """Return the numbers and names of a column's comparisons; a code that is chosen is that one, or is not."""
    chosen = isinstance(field, (SelectField, LookupField))
    return [
        (number, _said(each, chosen=chosen))
        for number, each in enumerate(found)
        if not chosen or isinstance(each, (*_IS, *_IS_NOT))
    ]


def _said(found: BaseFilter, *, chosen: bool) -> str:
    """Return how a comparison is called: what is chosen from a list is it, or is not."""
    if chosen and isinstance(found, (*_IS, *_IS_NOT)):
        return str(gettext("is") if isinstance(found, _IS) else gettext("is not"))
    return str(found.name)


class Active:
    """A filter that is set: what it says, and the address of the list without it."""

    def __init__(self, found: BaseFilter, values: Any, formatted: Any = None) -> None:
        """Keep the filter, its values, and the formatter that knows the column's codes."""
        self.column: str = found.column_name
        chosen = bool(codes_of(formatted)) or found.datamodel.is_relation(found.column_name)
        self.name = _said(found, chosen=chosen)
        self._found = found
        self._values = values if isinstance(values, list) else [values]
        self._formatted = formatted

    @property
    def shown(self) -> str:
        """Return the values as people write them; a related record by its name, if it is in scope."""
        datamodel = self._found.datamodel
        if datamodel.is_relation(self.column):
            rows = [datamodel.get_related_obj(self.column, value) for value in self._values]
            return ", ".join(str(row) for row in rows if row is not None)
        if datamodel.is_boolean(self.column):
            return ", ".join(gettext("Yes") if value in ("y", "1", "true") else gettext("No") for value in self._values)
        known = codes_of(self._formatted)
        return ", ".join(
            escape(self._formatted(value)).striptags() if value in known else str(value) for value in self._values
        )

    @property
    def without(self) -> str:
        """Return the address of the list without this filter."""
        return without_filter(self.column)


def without_filter(column: str) -> str:
    """Return the address of the list of this request without the filters of a column."""
    pattern = re.compile(rf"_flt_\d+_{re.escape(column)}|page_\w+")
    kept = [(name, value) for name, value in request.args.items(multi=True) if not pattern.fullmatch(name)]
    return f"?{urlencode(kept)}"
