"""What addons derive their screens from.

    class MemberView(GuibinView):
        datamodel = GuibinInterface(Member)
        list_title, show_title, add_title, edit_title = _("Members"), _("Member"), _("New member"), _("Edit member")
        list_columns = [...]      # every list of columns is named: nothing is shown or searched by default
        search_columns = [...]
        lookups = {"referrer": ("name", "phone")}   # relations to big tables

    VIEWS = (Entry(MemberView, name="Members", category="Members", icon="fa-users", reads=EVERYBODY, writes=STORES),)

Value is never saved by a form: override `create`, `change` or `remove` to call a service. A Refusal raised there keeps
what was typed and shows its sentence. Actions are methods decorated with `@action(...)`; they get rows in scope.
"""

from __future__ import annotations

from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder import BaseView, SimpleFormView, expose
from flask_appbuilder.actions import action
from flask_appbuilder.api import BaseApi, ModelRestApi
from flask_appbuilder.security.decorators import has_access, permission_name, protect
from flask_babel import lazy_gettext

from core.errors import Refusal
from core.web import leaving
from core.web.crud import Crud, show_problem
from core.web.forms import LookupField, MomentField, MoneyField
from core.web.interface import GuibinInterface
from core.web.menu import Entry
from core.web.returning import back_to
from core.web.roles import EVERYBODY, HQ, Roles
from core.web.widgets import GuibinFormWidget

__all__ = [
    "Entry",
    "GuibinApi",
    "GuibinForm",
    "GuibinInterface",
    "GuibinModelApi",
    "GuibinPage",
    "GuibinView",
    "LookupField",
    "MomentField",
    "MoneyField",
    "ReadOnlyView",
    "action",
    "expose",
    "has_access",
    "protect",
]


class GuibinView(Crud):
    """A screen over a table: list, search, show, add, edit, delete."""


class ReadOnlyView(GuibinView):
    """A screen over a table that nobody changes by hand."""

    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete", "download", "action", "action_post"})


class _Page:
    """Who may use a page, and where it goes back to."""

    read_roles: ClassVar[Roles] = EVERYBODY
    write_roles: ClassVar[Roles] = HQ
    admin: ClassVar[bool] = False
    also_reads: ClassVar[tuple[str, ...]] = ()
    #: Methods that show the store the person works in (core.web.scope).
    follows_store: ClassVar[tuple[str, ...]] = ()

    def update_redirect(self) -> None:
        """Keep no trail of pages."""

    def get_redirect(self) -> str:
        """Return the page to go back to."""
        return back_to(self.appbuilder.get_url_for_index)  # type: ignore[attr-defined]


class GuibinPage(_Page, BaseView):
    """A page of one's own: methods with @expose and @has_access that call `self.render_template`."""


class GuibinForm(_Page, SimpleFormView):
    """A form of one's own: set `form` and `form_title`, override `form_post`; a Refusal there keeps what was typed."""

    form_template = "guibin/form.html"
    edit_widget = GuibinFormWidget
    #: The verb on the button, and what is asked before it is done ("" asks nothing).
    button: ClassVar[Any] = lazy_gettext("Save")
    question: ClassVar[Any] = ""
    #: What the server says of a field when it is left, beside the checks of the field itself (core.web.leaving).
    checked_on_leaving: ClassVar[dict[str, leaving.Check]] = {}

    @expose("/form", methods=["POST"])
    @has_access
    def this_form_post(self) -> Any:
        """Check and take the form."""
        self._init_vars()
        form = self.form.refresh()
        if form.validate_on_submit():
            try:
                return self.form_post(form) or self._redirected()
            except Refusal as refusal:
                self.appbuilder.session.rollback()
                show_problem(form, refusal)
        return self.render_template(self.form_template, title=self.form_title, widgets=self._get_edit_widget(form=form))

    @expose("/form/check", methods=["POST"])
    @has_access
    @permission_name("this_form_post")
    def check_form(self) -> str:
        """Say what is wrong with a field that was left; nothing is saved."""
        self._init_vars()
        return leaving.answer(self.form.refresh(), self.checked_on_leaving)

    def _get_edit_widget(self, form: Any = None, exclude_cols: Any = None, widgets: Any = None) -> Any:
        widgets = super()._get_edit_widget(form, exclude_cols, widgets)
        said = {"back": self.get_redirect(), "button": self.button, "question": self.question}
        widgets["edit"].template_args.update(said, check=url_for(f"{self.endpoint}.check_form"))
        return widgets

    def _redirected(self) -> Any:
        from flask import redirect

        return redirect(self.get_redirect())


class GuibinApi(BaseApi):
    """An API of one's own; a Refusal becomes its status with code, sentence and facts."""

    read_roles: ClassVar[Roles] = EVERYBODY
    write_roles: ClassVar[Roles] = HQ
    admin: ClassVar[bool] = False
    also_reads: ClassVar[tuple[str, ...]] = ()


class GuibinModelApi(ModelRestApi):
    """A REST API over a table, scoped like its screen."""

    read_roles: ClassVar[Roles] = EVERYBODY
    write_roles: ClassVar[Roles] = HQ
    admin: ClassVar[bool] = False
    also_reads: ClassVar[tuple[str, ...]] = ()
    allow_browser_login = True
    #: A browser's cookie is accepted, so its token is asked for as well.
    csrf_exempt = False

    def response_500(self, message: str | None = None) -> Any:
        """Answer what went wrong: a Refusal with its own status, anything else as a failure without detail."""
        from core.web.errors import api_failure

        return api_failure()
