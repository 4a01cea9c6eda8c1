"""The screen of accounts: each person sees and keeps those of lower roles within their own stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from core import clock
from core.addons.scopes import Place, ScopeHooks
from core.db.session import work
from core.errors import Refusal, SavedMeanwhile
from core.web import formats
from core.web.admin import register
from core.web.admin.accounts import Keeping, granted_seal
from core.web.admin.ranks import KEEPERS
from core.web.admin.register import Account, Keeper
from core.web.formats import EMPTY
from core.web.lists.locking import FIELD, Difference
from core.web.lists.page import ListPage
from core.web.lists.sieve import words_of
from core.web.record_pages import may_open
from core.web.roles import NOBODY, TITLES
from core.web.roles import title as role_title
from core.web.security.stepping_up import proved
from core.web.views import expose, has_access

_PLACES_SHOWN = 3
_SAMPLE = 987654321
STATES: dict[str, tuple[str, Any]] = {
    "open": ("good", lazy_gettext("In use")),
    "locked": ("warn", lazy_gettext("Locked")),
    "closed": ("bad", lazy_gettext("Closed")),
}
HAPPENED: dict[str, Any] = {
    "opened": lazy_gettext("Opened"),
    "role": lazy_gettext("Role changed"),
    "place_given": lazy_gettext("Stores given"),
    "place_taken": lazy_gettext("Stores taken back"),
    "closed": lazy_gettext("Closed"),
    "reopened": lazy_gettext("Opened again"),
    "locked_out": lazy_gettext("Locked after wrong passwords"),
    "password_reset": lazy_gettext("Password set anew"),
    "password_changed": lazy_gettext("Changed their password"),
    "sessions_ended": lazy_gettext("Sessions ended"),
    "factor_on": lazy_gettext("Second factor turned on"),
    "factor_off": lazy_gettext("Second factor turned off"),
    "factor_reset": lazy_gettext("Second factor taken away"),
    "factor_roles": lazy_gettext("Changed which roles must have a second factor"),
    "codes_renewed": lazy_gettext("New recovery codes"),
    "recovery_used": lazy_gettext("Recovery code used"),
    "store_refused": lazy_gettext("Asked for a store of others"),
}


def scope_hooks() -> ScopeHooks | None:
    """Return what the addon that knows the stores offers; None without one."""
    found: ScopeHooks | None = current_app.extensions["guibin_scopes"]
    return found


def _place_words(place: Place) -> str:
    hooks = scope_hooks()
    return place.name or gettext((hooks.words if hooks else {}).get(place.kind, place.kind))


def _places_plain(places: Sequence[Place]) -> str:
    return " · ".join(_place_words(place) for place in places) or EMPTY


def _places(places: Sequence[Place]) -> Any:
    """Write the first places as chips, and how many more there are."""
    chips = Markup(" ").join(formats.chip("quiet", _place_words(place)) for place in places[:_PLACES_SHOWN])
    more = f" +{len(places) - _PLACES_SHOWN}" if len(places) > _PLACES_SHOWN else ""
    return chips + more if places else EMPTY


_places.plain = _places_plain  # type: ignore[attr-defined]  # what a file has of it


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the list shows it."""

    id: int
    name: str
    username: str
    roles: Sequence[str]
    places: Sequence[Place]
    state: str
    last_login: datetime | None


class AccountsView(ListPage):
    """Accounts, what they may, and for which stores."""

    route_base = "/accounts"
    follows_store = ()
    of_stores = False
    list_template = "guibin/admin/accounts.html"
    list_title = lazy_gettext("Accounts")
    empty_text = lazy_gettext("No account fits. Change what you look for, or open a new account.")
    add_button = lazy_gettext("New account")
    list_columns = ("name", "username", "roles", "places", "state", "last_login")
    search_columns = ("username", "name", "roles", "places", "state")
    order_columns = ("name", "username", "state", "last_login")
    label_columns = {
        "name": lazy_gettext("Name of the person"),
        "username": lazy_gettext("User name"),
        "roles": lazy_gettext("Role"),
        "places": lazy_gettext("Looks after"),
        "state": lazy_gettext("State"),
        "last_login": lazy_gettext("Last login"),
    }
    formatters_columns = {
        "roles": words_of(TITLES),
        "places": _places,
        "state": formats.state_chip(STATES),
        "last_login": formats.moment,
    }
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "close": lazy_gettext("Close the account"),
        "factor": lazy_gettext("Take the second factor away"),
        "new": lazy_gettext("New account"),
        "password": lazy_gettext("New password"),
        "reopen": lazy_gettext("Open again"),
        "sessions": lazy_gettext("End sessions"),
    }
    read_roles = NOBODY
    write_roles = KEEPERS

    def rows(self) -> Sequence[Listed]:
        """Return the accounts one sees, by user name."""
        now = clock.now()
        seen = register.accounts(self.appbuilder.session, scope_hooks(), self._keeper())
        return [
            Listed(
                each.id,
                each.name or each.username,
                each.username,
                each.roles,
                each.places,
                each.state(now),
                each.last_login,
            )
            for each in seen
        ]

    def key_of(self, row: Listed) -> str:
        """Return the account."""
        return str(row.id)

    def open_at(self) -> str:
        """Return the page of an account."""
        return url_for("AccountsView.show", user_id=_SAMPLE).replace(str(_SAMPLE), "PK0")

    def add_at(self) -> str:
        """Return where an account is opened, for those who may open one."""
        return url_for("AccountsView.new") if self._keeper().roles and may_open("AccountsView.new") else ""

    @expose("/<int:user_id>")
    @has_access
    def show(self, user_id: int) -> Any:
        """Show an account with its history, and what its keeper may change."""
        return self._page(user_id)

    @expose("/new", methods=["GET", "POST"])
    @has_access
    @proved
    def new(self) -> Any:
        """Open an account; the password is shown once. A refusal keeps what was typed."""
        if request.method == "GET":
            return self._form(None, 200)
        typed = request.form
        try:
            with work() as session:
                user_id, password = self._keeping(session).open(
                    username=typed.get("username", "").strip(),
                    name=typed.get("name", "").strip()[:64],
                    role=typed.get("role", ""),
                    places=self._places(),
                )
        except Refusal as refusal:
            return self._form(refusal, refusal.status)
        return self._page(user_id, password=password)

    @expose("/<int:user_id>/change", methods=["POST"])
    @has_access
    @proved
    def change(self, user_id: int) -> Any:
        """Change role and stores."""
        try:
            with work() as session:
                self._keeping(session).change(
                    user_id, role=request.form.get("role", ""), places=self._places(), seen=request.form.get(FIELD)
                )
        except Refusal as refusal:
            return self._page(user_id, refusal=refusal)
        return self._done(user_id, gettext("The account was changed."))

    @expose("/<int:user_id>/password", methods=["POST"])
    @has_access
    def password(self, user_id: int) -> Any:
        """Set a new password and show it once."""
        try:
            with work() as session:
                password = self._keeping(session).reset_password(user_id)
        except Refusal as refusal:
            return self._page(user_id, refusal=refusal)
        return self._page(user_id, password=password)

    @expose("/<int:user_id>/close", methods=["POST"])
    @has_access
    def close(self, user_id: int) -> Any:
        """Close the account."""
        return self._step(user_id, "close", gettext("The account is closed; its sessions have ended."))

    @expose("/<int:user_id>/reopen", methods=["POST"])
    @has_access
    def reopen(self, user_id: int) -> Any:
        """Open the account again."""
        return self._step(user_id, "reopen", gettext("The account is open again."))

    @expose("/<int:user_id>/factor", methods=["POST"])
    @has_access
    @proved
    def factor(self, user_id: int) -> Any:
        """Take away the second factor of whoever lost their phone."""
        return self._step(user_id, "reset_factor", gettext("The second factor is gone; all sessions have ended."))

    @expose("/<int:user_id>/sessions", methods=["POST"])
    @has_access
    def sessions(self, user_id: int) -> Any:
        """End all sessions of the account."""
        return self._step(user_id, "end_sessions", gettext("All sessions of this account have ended."))

    # -- parts --------------------------------------------------------------------------------------------------------

    def _step(self, user_id: int, command: str, said: str) -> Any:
        try:
            with work() as session:
                getattr(self._keeping(session), command)(user_id)
        except Refusal as refusal:
            return self._page(user_id, refusal=refusal)
        return self._done(user_id, said)

    def _done(self, user_id: int, said: str) -> Any:
        flash(said, "success")
        return redirect(url_for("AccountsView.show", user_id=user_id))

    def _keeper(self) -> Keeper:
        return register.keeper_of(self.appbuilder.session, g.user, scope_hooks())

    def _keeping(self, session: Any) -> Keeping:
        return Keeping(session, scope_hooks(), self._keeper(), clock.now())

    def _places(self) -> Sequence[Place]:
        """Return the places that were ticked; one that is unknown or not the person's to give is kept to be refused."""
        ticked = request.form.getlist("place")
        known = {place.key: place for place in self._choices(None)} if ticked else {}
        return [known.get(key, Place(key)) for key in ticked]

    def _choices(self, user_id: int | None) -> Sequence[Place]:
        hooks = scope_hooks()
        return [] if hooks is None else hooks.choices(self.appbuilder.session, user_id)

    def _page(self, user_id: int, *, password: str = "", refusal: Refusal | None = None) -> Any:
        """Show one account; whoever may not see it is told the same as where there is none."""
        session = self.appbuilder.session
        session.rollback()  # what another transaction has just written is to be seen
        keeper, now = self._keeper(), clock.now()
        account = register.account(session, scope_hooks(), user_id)
        if account is None or not keeper.sees(account):
            if refusal is not None:
                raise refusal
            abort(404)
        typed = request.form if refusal is not None and "role" in request.form else None
        stale = isinstance(refusal, SavedMeanwhile)
        page = self.render_template(
            "guibin/admin/account.html",
            title=account.name,
            account=account,
            state=account.state(now),
            events=register.events(session, user_id),
            happened=HAPPENED,
            password=password,
            problem=None if stale or refusal is None else refusal.worded(gettext),
            differences=self._differences(account, keeper) if stale else None,
            seen=typed[FIELD] if typed and FIELD in typed and not stale else granted_seal(account),
            may_keep=keeper.keeps(account),
            oneself=account.id == keeper.id,
            gives_all=keeper.gives_all,
            **self._offers(keeper),
            chosen_role=typed["role"] if typed else account.roles[0] if account.roles else "",
            chosen=set(typed.getlist("place")) if typed else {place.key for place in account.places},
            **_words(),
        )
        return page, 200 if refusal is None else refusal.status

    def _differences(self, account: Account, keeper: Keeper) -> Sequence[Difference]:
        """Return role and places where another keeper saved them otherwise than they are ticked here."""
        names = {place.key: place.name for place in self._choices(None if keeper.gives_all else keeper.id)}
        ticked = [names.get(key) or key for key in request.form.getlist("place")]
        pairs = [
            (gettext("Role"), [role_title(role) for role in account.roles], [role_title(request.form["role"])]),
            (gettext("Looks after"), [place.name or place.key for place in account.places], ticked),
        ]
        return [
            Difference(label, " · ".join(sorted(theirs)) or EMPTY, " · ".join(sorted(mine)) or EMPTY)
            for label, theirs, mine in pairs
            if sorted(theirs) != sorted(mine)
        ]

    def _form(self, refusal: Refusal | None, status: int) -> Any:
        page = self.render_template(
            "guibin/admin/account_new.html",
            title=gettext("New account"),
            problem=refusal and refusal.worded(gettext),
            typed=request.form,
            chosen_role=request.form.get("role", ""),
            chosen=set(request.form.getlist("place")),
            **self._offers(self._keeper()),
            **_words(),
        )
        return page, status

    def _offers(self, keeper: Keeper) -> dict[str, Any]:
        """Return the roles and places somebody may give; places by kind."""
        hooks = scope_hooks()
        needed = {kind for role in keeper.roles for kind in (hooks.kinds.get(role, ()) if hooks else ())}
        offered: dict[str, Any] = {}
        for place in self._choices(None if keeper.gives_all else keeper.id):
            if place.kind in needed:
                offered.setdefault(place.kind, []).append(place)
        return {"roles": keeper.roles, "offered": offered, "kinds": hooks.kinds if hooks else {}}


def _words() -> dict[str, Any]:
    hooks = scope_hooks()
    return {"kind_words": {} if hooks is None else hooks.words, "states": STATES}
