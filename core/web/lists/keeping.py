"""The routes of every list, of a table or of rows that are worked out: saved filters, chosen columns, files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext

from core import clock
from core.errors import Refusal
from core.web.handbook.pages import address, names
from core.web.lists import archive, exporting, files, kept


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


class Keeping:
    """Mixin of views with a list; its routes ask for the permission to see the list."""

    appbuilder: Any
    list_columns: Any
    label_columns: Any
    formatters_columns: Any
    route_base: Any
    endpoint: Any
    list_title: Any
    #: Columns a person may not add to the list although the record shows them.
    never_listed: ClassVar[tuple[str, ...]] = ()

    # -- what a list says of itself -----------------------------------------------------------------------------------

    def _offered_columns(self) -> list[str]:
        """Return the columns a person may choose from."""
        raise NotImplementedError

    def _has_archive(self) -> bool:
        raise NotImplementedError

    def rows_to_export(self) -> int:
        """Return how many rows the filters of this request leave."""
        raise NotImplementedError

    def exported(self) -> tuple[files.Heads, Iterator[dict[str, Any]]]:
        """Return the columns this person chose, and the rows of the filters of this request."""
        raise NotImplementedError

    # -- what stands around it ----------------------------------------------------------------------------------------

    def _chosen_columns(self) -> list[str]:
        """Return the columns this person wants to see."""
        found = kept.chosen(self.appbuilder.session, g.user.id, type(self).__name__, self._offered_columns())
        return found or list(self.list_columns)

    def _heads(self, columns: list[str]) -> files.Heads:
        return [(one, str(self.label_columns.get(one, one)), self.formatters_columns.get(one)) for one in columns]

    def _kept(self, columns: list[str]) -> Kept:
        name = type(self).__name__
        labels = [(one, str(self.label_columns.get(one, one))) for one in self._offered_columns()]
        archived = request.args.get("archived", "")
        return Kept(
            tabs=tuple(kept.tabs(self.appbuilder.session, g.user.id, name)),
            query=kept.current_query(name),
            choices=tuple(kept.Choice(one, label, one in columns) for one, label in labels),
            archived=(archived if archived in archive.SHOWN else "") if self._has_archive() else None,
            at_once=files.AT_ONCE,
        )

    def _handbook(self) -> str:
        """Return the address of the handbook's page about the view's addon, "" where there is none."""
        package, _, rest = type(self).__module__.partition(".")
        name = f"{package}/{rest.partition('.')[0]}"
        return address(name) if name in names() else ""

    # -- keeping filters and columns ----------------------------------------------------------------------------------

    @expose("/filters", methods=["POST"])
    @has_access
    @permission_name("list")
    def keep_filter(self) -> Any:
        """Keep what the list shows under a name."""
        name = type(self).__name__
        query = kept.own_query(name, parse_qsl(request.form.get("query", "")[:4000]))
        session = self.appbuilder.session
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
        session = self.appbuilder.session
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
        session = self.appbuilder.session
        kept.choose(session, user_id=g.user.id, view=type(self).__name__, columns=columns)
        session.commit()
        return redirect(
            self._list_address(kept.own_query(type(self).__name__, parse_qsl(request.form.get("query", ""))))
        )

    def _list_address(self, query: str) -> str:
        where = url_for(f"{self.endpoint}.list")
        return f"{where}?{query}" if query else where

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
