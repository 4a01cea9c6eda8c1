"""Putting records away and bringing them back, for views of classes with an archive (core.db.archive)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, request
from flask_appbuilder.actions import action
from flask_appbuilder.models.filters import BaseFilter
from flask_babel import lazy_gettext as _

from core import clock
from core.db.archive import Archivable

SHOWN = ("only", "all")


class NotArchived(BaseFilter):
    """Leaves archived records out."""

    name = "not archived"

    def apply(self, query: Any, value: Any) -> Any:
        """Limit the query to records in use."""
        return query.filter(self.model.archived_at.is_(None))


class ArchivedOnly(BaseFilter):
    """Shows archived records alone."""

    name = "archived"

    def apply(self, query: Any, value: Any) -> Any:
        """Limit the query to archived records."""
        return query.filter(self.model.archived_at.is_not(None))


def limit(filters: Any, datamodel: Any, *, listed: bool) -> None:
    """Add what hides archived records; the list itself shows them where the address asks for it."""
    if not issubclass(datamodel.obj, Archivable):
        return
    asked = request.args.get("archived") if listed else None
    if asked != "all":
        kind = ArchivedOnly if asked == "only" else NotArchived
        filters.filters = [*filters.filters, kind("archived_at", datamodel)]
        filters.values = [*filters.values, None]


class ArchivingView:
    """Mixin, before the view's base: the actions archive and restore, for one record or for the marked ones."""

    datamodel: Any
    #: On the page of a record the one step that does something.
    offered_when: Mapping[str, Callable[[Any], bool]] = {
        "archive": lambda row: row.archived_at is None,
        "restore": lambda row: row.archived_at is not None,
    }

    @action("archive", _("Archive"), _("Put this away? It can be brought back."), "fa-box-archive")
    def archive(self, rows: Any) -> Any:
        """Put records away."""
        return self._set(rows, archived=True)

    @action("restore", _("Bring back"), "", "fa-box-open")
    def restore(self, rows: Any) -> Any:
        """Bring records back."""
        return self._set(rows, archived=False)

    def _set(self, rows: Any, *, archived: bool) -> Any:
        def put(row: Any) -> None:
            if (row.archived_at is not None) != archived:
                row.archived_at = clock.now() if archived else None
                self.datamodel.edit(row)

        self.one_by_one(rows, put)  # type: ignore[attr-defined]
        return redirect(self.get_redirect())  # type: ignore[attr-defined]
