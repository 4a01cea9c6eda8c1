"""One metadata for all tables: Flask-AppBuilder's own, with a naming convention that migrations can rely on."""

from __future__ import annotations

from flask_appbuilder import Model

# Set before any table is declared, so that it holds for Flask-AppBuilder's tables too.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: The base of every mapped class.
Base = Model
metadata = Model.metadata
