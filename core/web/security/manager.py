"""Accounts as they must be: permissions in one query, lock-out, sessions and tokens that end when they should."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from flask import current_app, g, request, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.utils import is_null_password
from flask_login import current_user
from werkzeug.security import check_password_hash

from core import clock
from core.db.scope import system_scope
from core.web.admin.events import record
from core.web.scope import WORKS_IN
from core.web.security import (
    counters,  # noqa: F401 - makes the scheme "guibin" known
    factor,
    stepping_up,
)
from core.web.security.models import User
from core.web.security.passwords import check_password, hashed
from core.web.security.permissions import pairs_of
from core.web.security.screens import LoginView, MyAccountView, MyPasswordView, ProfileView
from core.web.sessions import left_by

LOCKED_AFTER = 5  # wrong passwords in a row
LOCKED_FOR = timedelta(minutes=15)
#: Where a program that asks for a token sends the code beside the password.
CODE_HEADER = "Second-Factor"


class GuibinSecurity(SecurityManager):
    """Flask-AppBuilder's security manager with what it lacks."""

    user_model = User
    userdbmodelview = MyAccountView
    authdbview = LoginView
    resetmypasswordview = MyPasswordView
    userinfoeditview = ProfileView
    userstatschartview = None  # draws with a service on the internet

    def __init__(self, appbuilder: Any) -> None:
        """Start it, with the product's idea of a good password."""
        current_app.config["FAB_PASSWORD_COMPLEXITY_VALIDATOR"] = check_password
        super().__init__(appbuilder)

    def register_views(self) -> None:
        """Add the screens of one's own account, and limits on both doors."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.user_view = self.userdbmodelview()
        for view in (self.user_view, self.userinfoeditview(), self.resetmypasswordview(), self.auth_view):
            self.appbuilder.add_view_no_menu(view)
        api = next(view for view in self.appbuilder.baseviews if isinstance(view, self.security_api))
        for door in (self.auth_view, api):
            self.limiter.limit(self.auth_rate_limit, methods=["POST"])(door.blueprint)

    # -- permissions --------------------------------------------------------------------------------------------------

    def person(self) -> Any:
        """Return the person of this request: by browser session or by token; None for a stranger."""
        user = g.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        return user

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Tell whether the person of this request may."""
        user = self.person()
        return user is not None and (permission_name, view_name) in pairs_of(self.session, user.id)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Tell that nothing is public by permission; the few open pages carry no check."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return the menu names the person may open."""
        user = self.person()
        if user is None:
            return set()
        return {view for permission, view in pairs_of(self.session, user.id) if permission == "menu_access"}

    # -- logging in ---------------------------------------------------------------------------------------------------

    def auth_user_db(self, username: str | None, password: str | None) -> Any:
        """Return the account if the password is right, it is active and not locked; None otherwise, in like time."""
        user = self.find_user(username=username) if username else None
        known = user if user is not None and user.is_active and not is_null_password(password or "") else None
        stored = current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"] if known is None else known.password
        right = check_password_hash(stored, password or "")
        if known is None:
            return None
        if self._is_locked(known):
            return None
        if right and request.endpoint == f"{self.security_api.__name__}.login":
            right = self._may_have_token(known)
        elif right and known.factor_since is not None:
            return known  # the door asks for a code next: until that is right, wrong tries go on counting
        self.update_user_auth_stat(known, success=right)
        return known if right else None

    def _may_have_token(self, user: Any) -> bool:
        """Tell whether a password that is right is enough for a token; if not, whether the code beside it is."""
        if user.factor_since is None:
            return not self.must_set_up_factor(user)
        return self._takes(user, request.headers.get(CODE_HEADER, ""))

    def must_set_up_factor(self, user: Any) -> bool:
        """Tell whether a person must have a second factor and has none."""
        return user.factor_since is None and factor.must_have(self.session, [role.name for role in user.roles])

    def opens_with(self, user: Any, code: str) -> bool:
        """Tell whether a code opens the door behind the password; wrong ones count like wrong passwords."""
        if self._is_locked(user):
            return False
        right = self._takes(user, code)
        self.update_user_auth_stat(user, success=right)
        return right

    def proves(self, user: Any, typed: str) -> bool:
        """Tell whether somebody who is logged in proves it: by a code, or by the password where there is no factor."""
        account = self.get_user_by_id(user.id)
        if self._is_locked(account):
            return False
        has_factor = account.factor_since is not None
        right = self._takes(account, typed) if has_factor else check_password_hash(account.password or "", typed)
        self._count_try(account, success=right)
        self.session.commit()
        return right

    def _takes(self, user: Any, code: str) -> bool:
        taken = factor.accept(self.session, user.id, code, clock.now())
        if taken == "recovery":
            self._record(user, "recovery_used", by_id=user.id, by=user.username)
        return bool(taken)

    @staticmethod
    def _is_locked(user: Any) -> bool:
        return user.locked_until is not None and user.locked_until > clock.now()

    def update_user_auth_stat(self, user: Any, success: bool = True) -> None:
        """Count a login; after five wrong tries in a row lock the account for 15 minutes."""
        if success:
            user.login_count = (user.login_count or 0) + 1
            user.last_login = clock.now().astimezone(UTC).replace(tzinfo=None)  # the column knows no zone
        self._count_try(user, success=success)
        self.session.commit()
        (self.on_user_login if success else self.on_user_login_failed)(user)

    def _count_try(self, user: Any, *, success: bool) -> None:
        if success:
            user.fail_login_count, user.locked_until = 0, None
            return
        user.fail_login_count = (user.fail_login_count or 0) + 1
        if user.fail_login_count % LOCKED_AFTER == 0:
            user.locked_until = clock.now() + LOCKED_FOR
            self._record(user, "locked_out", by_id=None, by="guibin")

    def on_user_login(self, user: Any) -> None:
        """Begin a browser session anew: another identifier, of before only what this person left unfinished."""
        door = type(self.auth_view).__name__
        if request.endpoint not in (f"{door}.login", f"{door}.code"):
            return
        language, unfinished = session.get("locale"), left_by(user.id)
        session.clear()
        session.update(unfinished)
        session["epoch"] = user.epoch
        current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
        session["began"] = session["seen"] = int(clock.now().timestamp())
        session["locale"] = user.locale or language or current_app.config["BABEL_DEFAULT_LOCALE"]
        session["zone"] = user.timezone
        session[WORKS_IN] = user.works_in
        stepping_up.note_proof()

    def on_user_logout(self, user: Any) -> None:
        """End the session on the server, so that a copied cookie opens nothing."""
        session.clear()

    # -- sessions and tokens ------------------------------------------------------------------------------------------

    def load_user(self, pk: Any) -> Any:
        """Return the account of a browser session; None if it is closed or its epoch has passed."""
        with system_scope("who asks"):  # what they may read is not known yet, and would ask for them once more
            user = self.get_user_by_id(int(pk))
        return user if user is not None and user.is_active and session.get("epoch") == user.epoch else None

    def create_jwt_manager(self, app: Any) -> Any:
        """Let tokens carry the epoch they were made in."""
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(lambda identity: {"epoch": self.get_user_by_id(int(identity)).epoch})
        return manager

    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Any:
        """Return the account of a token; None if it is closed, its epoch has passed, or it must have a factor first."""
        user = self.get_user_by_id(int(jwt_data["sub"]))
        if user is None or not user.is_active or jwt_data.get("epoch") != user.epoch:
            return None
        if g.get("factor_roles") and self.must_set_up_factor(user):
            return None
        g.user = user
        return user

    def reset_password(self, userid: Any, password: str) -> None:
        """Set one's own password and end all other sessions and tokens of the account."""
        user = self.get_user_by_id(int(userid))
        user.password = hashed(password)
        user.fail_login_count, user.locked_until = 0, None
        self.begin_epoch(user, "password_changed")

    def end_other_sessions(self, user: Any) -> None:
        """End all sessions and tokens of one's own account but the one that asks."""
        self.begin_epoch(user, "sessions_ended")

    def begin_epoch(self, user: Any, what: str) -> None:
        """Write down what became of an account and end all its sessions and tokens but the one that asks."""
        user.epoch += 1
        self._record(user, what, by_id=user.id, by=user.username)
        self.session.commit()
        if current_user.is_authenticated and current_user.id == user.id:
            current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
            session["epoch"] = user.epoch

    def _record(self, user: Any, what: str, *, by_id: int | None, by: str) -> None:
        names = {"user_id": user.id, "username": user.username, "by_id": by_id, "by": by}
        record(self.session.connection(), now=clock.now(), what=what, **names)
