"""The screens of the second factor: one's own, and which roles must have one."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Flask, abort, flash, g, redirect, request, url_for
from flask_appbuilder.security.sqla.models import assoc_user_role
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import func, select

from core import clock
from core.errors import Refusal
from core.web.admin.events import record
from core.web.admin.ranks import kept_by
from core.web.here import builder
from core.web.roles import ALL, HQ_APPROVER, NOBODY, SYSTEM_ADMIN, Roles
from core.web.security import factor
from core.web.security.models import FactorRole, Role, User
from core.web.security.stepping_up import proved
from core.web.views import GuibinPage, expose, has_access

_ALLOWED = ("SecondFactorPage.", "LoginView.", "LanguageView.")


class SecondFactorPage(GuibinPage):
    """One's own second factor; open to everybody who is logged in."""

    route_base = "/second-factor"
    title = lazy_gettext("Second factor")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "begin": lazy_gettext("Set it up"),
        "codes": lazy_gettext("New recovery codes"),
        "off": lazy_gettext("Turn off"),
    }
    default_view = "page"
    read_roles: ClassVar[Roles] = ALL
    write_roles: ClassVar[Roles] = ALL

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Show how it stands, and the secret while it waits to be confirmed."""
        return self._page()

    @expose("/begin", methods=["POST"])
    @has_access
    @proved
    def begin(self) -> Any:
        """Draw a secret."""
        try:
            factor.begin(self.appbuilder.session, g.user.id)
        except Refusal as refusal:
            return self._page(refusal)
        self.appbuilder.session.commit()
        return redirect(url_for("SecondFactorPage.page"), 303)

    @expose("/confirm", methods=["POST"])
    @has_access
    def confirm(self) -> Any:
        """Turn it on by a first code, and show the recovery codes this once."""
        user = self._oneself()
        try:
            code = request.form.get("code", "").replace(" ", "")
            codes = factor.confirm(self.appbuilder.session, user.id, code, clock.now())
        except Refusal as refusal:
            return self._page(refusal)
        self.appbuilder.sm.begin_epoch(user, "factor_on")
        return self._page(codes=codes)

    @expose("/codes", methods=["POST"])
    @has_access
    @proved
    def codes(self) -> Any:
        """Show new recovery codes this once; the old ones are worth nothing any more."""
        user = self._oneself()
        if user.factor_since is None:
            abort(404)
        codes = factor.renew_codes(self.appbuilder.session, user.id)
        self._write("codes_renewed")
        self.appbuilder.session.commit()
        return self._page(codes=codes)

    @expose("/off", methods=["POST"])
    @has_access
    @proved
    def off(self) -> Any:
        """Turn it off, unless one's role must have it."""
        if factor.must_have(self.appbuilder.session, [role.name for role in g.user.roles]):
            return self._page(factor.FactorMustStay())
        factor.take_away(self.appbuilder.session, g.user.id)
        self.appbuilder.sm.begin_epoch(self._oneself(), "factor_off")
        flash(gettext("Your second factor is off."), "success")
        return redirect(url_for("SecondFactorPage.page"), 303)

    def _oneself(self) -> Any:
        return self.appbuilder.sm.get_user_by_id(g.user.id)

    def _write(self, what: str) -> None:
        who = g.user
        names = {"user_id": who.id, "username": who.username, "by_id": who.id, "by": who.username}
        record(self.appbuilder.session.connection(), now=clock.now(), what=what, **names)

    def _page(self, refusal: Refusal | None = None, *, codes: list[str] | None = None) -> Any:
        opened = self.appbuilder.session
        if refusal is not None:
            opened.rollback()
        user = self._oneself()
        opened.refresh(user)
        secret = factor.waiting(opened, user.id)
        otpauth = factor.address(secret, user.username) if secret else ""
        page = self.render_template(
            "guibin/second_factor.html",
            title=gettext("Second factor"),
            problem=refusal and refusal.worded(gettext),
            since=user.factor_since,
            must=factor.must_have(opened, [role.name for role in user.roles]),
            secret=factor.in_groups(secret),
            otpauth=otpauth,
            picture=factor.picture(otpauth, gettext("Key for an app of one-time codes")) if secret else "",
            codes=codes,
            left=factor.codes_left(opened, user.id),
        )
        return page, 200 if refusal is None else refusal.status


class FactorRolesView(GuibinPage):
    """Which roles must have a second factor: each decides about the roles whose accounts they keep."""

    route_base = "/second-factor-roles"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"save": lazy_gettext("Save")}
    default_view = "page"
    read_roles = NOBODY
    write_roles = (HQ_APPROVER, SYSTEM_ADMIN)

    @expose("/")
    @has_access
    def page(self) -> Any:
        """Show the roles, who must have one, and how many do."""
        opened = self.appbuilder.session
        rows = {row.role: row for row in opened.scalars(select(FactorRole))}
        have = {name: (all_of, with_one) for name, all_of, with_one in opened.connection().execute(_COUNTED)}
        return self.render_template(
            "guibin/admin/factor_roles.html",
            title=gettext("Who must have a second factor"),
            roles=ALL,
            rows=rows,
            have=have,
            own=self._own(),
        )

    @expose("/save", methods=["POST"])
    @has_access
    @proved
    def save(self) -> Any:
        """Keep what was ticked; it holds from each person's next click on."""
        opened, who = self.appbuilder.session, g.user
        wanted = frozenset(request.form.getlist("role"))
        if not wanted <= frozenset(ALL):
            abort(422)
        changed = factor.ask_roles(opened, wanted, among=self._own(), by=who.username, now=clock.now())
        if changed:
            names = {"user_id": who.id, "username": who.username, "by_id": who.id, "by": who.username}
            told = " ".join(changed)
            record(opened.connection(), now=clock.now(), what="factor_roles", roles=told, **names)
        opened.commit()
        flash(gettext("Kept. It holds from each person's next click on."), "success")
        return redirect(url_for("FactorRolesView.page"), 303)

    def _own(self) -> frozenset[str]:
        return frozenset(kept_by(role.name for role in g.user.roles))


_u, _r = User.__table__.c, Role.__table__.c
#: Open accounts by role, and those of them with a second factor.
_COUNTED = (
    select(_r.name, func.count(_u.id), func.count(_u.factor_since))
    .join_from(assoc_user_role, Role.__table__, assoc_user_role.c.role_id == _r.id)
    .join(User.__table__, assoc_user_role.c.user_id == _u.id)
    .where(_u.active)
    .group_by(_r.name)
)


def lead_there(app: Flask) -> None:
    """Let whoever must set up a second factor do nothing else before, from the moment it is asked of a role on."""

    @app.before_request
    def lead() -> Any:
        if not g.get("factor_roles") or not current_user.is_authenticated:
            return None
        if not builder().sm.must_set_up_factor(current_user):
            return None
        endpoint = request.endpoint or "static"
        if endpoint.startswith(_ALLOWED) or "static" in endpoint:
            return None
        if request.method != "GET" or request.path.startswith("/api/"):
            abort(403)
        return redirect(url_for("SecondFactorPage.page"))
