"""The screens of one's own account: log in, change one's password and name. Keeping accounts is core.web.admin."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.const import FLAMSG_ERR_SEC_ACCESS_DENIED
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db, ResetPasswordForm
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_appbuilder.validators import PasswordComplexityValidator
from flask_babel import gettext, lazy_gettext, refresh
from flask_login import login_user
from werkzeug.security import check_password_hash
from wtforms import PasswordField, StringField, validators

from core import clock
from core.web import zones
from core.web.languages import LANGUAGES
from core.web.roles import ALL, Roles
from core.web.security import factor
from core.web.views import GuibinForm, GuibinPage, has_access

#: Where it keeps who typed the right password and owes the code, and for how many seconds that holds.
_HALFWAY, _PATIENCE = "halfway", 300


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


def _say_what_is_asked_for() -> None:
    """Ask whoever is not logged in to do so: nothing is denied to her yet, as Flask-AppBuilder would have it."""
    waiting = session.get("_flashes", [])
    others = [each for each in waiting if each[1] != str(FLAMSG_ERR_SEC_ACCESS_DENIED)]
    if len(others) < len(waiting):
        session["_flashes"] = [*others, ("warning", gettext("Please log in"))]


class LoginView(AuthDBView):
    """The way in: the password, and a code behind it for whoever has a second factor."""

    login_template = "guibin/login.html"

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        """Ask for user name and password, and go on to the code where one is needed."""
        _say_what_is_asked_for()
        form = LoginForm_db()
        if (g.user is not None and g.user.is_authenticated) or not form.validate_on_submit():
            return super().login()
        to = get_safe_redirect(request.args.get("next", ""))
        user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
        if user is None:
            flash(str(self.invalid_login_message), "warning")
            return redirect(self.appbuilder.get_url_for_login_with(to))
        if user.factor_since is not None:
            at = int(clock.now().timestamp())
            session[_HALFWAY] = {"user_id": user.id, "epoch": user.epoch, "at": at, "next": to}
            return redirect(url_for("LoginView.code"))
        login_user(user, remember=False)
        return redirect(to)

    @expose("/login/code", methods=["GET", "POST"])
    @no_cache
    def code(self) -> Any:
        """Ask for the code of the second factor; what is wrong says no more than that."""
        halfway = session.get(_HALFWAY) or {"at": 0}
        if not 0 <= int(clock.now().timestamp()) - halfway["at"] <= _PATIENCE:
            return redirect(url_for("LoginView.login"))
        user = self.appbuilder.sm.get_user_by_id(halfway["user_id"])
        if user is None or not user.is_active or user.epoch != halfway["epoch"]:
            return redirect(url_for("LoginView.login"))
        if request.method == "POST":
            if self.appbuilder.sm.opens_with(user, request.form.get("code", "")):
                login_user(user, remember=False)
                return redirect(halfway["next"])
            flash(gettext(factor.CodeNotRight.sentence), "warning")
        return self.render_template("guibin/login_code.html", title=gettext("Second factor"))


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


class MyNameForm(DynamicForm):
    """One's own name, whole as accounts are made with it."""

    name = StringField(
        lazy_gettext("Name of the person"),
        [validators.InputRequired(), validators.Length(max=64)],
        widget=BS3TextFieldWidget(),
    )


class ProfileView(GuibinForm):
    """One's own name."""

    class_permission_name = "UserInfoEditView"
    route_base = "/userinfoeditview"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL
    form = MyNameForm
    form_title = lazy_gettext("Edit my name")

    def form_get(self, form: Any) -> None:
        """Fill in the name."""
        form.name.data = g.user.get_full_name().strip()

    def form_post(self, form: Any) -> Any:
        """Keep the name."""
        user = self.appbuilder.sm.get_user_by_id(g.user.id)
        user.first_name, user.last_name = form.name.data.strip(), ""
        self.appbuilder.session.commit()
        return redirect(self.appbuilder.get_url_for_userinfo)


class MyAccountView(GuibinPage):
    """One's own account; open to everybody who is logged in, with or without a role."""

    class_permission_name = "UserDBModelView"
    route_base = "/users"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "preferences": lazy_gettext("Language and time zone"),
        "sessions": lazy_gettext("End sessions"),
    }
    default_view = "userinfo"
    title = lazy_gettext("My account")
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL

    @expose("/userinfo/")
    def userinfo(self) -> Any:
        """Show one's own account."""
        if self.appbuilder.sm.person() is None:
            return redirect(self.appbuilder.get_url_for_login_with(request.full_path))
        # Flask-AppBuilder's column knows no zone; what is in it is UTC.
        seen = None if g.user.last_login is None else g.user.last_login.replace(tzinfo=UTC)
        return self.render_template(
            "guibin/profile.html",
            title=gettext("My account"),
            person=g.user,
            last_login=seen,
            zones=zones.choices(),
        )

    @expose("/preferences", methods=["POST"])
    @has_access
    def preferences(self) -> Any:
        """Keep one's language and time zone, in the session and with the account."""
        language, zone = request.form.get("language", ""), request.form.get("zone", "")
        if language not in LANGUAGES or zone not in ("", *zones.ZONES):
            abort(422)
        user = self.appbuilder.sm.get_user_by_id(g.user.id)
        user.locale, user.timezone = language, zone or None
        self.appbuilder.session.commit()
        session["locale"], session["zone"] = language, user.timezone
        refresh()
        flash(gettext("Your language and time zone were kept."), "success")
        return redirect(self.appbuilder.get_url_for_userinfo)

    @expose("/sessions", methods=["POST"])
    @has_access
    def sessions(self) -> Any:
        """End one's sessions on other devices."""
        self.appbuilder.sm.end_other_sessions(g.user)
        flash(gettext("Your other sessions have ended."), "success")
        return redirect(self.appbuilder.get_url_for_userinfo)
