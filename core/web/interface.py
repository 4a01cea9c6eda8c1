"""The way screens reach rows: scoped, safe against values no column can hold, with errors people can read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from flask_appbuilder.exceptions import DatabaseException
from flask_appbuilder.models.sqla.filters import FilterEqual, FilterNotEqual, SQLAFilterConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core.errors import Refusal
from core.web.lists import elsewhere

LARGEST_KEY = 2**63 - 1
_YES = frozenset({"y", "1", "true", "on"})


class NotSaved(DatabaseException):
    """The database refused a change; the text is for people and holds no statement and no value."""


class InUseOrNotUnique(NotSaved):
    """A unique value is taken, or rows elsewhere still point here."""


class YesNoEqual(FilterEqual):
    """Compare a yes/no column with what a form sends."""

    def apply(self, query: Any, value: Any) -> Any:
        """Limit the query to rows with this yes or no."""
        return super().apply(query, str(value).lower() in _YES if not isinstance(value, bool) else value)


class YesNoNotEqual(FilterNotEqual):
    """Compare a yes/no column with what a form sends."""

    def apply(self, query: Any, value: Any) -> Any:
        """Limit the query to rows without this yes or no."""
        return super().apply(query, str(value).lower() in _YES if not isinstance(value, bool) else value)


class GuibinFilterConverter(SQLAFilterConverter):
    """The filters of a column by its type."""

    conversion_table = tuple(
        (kind, [YesNoEqual, YesNoNotEqual] if kind == "is_boolean" else found)
        for kind, found in SQLAFilterConverter.conversion_table
    )


class GuibinInterface(SQLAInterface):
    """The data model of every screen: `datamodel = GuibinInterface(Model)`."""

    filter_converter_class: ClassVar[type] = GuibinFilterConverter

    def __init__(self, obj: Any, session: Any = None) -> None:
        """Take a mapped class; second names of columns (synonyms) are no columns of their own."""
        super().__init__(obj, session)
        for name in inspect(obj).synonyms.keys():  # noqa: SIM118 - a collection of SQLAlchemy
            self.list_properties.pop(name, None)

    def get_shown(self, rows: Sequence[Any], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the values of rows for a page, with what may be said of related records that are out of sight."""
        hidden = elsewhere.told(self.session, rows, columns)
        return [values | said for values, said in zip(self.get_values(rows, columns), hidden, strict=True)]

    def get_values_item(self, item: Any, show_columns: Sequence[str]) -> list[Any]:
        """Return the values of the page of a row."""
        (values,) = self.get_shown([item], show_columns)
        return [values[column] for column in show_columns]

    def get(self, id: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: A002 - Flask-AppBuilder's name
        """Return a row in scope by its key, None if there is none or the key is none this table can hold."""
        if not self.is_pk_composite() and self.is_integer(self.get_pk_name()):
            try:
                id = int(str(id))  # noqa: A001 - same
            except ValueError:
                return None
            if not -LARGEST_KEY <= id <= LARGEST_KEY:
                return None
        return super().get(id, *args, **kwargs)

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        """Return a related row in scope; by a query, since what the session already holds was not asked for by key."""
        related = self.get_related_interface(col_name)
        key = related.get_pk_name()
        try:
            wanted = int(str(value))
        except ValueError:
            return None
        if not isinstance(key, str) or abs(wanted) > LARGEST_KEY:
            return None
        return self.session.scalar(select(related.obj).where(related.get_pk() == wanted))

    def add(self, item: Any, commit: bool = True) -> None:
        """Add a row; NotSaved or a Refusal if it may not be."""
        self._run(super().add, item, commit)

    def edit(self, item: Any, commit: bool = True) -> None:
        """Save a changed row; NotSaved or a Refusal if it may not be."""
        self._run(super().edit, item, commit)

    def delete(self, item: Any, commit: bool = True) -> None:
        """Delete a row; NotSaved or a Refusal if it may not be."""
        self._run(super().delete, item, commit)

    def _run(self, change: Callable[[Any, bool], None], item: Any, commit: bool) -> None:
        try:
            with self.session.no_autoflush:
                change(item, commit)
        except Refusal:
            self.session.rollback()
            raise
        except (SQLAlchemyError, DatabaseException) as problem:
            self.session.rollback()
            raise _readable(problem) from None


def _readable(problem: Exception) -> NotSaved:
    """Return the error for people; Flask-AppBuilder's API prints its cause, so that is the error itself."""
    real = problem.__cause__ if isinstance(problem, DatabaseException) else problem
    if isinstance(real, IntegrityError):
        known: NotSaved = InUseOrNotUnique(lazy_gettext("Not saved: a value must be unique, or other records need it"))
    else:
        known = NotSaved(lazy_gettext("Not saved: the database refused the change"))
    known.__cause__ = known
    return known
