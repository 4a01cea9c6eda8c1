"""The few places where Flask-AppBuilder 5.3 must be changed in itself; each says what goes wrong without it.

Applied once a process, before any view is made.
"""

from __future__ import annotations

import copy
from typing import Any

import flask_appbuilder.base
import flask_wtf.form
from flask import g, has_request_context
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.api.convert import Model2SchemaConverter
from flask_appbuilder.baseviews import BaseModelView
from marshmallow_sqlalchemy import SQLAlchemyAutoSchema

from core.web.here import builder
from core.web.languages import FormTexts, Languages


class ForeignKeysToo(Model2SchemaConverter):
    """Schemas that keep foreign keys: newer marshmallow-sqlalchemy drops them, and any API over one fails to start."""

    def _meta_schema_factory(
        self, columns: Any, model: Any, class_mixin: Any, parent_schema_name: str | None = None
    ) -> Any:
        meta: dict[str, Any] = {
            "model": model,
            "include_fk": True,
            "load_instance": True,
            "sqla_session": builder().session,
            "parent_schema_name": parent_schema_name,
        }
        if columns:
            meta["fields"] = columns
        return type("MetaSchema", (SQLAlchemyAutoSchema, class_mixin), {"Meta": type("Meta", (), meta)})


def _filters_of_this_request(view: Any) -> Any:
    """Return the search filters of a view for this request alone: one object for all would mix up people."""
    prototype = view.__dict__.get("_filters_prototype")
    if prototype is None or not has_request_context():
        return prototype
    found: dict[int, Any] = g.setdefault("_view_filters", {})
    if id(view) not in found:
        found[id(view)] = copy.copy(prototype)
        found[id(view)].clear_filters()
    return found[id(view)]


def _keep_prototype(view: Any, filters: Any) -> None:
    view.__dict__["_filters_prototype"] = filters


def apply() -> None:
    """Change Flask-AppBuilder and Flask-WTF in this process."""
    ModelRestApi.model2schemaconverter = ForeignKeysToo
    for kind in (BaseModelView, ModelRestApi):
        kind._filters = property(_filters_of_this_request, _keep_prototype)  # noqa: SLF001 - the point of it
    # Its manager reads its own catalogues first and gives Simplified texts for Traditional Chinese.
    flask_appbuilder.base.BabelManager = Languages
    # The same for the messages of WTForms.
    flask_wtf.form.translations = FormTexts()
