"""The screens of accounts: log in, change one's password, keep accounts and see roles."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.security.forms import ResetPasswordForm, UserInfoEdit
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.validators import PasswordComplexityValidator
from flask_babel import gettext, lazy_gettext
from werkzeug.security import check_password_hash
from wtforms import PasswordField, validators

from core.web import formats
from core.web.crud import Crud
from core.web.roles import ALL, Roles
from core.web.security.passwords import hashed
from core.web.views import GuibinForm


def _password(label: Any, *checks: Any) -> PasswordField:
    return PasswordField(label, validators=[validators.DataRequired(), *checks], widget=BS3PasswordFieldWidget())


class MyPasswordForm(ResetPasswordForm):
    """A new password, with the old one."""

    current = _password(lazy_gettext("Current password"))
    password = _password(lazy_gettext("New password"), PasswordComplexityValidator())

    def validate_current(self, field: Any) -> None:
        """Refuse a wrong present password."""
        if not check_password_hash(g.user.password or "", field.data or ""):
            raise validators.ValidationError(gettext("This is not your current password."))


class NewPasswordForm(ResetPasswordForm):
    """A new password for someone."""

    password = _password(lazy_gettext("New password"), PasswordComplexityValidator())


class LoginView(AuthDBView):
    """The way in."""

    login_template = "guibin/login.html"


class MyPasswordView(GuibinForm):
    """Change one's own password."""

    class_permission_name = "ResetMyPasswordView"
    route_base = "/resetmypassword"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL
    form = MyPasswordForm
    form_columns: ClassVar[list[str]] = ["current", "password", "conf_password"]
    form_title = lazy_gettext("Change my password")

    def form_post(self, form: Any) -> Any:
        """Set the password."""
        self.appbuilder.sm.reset_password(g.user.id, form.password.data)
        flash(gettext("Password changed. Your other sessions have ended."), "success")
        return redirect(self.appbuilder.get_url_for_userinfo)


class PasswordView(GuibinForm):
    """Set someone's password."""

    class_permission_name = "ResetPasswordView"
    route_base = "/resetpassword"
    admin = True
    form = NewPasswordForm
    form_title = lazy_gettext("Set a password")

    def form_post(self, form: Any) -> Any:
        """Set the password of the account in the address."""
        pk = request.args.get("pk", "")
        if not pk.isascii() or not pk.isdigit() or self.appbuilder.sm.get_user_by_id(int(pk[:18])) is None:
            abort(404)
        self.appbuilder.sm.reset_password(int(pk), form.password.data)
        flash(gettext("Password changed. All sessions of this account have ended."), "success")
        return redirect(url_for("UsersView.list"))


class ProfileView(GuibinForm):
    """One's own name."""

    class_permission_name = "UserInfoEditView"
    route_base = "/userinfoeditview"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL
    form = UserInfoEdit
    form_title = lazy_gettext("Edit my name")

    def form_get(self, form: Any) -> None:
        """Fill in the name."""
        form.first_name.data, form.last_name.data = g.user.first_name, g.user.last_name

    def form_post(self, form: Any) -> Any:
        """Keep the name."""
        user = self.appbuilder.sm.get_user_by_id(g.user.id)
        user.first_name, user.last_name = form.first_name.data, form.last_name.data
        self.appbuilder.session.commit()
        return redirect(self.appbuilder.get_url_for_userinfo)


_ACCOUNT = ["username", "first_name", "last_name", "email", "active", "roles"]


class UsersView(Crud):
    """Accounts; a person is made inactive, never deleted."""

    class_permission_name = "UserDBModelView"
    route_base = "/users"
    admin = True
    exclude_route_methods: Any = frozenset({"delete", "download"})
    list_title, show_title = lazy_gettext("Accounts"), lazy_gettext("Account")
    add_title, edit_title = lazy_gettext("New account"), lazy_gettext("Edit account")
    list_columns: ClassVar[list[str]] = ["username", "first_name", "last_name", "active", "roles", "last_login"]
    search_columns: ClassVar[list[str]] = ["username", "first_name", "last_name", "email", "active"]
    order_columns: ClassVar[list[str]] = ["username", "last_login"]
    show_columns: ClassVar[list[str]] = [*_ACCOUNT, "last_login", "fail_login_count", "locked_until"]
    add_columns: ClassVar[list[str]] = [*_ACCOUNT, "password", "conf_password"]
    edit_columns: ClassVar[list[str]] = list(_ACCOUNT)
    label_columns: ClassVar[dict[str, Any]] = {
        "username": lazy_gettext("User name"),
        "first_name": lazy_gettext("First name"),
        "last_name": lazy_gettext("Last name"),
        "email": lazy_gettext("E-mail"),
        "active": lazy_gettext("Active"),
        "roles": lazy_gettext("Roles"),
        "last_login": lazy_gettext("Last login"),
        "fail_login_count": lazy_gettext("Wrong passwords in a row"),
        "locked_until": lazy_gettext("Locked until"),
        "password": lazy_gettext("Password"),
        "conf_password": lazy_gettext("Repeat password"),
    }
    formatters_columns: ClassVar[dict[str, Any]] = {
        "active": formats.yes_no,
        "last_login": formats.moment,
        "locked_until": formats.moment,
        "roles": lambda roles: "、".join(gettext(role.name) for role in roles),
    }
    add_form_extra_fields: ClassVar[dict[str, Any]] = {
        "password": _password(lazy_gettext("Password"), PasswordComplexityValidator()),
        "conf_password": _password(
            lazy_gettext("Repeat password"),
            validators.EqualTo("password", message=lazy_gettext("Passwords must match")),
        ),
    }

    def create(self, form: Any) -> Any:
        """Make an account with a hashed password."""
        user = self.datamodel.obj(password=hashed(form.password.data), epoch=0)
        for name in _ACCOUNT:
            setattr(user, name, form[name].data)
        self.datamodel.add(user)
        return user

    def change(self, item: Any, form: Any) -> None:
        """Change an account; closing it ends its sessions."""
        was_active = item.active
        for name in _ACCOUNT:
            setattr(item, name, form[name].data)
        if was_active and not item.active:
            item.epoch += 1
        self.datamodel.edit(item)

    @expose("/userinfo/")
    def userinfo(self) -> Any:
        """Show one's own account."""
        if self.appbuilder.sm.person() is None:
            return redirect(self.appbuilder.get_url_for_login_with(request.full_path))
        return self.render_template("guibin/profile.html", title=gettext("My account"), person=g.user)

    @action("resetpasswords", lazy_gettext("Set a password"), "", "fa-lock", multiple=False)
    def resetpasswords(self, item: Any) -> Any:
        """Open the form that sets the password of an account."""
        return redirect(url_for("PasswordView.this_form_get", pk=item.id))


class RolesView(Crud):
    """Roles as the product ships them; they change with its pages, not by hand."""

    class_permission_name = "RoleModelView"
    route_base = "/roles"
    admin = True
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_lookup"]
    exclude_route_methods: Any = frozenset({"add", "edit", "delete", "download", "action", "action_post"})
    list_title, show_title = lazy_gettext("Roles"), lazy_gettext("Role")
    list_columns: ClassVar[list[str]] = ["name"]
    search_columns: ClassVar[list[str]] = ["name"]
    order_columns: ClassVar[list[str]] = ["name"]
    show_columns: ClassVar[list[str]] = ["name", "permissions"]
    label_columns: ClassVar[dict[str, Any]] = {
        "name": lazy_gettext("Role"),
        "permissions": lazy_gettext("Permissions"),
    }
    formatters_columns: ClassVar[dict[str, Any]] = {
        "name": gettext,
        "permissions": lambda pairs: "\n".join(sorted(str(pair) for pair in pairs)),
    }
