"""What every screen over a table inherits: saved filters, chosen columns, files, no lost update, history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, after_this_request, request

from core.db.archive import Archivable
from core.web import arguments
from core.web.lists import archive, files, history, kept, locking
from core.web.lists.keeping import Keeping


def _as_conflict(response: Response) -> Response:
    response.status_code = 409
    return response


class ListFeatures(Keeping):
    """Mixin of `Crud`: a list of the rows of a table."""

    datamodel: Any
    show_columns: Any
    order_columns: Any
    base_order: Any
    edit_form: Any
    _filters: Any
    _base_filters: Any

    # -- what a list shows --------------------------------------------------------------------------------------------

    def _offered_columns(self) -> list[str]:
        found = kept.offered(self.datamodel, self.list_columns, self.show_columns or ())
        return [name for name in found if name not in self.never_listed]

    def _limited(self, filters: Any, *, listed: bool) -> Any:
        """Return the filters that hold: those set, those of the view, and the archive."""
        joined = filters.get_joined_filters(self._base_filters)
        archive.limit(joined, self.datamodel, listed=listed)
        return joined

    def _has_archive(self) -> bool:
        return issubclass(self.datamodel.obj, Archivable)

    # -- files --------------------------------------------------------------------------------------------------------

    def rows_to_export(self) -> int:
        """Return how many rows the filters of this request leave."""
        arguments.fill(self._filters, searched=True)
        limited = self._limited(self._filters, listed=True)
        count: int = self.datamodel.query(limited, *(self.base_order or ("", "")), page=0, page_size=1)[0]
        return min(count, files.MOST_ROWS)

    def exported(self) -> tuple[files.Heads, Iterator[dict[str, Any]]]:
        """Return the columns this person chose, and the rows of the filters of this request."""
        arguments.fill(self._filters, searched=True)
        column, direction = arguments.orders().get(type(self).__name__, ("", ""))
        order = (column, direction) if column in self.order_columns else tuple(self.base_order or ("", ""))
        columns = self._chosen_columns()
        limited = self._limited(self._filters, listed=True)
        return self._heads(columns), files.rows_of(self.datamodel, limited, order, columns)

    # -- no lost update, history --------------------------------------------------------------------------------------

    def _is_stale(self, item: Any) -> bool:
        """Tell whether somebody else saved the row after this form was opened."""
        seen = request.form.get(locking.FIELD)
        return bool(seen) and seen != locking.seal(item)

    def _conflict(self, item: Any, form: Any) -> dict[str, Any]:
        """Return what the form shows when it may not be saved as it is: both versions, and the row's new seal."""
        after_this_request(_as_conflict)
        stored = type(form)(formdata=None, obj=item)
        self.prefill_form(stored, self.datamodel.get_pk_value(item))  # type: ignore[attr-defined]
        changes = self._history(item)
        return {
            "differences": locking.differences(item, form, stored),
            "last": changes[0] if changes else None,
            "again": request.path,
            "seen": locking.seal(item),
        }

    def _history(self, item: Any) -> list[history.Step] | None:
        return history.steps(self.datamodel.session, item, self.label_columns, self.formatters_columns)
