"""List, show, add, edit, delete and act on rows: scoped, capped, and without losing what a person typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from markupsafe import escape

from core.db.scope import StoreScoped
from core.errors import Refusal
from core.web import arguments, formats, leaving
from core.web.forms import GuibinModelConverter, LookupField, any_of, found_by, told_apart_by
from core.web.interface import GuibinInterface, NotSaved
from core.web.lists import locking
from core.web.lists.acting import Acting, told
from core.web.lists.views import ListFeatures
from core.web.returning import back_to
from core.web.roles import EVERYBODY, HQ, Roles
from core.web.widgets import GuibinFormWidget, GuibinListWidget, GuibinSearchWidget, GuibinShowWidget

_TITLES = {"can_list": "list_title", "can_show": "show_title", "can_add": "add_title", "can_edit": "edit_title"}
_COLUMN_SETS = ("show", "add", "edit")


class Crud(Acting, ListFeatures, ModelView):
    """The behaviour of every screen over a table."""

    read_roles: ClassVar[Roles] = EVERYBODY
    write_roles: ClassVar[Roles] = HQ
    admin: ClassVar[bool] = False
    #: Methods that change nothing although they are posted, and actions that change nothing.
    also_reads: ClassVar[tuple[str, ...]] = ()
    #: Methods that show the store the person works in (core.web.scope).
    follows_store: ClassVar[tuple[str, ...]] = ("list", "export")

    #: Relations to big tables, with the columns to search: {"member": ("name", "phone")}; () takes name, code, number.
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {}
    page_size = 25
    max_page_size = 200
    #: The kind of its records (core.web.record_pages): rows open the best page there is for it.
    record_kind: ClassVar[str] = ""
    exclude_route_methods: Any = frozenset({"download"})
    #: What an empty list says: why it is empty, and to those who may add to it, what fills it.
    empty_text: ClassVar[Any] = ""
    empty_how: ClassVar[Any] = ""
    #: Asked with the session for the currencies of its amounts, where no column says them.
    amounts_in: ClassVar[Any] = None
    #: The verb on the button of a new record, and on the one of the list that leads there.
    add_button: ClassVar[Any] = ""
    #: The verb on the button of the edit page, and on the one that leads there from the record.
    edit_button: ClassVar[Any] = ""
    #: Columns of the record that stand above its form: what one decides about.
    edit_shows: ClassVar[tuple[str, ...]] = ()
    #: What names a record on its page, where its own text would be a code.
    heading_columns: ClassVar[tuple[str, ...]] = ()
    #: What the server says of a field when it is left, beside the checks of the field itself (core.web.leaving).
    checked_on_leaving: ClassVar[dict[str, leaving.Check]] = {}
    #: When the page of a record offers an action, by its name, or its form ("edit"); those not named it always offers.
    offered_when: ClassVar[Mapping[str, Callable[[Any], bool]]] = {}

    list_template = "guibin/list.html"
    show_template = "guibin/show.html"
    add_template = "guibin/add.html"
    edit_template = "guibin/edit.html"
    list_widget = GuibinListWidget
    show_widget = GuibinShowWidget
    add_widget = GuibinFormWidget
    edit_widget = GuibinFormWidget
    search_widget = GuibinSearchWidget

    # -- what the view declares ---------------------------------------------------------------------------------------

    def __init__(self, **kwargs: Any) -> None:
        """Check that the view says what it shows; TypeError names what is missing."""
        unsent = {f"check_{kind}" for kind in ("add", "edit") if not self._sends(kind)}
        self.exclude_route_methods = {*self.exclude_route_methods, "download", *unsent}
        super().__init__(**kwargs)
        missing = [
            title for permission, title in _TITLES.items()
            if permission in self.base_permissions and not getattr(type(self), title, "")
        ]  # fmt: skip
        if missing:
            raise TypeError(f"{type(self).__name__} does not say its {', '.join(missing)}")

    def _sends(self, kind: str) -> bool:
        """Tell whether the view has a form to add or to edit with."""
        granted = self.base_permissions is None or f"can_{kind}" in self.base_permissions
        return granted and kind not in self.exclude_route_methods

    def _init_properties(self) -> None:
        """Take no column that was not named: the default would be all of them, relations and secrets included."""
        if not isinstance(self.datamodel, GuibinInterface):
            raise TypeError(f"{type(self).__name__}: datamodel must be a GuibinInterface")
        if self.search_columns is None or not self.list_columns:
            raise TypeError(f"{type(self).__name__} must name its list_columns and search_columns")
        every = self.datamodel.get_columns_list()
        if not self.search_columns:
            self.search_exclude_columns = every
        for kind in _COLUMN_SETS:
            if not getattr(self, f"{kind}_columns") and not getattr(self, f"{kind}_fieldsets"):
                setattr(self, f"{kind}_exclude_columns", every)
        # Flask-AppBuilder writes into these; the class keeps its own.
        for name in ("label_columns", "description_columns", "validators_columns", "formatters_columns"):
            setattr(self, name, dict(getattr(self, name) or {}))
        super()._init_properties()

    def _init_forms(self) -> None:
        """Build the three forms with the product's own fields."""
        search = GuibinModelConverter(self.datamodel, self.lookups, search=True)
        plain = GuibinModelConverter(self.datamodel, self.lookups)
        self.search_form = getattr(self, "search_form", None) or search.create_form(
            self.label_columns,
            self.search_columns,
            extra_fields=self._chosen_from_words() | (self.search_form_extra_fields or {}),
            filter_rel_fields=self.search_form_query_rel_fields,
        )
        for kind in ("add", "edit"):
            form = getattr(self, f"{kind}_form") or plain.create_form(
                self.label_columns,
                getattr(self, f"{kind}_columns"),
                self.description_columns,
                self.validators_columns,
                getattr(self, f"{kind}_form_extra_fields"),
                getattr(self, f"{kind}_form_query_rel_fields"),
            )
            setattr(self, f"{kind}_form", form)

    def _chosen_from_words(self) -> dict[str, Any]:
        """Return the filters whose codes are chosen by their words, since the list writes them so."""
        formats_of = {column: self.formatters_columns.get(column) for column in self.search_columns}
        return {
            column: any_of(self.label_columns.get(column), formatted)
            for column, formatted in formats_of.items()
            if formats.codes_of(formatted)
        }

    # -- going back ---------------------------------------------------------------------------------------------------

    def update_redirect(self) -> None:
        """Keep no trail of pages: it would mix up tabs and hold search terms in the session."""

    def get_redirect(self) -> str:
        """Return the page to go back to."""
        return back_to(url_for(f"{self.endpoint}.{self.default_view}"))

    def _may(self, permission: str) -> bool:
        return permission in self.base_permissions and self.appbuilder.sm.has_access(
            permission, self.class_permission_name
        )

    # -- list ---------------------------------------------------------------------------------------------------------

    def _list(self, **kwargs: Any) -> Any:
        name = type(self).__name__
        arguments.fill(self._filters, searched=True)
        column, direction = arguments.orders().get(name, ("", ""))
        widgets = self._get_list_widget(
            filters=self._filters,
            order_column=column,
            order_direction=direction,
            page=arguments.pages().get(name),
            page_size=arguments.sizes().get(name),
            columns=(columns := self._chosen_columns()),
            **kwargs,
        )
        widgets["list"].template_args["kept"] = self._kept(columns)
        return self._get_search_widget(form=self.search_form.refresh(), widgets=widgets)

    def _get_list_widget(  # noqa: PLR0917 - Flask-AppBuilder's signature
        self,
        filters: Any,
        actions: Any = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        widgets: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Draw one page: at most `max_page_size` rows, ordered by a column the view allows."""
        if order_column not in self.order_columns:
            order_column, order_direction = self.base_order or ("", "")
        columns = kwargs.pop("columns", None)
        size = max(1, min(page_size or self.page_size, self.max_page_size))
        limited = self._limited(filters, listed=columns is not None)
        count, rows = self.datamodel.query(limited, order_column, order_direction, page=page or 0, page_size=size)
        shown = columns or self.list_columns
        widgets = widgets or {}
        widgets["list"] = self.list_widget(
            label_columns=self.label_columns,
            include_columns=shown,
            value_columns=self.datamodel.get_shown(rows, shown),
            order_columns=self.order_columns,
            formatters_columns=self.formatters_columns,
            page=page or 0,
            page_size=size,
            count=count,
            pks=[self._serialize_pk_if_composite(key) for key in self.datamodel.get_keys(rows)],
            actions=actions or self.actions,
            filters=filters,
            modelview_name=type(self).__name__,
            route_base=self.route_base,
            record_kind=self.record_kind,
            empty_text=self.empty_text,
            empty_how=self.empty_how,
            currencies=self._currencies(),
            of_stores=issubclass(self.datamodel.obj, StoreScoped),
            add_button=self.add_button,
            handbook=self._handbook(),
            **kwargs,
        )
        return widgets

    def _get_search_widget(self, form: Any = None, exclude_cols: Any = None, widgets: Any = None) -> Any:
        widgets = super()._get_search_widget(form, exclude_cols, widgets)
        widgets["search"].template_args.update(
            label_columns=self.label_columns, formatters_columns=self.formatters_columns
        )
        return widgets

    def _get_add_widget(self, form: Any, exclude_cols: Any = None, widgets: Any = None) -> Any:
        widgets = self._with_way_back(super()._get_add_widget(form, exclude_cols, widgets), "add")
        widgets["add"].template_args["button"] = self.add_button
        if self._sends("add"):
            widgets["add"].template_args["check"] = url_for(f"{self.endpoint}.check_add")
        return widgets

    def _get_edit_widget(self, form: Any, exclude_cols: Any = None, widgets: Any = None) -> Any:
        widgets = self._with_way_back(super()._get_edit_widget(form, exclude_cols, widgets), "edit")
        widgets["edit"].template_args["button"] = self.edit_button
        return widgets

    def _with_way_back(self, widgets: Any, kind: str) -> Any:
        widgets[kind].template_args.update(
            route_base=self.route_base, back=self.get_redirect(), currencies=self._currencies()
        )
        return widgets

    def _currencies(self) -> Sequence[str]:
        """Return the currencies of its amounts, where no column says them."""
        return self.amounts_in(self.datamodel.session) if self.amounts_in else ()

    @expose("/lookup/<string:column>")
    @has_access
    def lookup(self, column: str) -> Any:
        """Return the rows a relation may be set to, by what was typed (`q`)."""
        model = self._looked_up(column)
        columns = told_apart_by(model, self.lookups.get(column, ()))
        return jsonify(results=found_by(model, columns, request.args.get("q", "").strip()[:80]) if columns else [])

    def _looked_up(self, column: str) -> Any:
        """Return the class that a column or an extra field of a form points to."""
        extra = {**(self.add_form_extra_fields or {}), **(self.edit_form_extra_fields or {})}.get(column)
        if extra is not None and extra.field_class is LookupField:
            return extra.kwargs["model"]
        named = {*self.search_columns, *self.add_columns, *self.edit_columns}
        if column not in named or not self.datamodel.is_relation_many_to_one(column):
            abort(404)
        return self.datamodel.get_related_model(column)

    # -- one row ------------------------------------------------------------------------------------------------------

    def _row(self, pk: Any) -> Any:
        item = self.datamodel.get(pk, self._base_filters)
        if item is None:
            abort(404)
        return item

    def _show(self, pk: Any) -> Any:
        item = self._row(pk)
        widgets = self._get_show_widget(pk, item)
        offered = {name: one for name, one in self.actions.items() if self.offered_when.get(name, bool)(item)}
        widgets["show"].template_args.update(
            heading=self.heading(item),
            history=self._history(item),
            actions=offered,
            edit_button=self.edit_button,
            edit_offered=self.offered_when.get("edit", bool)(item),
        )
        return self._with_related(item, widgets)

    def heading(self, item: Any) -> str:
        """Return what stands beside the title of a record's page: as the list writes it, codes in words."""
        written = (
            self.formatters_columns.get(name, formats.text)(getattr(item, name)) for name in self.heading_columns
        )
        return " · ".join(escape(each).striptags() for each in written) or str(item)

    def _with_related(self, item: Any, widgets: Any) -> Any:
        pages, sizes, orders = arguments.pages(), arguments.sizes(), arguments.orders()
        return self._get_related_views_widgets(item, orders=orders, pages=pages, page_sizes=sizes, widgets=widgets)

    def _get_related_view_widget(self, item: Any, related_view: Any, *args: Any, **kwargs: Any) -> Any:
        """Draw the related rows for those who may list them; None for the others."""
        if not related_view._may("can_list"):  # noqa: SLF001 - a view of the same kind
            return None
        return super()._get_related_view_widget(item, related_view, *args, **kwargs)

    # -- add, edit, delete --------------------------------------------------------------------------------------------

    def create(self, form: Any) -> Any:
        """Make a row from a valid form and return it; override to call a service."""
        item = self.datamodel.obj()
        form.populate_obj(item)
        self.pre_add(item)
        self.datamodel.add(item)
        self.post_add(item)
        return item

    def change(self, item: Any, form: Any) -> None:
        """Change a row from a valid form; override to call a service."""
        form.populate_obj(item)
        self.pre_update(item)
        self.datamodel.edit(item)
        self.post_update(item)

    def remove(self, item: Any) -> None:
        """Delete a row; override to call a service."""
        self.pre_delete(item)
        self.datamodel.delete(item)
        self.post_delete(item)

    def _add(self) -> Any:
        excluded = self._preset_columns()
        form = self.add_form.refresh()
        if request.method == "POST":
            self._fill_form_exclude_cols(excluded, form)
            if form.validate() and self._saved(form, lambda: self.create(form), created=True):
                flash(str(self.add_row_message), "success")
                return None
        return self._get_add_widget(form=form, exclude_cols=excluded)

    def _edit(self, pk: Any) -> Any:
        excluded = self._preset_columns()
        item = self._row(pk)
        form = self.edit_form.refresh(obj=item)
        form._id = self.datamodel.get_pk_value(item)  # noqa: SLF001 - where the uniqueness check looks
        more: dict[str, Any] = {"seen": request.form.get(locking.FIELD) or locking.seal(item)}
        if request.method == "POST":
            self._fill_form_exclude_cols(excluded, form)
            if self._is_stale(item):
                more = self._conflict(item, form)
            elif form.validate() and self._saved(form, lambda: self.change(item, form), created=False):
                flash(str(self.edit_row_message), "success")
                return None
        else:
            self.prefill_form(form, form._id)  # noqa: SLF001 - same
        widgets = self._get_edit_widget(form=form, exclude_cols=excluded)
        widgets["edit"].template_args.update(more, shown=self._shown_above(item))
        if self._sends("edit"):
            widgets["edit"].template_args["check"] = url_for(f"{self.endpoint}.check_edit", pk=pk)
        return self._with_related(item, widgets)

    @expose("/check/add", methods=["POST"])
    @has_access
    @permission_name("add")
    def check_add(self) -> str:
        """Say what is wrong with a field of a new record that was left; nothing is saved."""
        return leaving.answer(self.add_form.refresh(), self.checked_on_leaving)

    @expose("/check/edit/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def check_edit(self, pk: Any) -> str:
        """Say what is wrong with a field of a record that was left; nothing is saved."""
        item = self._row(self._deserialize_pk_if_composite(pk))
        form = self.edit_form.refresh(obj=item)
        form._id = self.datamodel.get_pk_value(item)  # noqa: SLF001 - where the uniqueness check looks
        return leaving.answer(form, self.checked_on_leaving)

    def _shown_above(self, item: Any) -> list[tuple[Any, Any]]:
        """Return the labels and values that stand above the form."""
        return [
            (self.label_columns.get(name), self.formatters_columns.get(name, formats.text)(getattr(item, name)))
            for name in self.edit_shows
        ]

    def _preset_columns(self) -> list[str]:
        """Return the relations that the address presets, as a related list does for its "new" button."""
        arguments.fill(self._filters, searched=False)
        return self._filters.get_relation_cols()  # type: ignore[no-any-return]

    def _saved(self, form: Any, save: Any, *, created: bool) -> bool:
        """Save; on a "no" put it beside the field it is about, or above the form, and keep what was typed."""
        self.process_form(form, created)
        try:
            save()
        except (Refusal, NotSaved) as problem:
            self.datamodel.session.rollback()
            show_problem(form, problem)
            return False
        return True

    def _delete(self, pk: Any) -> None:
        item = self._row(pk)
        try:
            self.remove(item)
        except (Refusal, NotSaved) as problem:
            self.datamodel.session.rollback()
            flash(told(problem), "danger")
        else:
            flash(str(self.delete_row_message), "success")

    def post_delete_redirect(self) -> Any:
        """Go back, but never to the page of the row that is gone."""
        before = self.get_redirect()
        gone = any(f"{self.route_base}/{verb}/" in before for verb in ("show", "edit", "delete"))
        return redirect(url_for(f"{self.endpoint}.list") if gone else before)

    # -- actions ------------------------------------------------------------------------------------------------------

    @expose("/action/<string:name>/<pk>", methods=["GET", "POST"])
    def action(self, name: str, pk: Any) -> Any:
        """Act on one row in scope; by POST only."""
        self._check_action(name)
        if request.method != "POST":
            abort(405)
        return self._act(name, self._row(self._deserialize_pk_if_composite(pk)))

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Act on the marked rows; refused as a whole if one of them is out of scope."""
        name = request.form.get("action", "")
        self._check_action(name)
        keys = request.form.getlist("rowid")[: self.max_page_size]
        return self._act(name, [self._row(self._deserialize_pk_if_composite(key)) for key in keys])

    # -- permissions --------------------------------------------------------------------------------------------------

    def reading_permissions(self) -> set[str]:
        """Return the permissions that only look: routes without POST, and those named in `also_reads`."""
        return reading_permissions(self)


def reading_permissions(view: Any) -> set[str]:
    """Return the permissions of a view that change nothing."""
    found = {name for name in view.base_permissions if name in getattr(view, "also_reads", ())}
    for name in dir(type(view)):
        method = getattr(view, name)
        routes = getattr(method, "_urls", None)
        if not routes or name == "this_form_get" or not hasattr(method, "_permission_name"):
            continue
        if all(set(methods) <= {"GET", "HEAD"} for _, methods in routes) or name in getattr(view, "also_reads", ()):
            found.add(f"{PERMISSION_PREFIX}{view.get_method_permission(name)}")
    return found & set(view.base_permissions)


def show_problem(form: Any, problem: Exception) -> None:
    """Put a refusal beside the field it names, else above the form."""
    field = problem.facts.get("field") if isinstance(problem, Refusal) else None
    if isinstance(field, str) and field in form:
        form[field].errors = [*form[field].errors, gettext(str(problem.facts.get("problem", told(problem))))]  # type: ignore[attr-defined]
    else:
        flash(told(problem), "danger")
