"""One metadata for all tables: Flask-AppBuilder's own, with a naming convention that migrations can rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_appbuilder import Model
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase

# Set before any table is declared, so that it holds for Flask-AppBuilder's tables too.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

if TYPE_CHECKING:

    class Base(DeclarativeBase):
        """The base of every mapped class, as type checkers see it (Flask-AppBuilder has no types)."""

        __table__: ClassVar[Table]

else:
    #: The base of every mapped class.
    Base = Model
metadata = Model.metadata
