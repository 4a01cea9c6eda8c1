"""Setting the product up: while there is no account every address leads to /setup; afterwards there is no such page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_appbuilder.exceptions import PasswordComplexityValidationError
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection, select

from core import clock
from core.addons.scopes import FirstPlace
from core.db.migrate import migrating
from core.db.scope import GuardedSession, system_scope
from core.db.session import engine
from core.errors import Refusal
from core.periods import local_day
from core.web.admin.accounts import check_names
from core.web.admin.events import record
from core.web.deploy import add_account, sync_permissions
from core.web.here import builder
from core.web.roles import NOBODY, SYSTEM_ADMIN
from core.web.security.models import Role, User
from core.web.security.passwords import check_password, generated, hashed
from core.web.views import GuibinPage, expose

MARKETS: dict[str, Any] = {
    "CN": lazy_gettext("Mainland China"),
    "HK": lazy_gettext("Hong Kong"),
    "MO": lazy_gettext("Macao"),
    "TW": lazy_gettext("Taiwan"),
}
_OPEN = ("/setup", "/static/", "/lang/", "/appbuilder/", "/static/appbuilder/")
_ANY_ACCOUNT = select(User.__table__.c.id).limit(1)


class AlreadySetUp(Refusal):
    """Setting up a product that has an account."""

    sentence = "The product is set up already; log in."


class PasswordsDiffer(Refusal):
    """A password that was typed in two ways."""

    sentence = "The two passwords differ."
    status = 422


class PasswordTooWeak(Refusal):
    """A first password that is short or easy to guess; the problem is said in the person's language."""

    sentence = "%(problem)s"
    status = 422
    problem: str


class FirstNamesMissing(Refusal):
    """A product without the name of its brand or its first store."""

    sentence = "Name your brand and your first store."
    status = 422


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is typed into the page."""

    username: str
    name: str
    password: str
    again: str
    brand: str
    store: str
    market: str


def has_account(connection: Connection) -> bool:
    """Tell whether there is any account."""
    return connection.execute(_ANY_ACCOUNT).first() is not None


def begin(wanted: Wanted, first_place: FirstPlace | None) -> str:
    """Make the system administrator's account and the first store in one transaction; return the password.

    Refuses with AlreadySetUp, PasswordsDiffer, PasswordTooWeak, FirstNamesMissing, UserNameNotAllowed, NameMissing.
    """
    password = _password(wanted)
    _make_roles()
    with migrating(engine()) as connection:  # one after the other: whoever is second finds an account
        if has_account(connection):
            raise AlreadySetUp
        with system_scope("first set-up"), GuardedSession(connection) as session:
            check_names(session, wanted.username, wanted.name)
            _open(connection, wanted, hashed(password))
            if first_place is not None:
                if not wanted.brand or not wanted.store:
                    raise FirstNamesMissing
                day = local_day(clock.now())
                first_place(session, brand=wanted.brand, store=wanted.store, market=wanted.market, day=day)
            session.flush()
    return password


def _password(wanted: Wanted) -> str:
    if not wanted.password and not wanted.again:
        return generated()
    if wanted.password != wanted.again:
        raise PasswordsDiffer
    try:
        check_password(wanted.password)
    except PasswordComplexityValidationError as problem:
        raise PasswordTooWeak(problem=str(problem)) from problem
    return wanted.password


def _make_roles() -> None:
    with engine().connect() as connection:
        known = connection.execute(select(Role.__table__.c.id).where(Role.__table__.c.name == SYSTEM_ADMIN)).first()
    if known is None:
        sync_permissions(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - the app itself


def _open(connection: Connection, wanted: Wanted, kept: str) -> None:
    key = add_account(connection, username=wanted.username, role=SYSTEM_ADMIN, password_hash=kept, name=wanted.name)
    name = wanted.username
    record(
        connection, now=clock.now(), user_id=key, username=name, what="opened", by_id=key, by=name, role=SYSTEM_ADMIN
    )


class SetupView(GuibinPage):
    """The first page of a new product; open to whoever comes first, and gone afterwards."""

    route_base = "/setup"
    default_view = "page"
    read_roles = NOBODY
    write_roles = NOBODY

    @expose("/", methods=["GET", "POST"])
    def page(self) -> Any:
        """Show the form, or set the product up; a refusal keeps what was typed."""
        if has_account(builder().session.connection()):
            abort(404)
        first_place = current_app.extensions["guibin_first_run"]
        if request.method == "GET":
            return self._form(first_place, None)
        try:
            password = begin(_typed(), first_place)
        except Refusal as refusal:
            return self._form(first_place, refusal), refusal.status
        shown = "" if request.form.get("password") else password
        return self.render_template(
            "guibin/admin/setup_done.html", title=gettext("Guibin is set up"), password=shown, wanted=_typed()
        )

    def _form(self, first_place: FirstPlace | None, refusal: Refusal | None) -> Any:
        return self.render_template(
            "guibin/admin/setup.html",
            title=gettext("Set up Guibin"),
            with_store=first_place is not None,
            markets=MARKETS,
            typed=request.form,
            problem=refusal and refusal.worded(gettext),
        )


def _typed() -> Wanted:
    def text(name: str, longest: int = 64) -> str:
        return request.form.get(name, "").strip()[:longest]

    password, again = request.form.get("password", ""), request.form.get("again", "")
    return Wanted(
        text("username", 80), text("name"), password, again, text("brand"), text("store"), text("market") or "CN"
    )


def lead_there(app: Flask) -> None:
    """Lead every address to /setup while there is no account; once there is one it is not asked again."""
    app.extensions["guibin_has_account"] = False

    @app.before_request
    def to_setup() -> Any:
        if app.extensions["guibin_has_account"] or request.path.startswith(_OPEN):
            return None
        if has_account(builder().session.connection()):
            app.extensions["guibin_has_account"] = True
            return None
        return redirect(url_for("SetupView.page"))
