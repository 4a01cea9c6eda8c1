"""What every screen over a table inherits: saved filters, chosen columns, files, no lost update, history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from flask import Response, abort, after_this_request, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext

from core import clock
from core.db.archive import Archivable
from core.errors import Refusal
from core.web import arguments
from core.web.lists import archive, exporting, files, history, kept, locking


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands around a list: tabs, columns to choose from, the address of its files."""

    tabs: tuple[kept.Tab, ...]
    query: str
    choices: tuple[kept.Choice, ...]
    archived: str | None  # None: the class has no archive; "": hidden
    at_once: int  # rows that are a file while one waits

    @property
    def is_saved(self) -> bool:
        """Tell whether what the list shows has a tab already."""
        return not self.query or any(tab.active for tab in self.tabs)


def _as_conflict(response: Response) -> Response:
    response.status_code = 409
    return response


class ListFeatures:
    """Mixin of `Crud`; its routes ask for the permission to see the list."""

    datamodel: Any
    list_columns: Any
    show_columns: Any
    label_columns: Any
    formatters_columns: Any
    order_columns: Any
    base_order: Any
    route_base: Any
    endpoint: Any
    list_title: Any
    edit_form: Any
    _filters: Any
    _base_filters: Any
    #: Columns a person may not add to the list although the record shows them.
    never_listed: ClassVar[tuple[str, ...]] = ()

    # -- what a list shows --------------------------------------------------------------------------------------------

    def _offered_columns(self) -> list[str]:
        found = kept.offered(self.datamodel, self.list_columns, self.show_columns or ())
        return [name for name in found if name not in self.never_listed]

    def _chosen_columns(self) -> list[str]:
        """Return the columns this person wants to see."""
        found = kept.chosen(self.datamodel.session, g.user.id, type(self).__name__, self._offered_columns())
        return found or list(self.list_columns)

    def _limited(self, filters: Any, *, listed: bool) -> Any:
        """Return the filters that hold: those set, those of the view, and the archive."""
        joined = filters.get_joined_filters(self._base_filters)
        archive.limit(joined, self.datamodel, listed=listed)
        return joined

    def _kept(self, columns: list[str]) -> Kept:
        name = type(self).__name__
        labels = [(one, str(self.label_columns.get(one, one))) for one in self._offered_columns()]
        archived = request.args.get("archived", "")
        return Kept(
            tabs=tuple(kept.tabs(self.datamodel.session, g.user.id, name)),
            query=kept.current_query(name),
            choices=tuple(kept.Choice(one, label, one in columns) for one, label in labels),
            archived=(archived if archived in archive.SHOWN else "") if self._has_archive() else None,
            at_once=files.AT_ONCE,
        )

    def _has_archive(self) -> bool:
        return issubclass(self.datamodel.obj, Archivable)

    # -- keeping filters and columns ----------------------------------------------------------------------------------

    @expose("/filters", methods=["POST"])
    @has_access
    @permission_name("list")
    def keep_filter(self) -> Any:
        """Keep what the list shows under a name."""
        name = type(self).__name__
        query = kept.own_query(name, parse_qsl(request.form.get("query", "")[:4000]))
        session = self.datamodel.session
        try:
            kept.keep(session, user_id=g.user.id, view=name, name=request.form.get("name", ""), query=query)
        except Refusal as refusal:
            session.rollback()
            problem = refusal.facts.get("problem")
            flash(gettext(str(problem)) if problem else refusal.worded(gettext), "danger")
        else:
            session.commit()
        return redirect(self._list_address(query))

    @expose("/filters/<int:filter_id>/drop", methods=["POST"])
    @has_access
    @permission_name("list")
    def drop_filter(self, filter_id: int) -> Any:
        """Forget a saved filter."""
        session = self.datamodel.session
        kept.drop(session, user_id=g.user.id, view=type(self).__name__, filter_id=filter_id)
        session.commit()
        return redirect(self._list_address(""))

    @expose("/columns", methods=["POST"])
    @has_access
    @permission_name("list")
    def choose_columns(self) -> Any:
        """Keep the columns this person wants to see; all of the list's own, or none, is no choice."""
        wanted = [name for name in self._offered_columns() if name in request.form.getlist("column")]
        columns = [] if wanted == list(self.list_columns) else wanted
        session = self.datamodel.session
        kept.choose(session, user_id=g.user.id, view=type(self).__name__, columns=columns)
        session.commit()
        return redirect(
            self._list_address(kept.own_query(type(self).__name__, parse_qsl(request.form.get("query", ""))))
        )

    def _list_address(self, query: str) -> str:
        address = url_for(f"{self.endpoint}.list")
        return f"{address}?{query}" if query else address

    # -- files --------------------------------------------------------------------------------------------------------

    @expose("/export/<string:kind>", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def export(self, kind: str) -> Any:
        """Give the rows of the list as CSV or XLSX: same filters, order and columns, within the person's stores.

        A long list is written beside the web processes; its page shows how far it is and gives the file at the end.
        """
        if kind not in files.KINDS:
            abort(404)
        count = self.rows_to_export()
        name = files.name_of(str(self.route_base), kind, clock.now())
        if count > files.AT_ONCE:
            if request.method != "POST":
                raise exporting.TooLongAtOnce(rows=count)
            wanted = exporting.Wanted(type(self).__name__, kind, kept.current_query(type(self).__name__), name)
            return redirect(url_for("ExportPage.progress", job_id=exporting.begin(wanted, count)), 303)
        return files.answer(kind, name, str(self.list_title), *self.exported())

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
        heads = [(one, str(self.label_columns.get(one, one)), self.formatters_columns.get(one)) for one in columns]
        return heads, files.rows_of(self.datamodel, self._limited(self._filters, listed=True), order, columns)

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
        changes = history.steps(self.datamodel.session, item, self.label_columns)
        return {
            "differences": locking.differences(item, form, stored),
            "last": changes[0] if changes else None,
            "again": request.path,
            "seen": locking.seal(item),
        }

    def _history(self, item: Any) -> list[history.Step] | None:
        return history.steps(self.datamodel.session, item, self.label_columns)
