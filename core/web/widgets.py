"""The parts of a page that views draw: list, search, record and form, in the product's own templates."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.widgets import RenderTemplateWidget
from markupsafe import Markup


class Widget(RenderTemplateWidget):
    """A part of a page; what it writes is markup already."""

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the part."""
        return Markup(super().__call__(**kwargs))  # noqa: S704 - a template with escaping on


class GuibinListWidget(Widget):
    """Rows as a table; as cards on a phone."""

    template = "guibin/widgets/list.html"


class GuibinShowWidget(Widget):
    """One record."""

    template = "guibin/widgets/show.html"


class GuibinFormWidget(Widget):
    """A form in one column."""

    template = "guibin/widgets/form.html"


class GuibinSearchWidget(Widget):
    """The filters of a list: what is set as chips, the rest behind one button."""

    template = "guibin/widgets/search.html"

    def __call__(self, **kwargs: Any) -> Markup:
        """Write the filters."""
        filters = self.template_args["filters"]
        kwargs["choices"] = filters.get_search_filters()
        kwargs["active"] = [_Active(found, value) for found, value in filters.get_filters_values()]
        return super().__call__(**kwargs)


class _Active:
    """A filter that is set: what it says, and the address without it."""

    def __init__(self, found: BaseFilter, values: Any) -> None:
        self.column = found.column_name
        self.name = found.name
        self.values = values if isinstance(values, list) else [values]

    @property
    def without(self) -> str:
        """Return the address of the list without this filter."""
        kept = [
            (name, value)
            for name, value in request.args.items(multi=True)
            if not (name.startswith("_flt_") and name.split("_", 3)[-1] == self.column)
        ]
        return _address(kept)


def _address(arguments: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return f"?{urlencode(arguments)}"
