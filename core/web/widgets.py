"""The parts of a page that views draw: list, search, record and form, in the product's own templates."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import gettext
from markupsafe import Markup


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
        return super().__call__(**kwargs)


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
        kwargs["active"] = [Active(found, value) for found, value in filters.get_filters_values()]
        return super().__call__(**kwargs)


class Active:
    """A filter that is set: what it says, and the address of the list without it."""

    def __init__(self, found: BaseFilter, values: Any) -> None:
        """Keep the filter and its values."""
        self.column: str = found.column_name
        self.name = found.name
        self._found = found
        self._values = values if isinstance(values, list) else [values]

    @property
    def shown(self) -> str:
        """Return the values as people write them; a related record by its name, if it is in scope."""
        datamodel = self._found.datamodel
        if datamodel.is_relation(self.column):
            rows = [datamodel.get_related_obj(self.column, value) for value in self._values]
            return ", ".join(str(row) for row in rows if row is not None)
        if datamodel.is_boolean(self.column):
            return ", ".join(gettext("Yes") if value in ("y", "1", "true") else gettext("No") for value in self._values)
        return ", ".join(str(value) for value in self._values)

    @property
    def without(self) -> str:
        """Return the address of the list without this filter."""
        pattern = re.compile(rf"_flt_\d+_{re.escape(self.column)}|page_\w+")
        kept = [(name, value) for name, value in request.args.items(multi=True) if not pattern.fullmatch(name)]
        return f"?{urlencode(kept)}"
