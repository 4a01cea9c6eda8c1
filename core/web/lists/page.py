"""A list whose rows are no table of their own: worked out from several, or by the rules; it offers what all lists do.

    class NearView(ListPage):
        route_base = "/near"
        list_title = _("Close to an upgrade")
        list_columns, search_columns, order_columns = ("member", "missing"), ("member",), ("missing",)

        def rows(self): return queries.near(self.appbuilder.session)      # within the person's stores
        def key_of(self, row): return str(row.member_id)

Rows are few enough to be worked out at once (thousands); what is a table is a `GuibinView`. Actions get such rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from flask import abort, request
from flask_appbuilder.actions import ActionItem

from core.web import arguments
from core.web.lists import files
from core.web.lists.acting import Acting
from core.web.lists.keeping import Keeping
from core.web.lists.sieve import Sieve, SieveWidget, form_of
from core.web.views import GuibinPage, expose, has_access
from core.web.widgets import GuibinListWidget

Row = Any


class ListPage(Acting, Keeping, GuibinPage):
    """A list of rows that are worked out."""

    default_view = "list"
    follows_store: ClassVar[tuple[str, ...]] = ("list", "export")
    #: Whether its rows are of stores, so that the one the person works in leaves rows out.
    of_stores: ClassVar[bool] = True
    list_template: ClassVar[str] = "guibin/list.html"
    list_title: Any = ""
    list_columns: Any = ()
    #: Columns that may be added to the list.
    more_columns: ClassVar[Sequence[str]] = ()
    #: Columns that are ways to somewhere and hold nothing: they are on no file, and always there.
    step_columns: ClassVar[Sequence[str]] = ()
    search_columns: ClassVar[Sequence[str]] = ()
    order_columns: ClassVar[Sequence[str]] = ()
    label_columns: Any = {}
    formatters_columns: Any = {}
    #: The kind of record a row opens (core.web.record_pages), by its key.
    record_kind: ClassVar[str] = ""
    empty_text: ClassVar[Any] = ""
    #: Asked with the session for the currencies of its amounts, where no column says them.
    amounts_in: ClassVar[Any] = None
    page_size: ClassVar[int] = 25
    most_on_a_page: ClassVar[int] = 200
    #: Whether rows can be put away: `rows` asks `archived()` which ones are wanted.
    puts_away: ClassVar[bool] = False

    def __init__(self) -> None:
        """Find the actions, as views of tables do."""
        super().__init__()
        self.actions: dict[str, Any] = {}
        for name in dir(type(self)):
            method = getattr(self, name)
            if hasattr(method, "_action"):
                found = ActionItem(*method._action, func=method)  # noqa: SLF001 - Flask-AppBuilder's mark
                self.actions[found.name] = found
                self.base_permissions.append(found.name)

    # -- what the list declares ---------------------------------------------------------------------------------------

    def rows(self) -> Sequence[Row]:
        """Return all rows within the person's stores, in their natural order."""
        raise NotImplementedError

    def key_of(self, row: Row) -> str:
        """Return what tells a row from the others."""
        raise NotImplementedError

    def known_rows(self) -> Sequence[Row]:
        """Return the rows that may be acted on, those that were put away too."""
        return self.rows()

    def offered(self) -> Iterable[str]:
        """Return the names of the actions that the marked rows of this list may be given."""
        return self.actions

    def around(self) -> dict[str, Any]:
        """Return what the page shows beside the list."""
        return {}

    def open_at(self) -> str:
        """Return the address of a row's page with PK0 in place of its key; "" takes that of `record_kind`."""
        return ""

    def add_at(self) -> str:
        """Return where a new record is made, "" where none is."""
        return ""

    def archived(self) -> bool:
        """Tell whether those that were put away are asked for."""
        return self.puts_away and request.args.get("archived") == "only"

    # -- the list -----------------------------------------------------------------------------------------------------

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show the rows that fit the filters, a page of them."""
        columns = self._chosen_columns()
        sieve = self._sieve()
        labels = self.label_columns
        form = form_of(sieve.columns, labels, self.formatters_columns).refresh()
        widgets = {
            "search": SieveWidget(sieve, form, label_columns=labels, route_base=self.route_base),
            "list": GuibinListWidget(**self._drawn(columns, sieve)),
        }
        return self.render_template(self.list_template, title=self.list_title, widgets=widgets, **self.around())

    def _sieve(self) -> Sieve:
        return Sieve(self.search_columns, self.formatters_columns)

    def _found(self, sieve: Sieve) -> Sequence[Row]:
        """Return the rows that fit, in the order that was asked for."""
        found = [row for row in self.rows() if sieve.fits(row)]
        column, direction = arguments.orders().get(type(self).__name__, ("", ""))
        if column not in self.order_columns:
            return found
        there = [row for row in found if getattr(row, column) is not None]
        there.sort(key=lambda row: getattr(row, column), reverse=direction == "desc")
        return [*there, *(row for row in found if getattr(row, column) is None)]

    def _drawn(self, columns: Sequence[str], sieve: Sieve) -> dict[str, Any]:
        """Return what the widget of all lists asks for."""
        found, name = self._found(sieve), type(self).__name__
        size = max(1, min(arguments.sizes().get(name) or self.page_size, self.most_on_a_page))
        page = min(arguments.pages().get(name, 0), max(len(found) - 1, 0) // size)
        shown = found[page * size : (page + 1) * size]
        wanted = [*columns, *self.step_columns]
        return {
            "label_columns": self.label_columns,
            "include_columns": wanted,
            "value_columns": [_values(row, wanted) for row in shown],
            "order_columns": self.order_columns,
            "formatters_columns": self.formatters_columns,
            "page": page,
            "page_size": size,
            "count": len(found),
            "pks": [self.key_of(row) for row in shown],
            "actions": {name: found for name, found in self.actions.items() if name in self.offered()},
            "filters": sieve,
            "modelview_name": name,
            "route_base": self.route_base,
            "record_kind": self.record_kind,
            "open_at": self.open_at(),
            "add_at": self.add_at(),
            "add_button": getattr(self, "add_button", ""),
            "empty_text": self.empty_text,
            "currencies": self.amounts_in(self.appbuilder.session) if self.amounts_in else (),
            "of_stores": self.of_stores,
            "handbook": self._handbook(),
            "kept": self._kept([*columns]),
        }

    def _offered_columns(self) -> list[str]:  # type: ignore[valid-type]
        return [*self.list_columns, *self.more_columns]

    def _has_archive(self) -> bool:
        return self.puts_away

    # -- files --------------------------------------------------------------------------------------------------------

    def rows_to_export(self) -> int:
        """Return how many rows the filters of this request leave."""
        return min(len(self._found(self._sieve())), files.MOST_ROWS)

    def exported(self) -> tuple[files.Heads, Iterator[dict[str, Any]]]:
        """Return the columns this person chose, and the rows of the filters of this request."""
        columns = self._chosen_columns()
        found = self._found(self._sieve())[: files.MOST_ROWS]
        return self._heads(columns), (_values(row, columns) for row in found)

    # -- actions ------------------------------------------------------------------------------------------------------

    def get_method_permission(self, method_name: str) -> str:
        """Return the permission of a method; the template of all lists also asks for those that only tables have."""
        return str(super().get_method_permission(method_name)) if hasattr(self, method_name) else method_name

    def get_action_permission_name(self, name: str) -> str:
        """Return the permission of an action: its name."""
        return name

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Act on the marked rows; refused as a whole if one of them is not in the list of this person."""
        name = request.form.get("action", "")
        self._check_action(name)
        known = {self.key_of(row): row for row in self.known_rows()}
        keys = request.form.getlist("rowid")[: self.most_on_a_page]
        if any(key not in known for key in keys):
            abort(404)
        return self._act(name, [known[key] for key in keys])


def _values(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    return {column: getattr(row, column) for column in columns}
