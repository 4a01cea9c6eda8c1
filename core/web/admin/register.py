"""Accounts as their keepers see them: who they are, what they may, which stores they look after, who keeps them.

The statements are over bare tables on purpose: accounts belong to no store, and whose they are is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.addons.scopes import Place, ScopeHooks
from core.web.admin.models import AccountEvent
from core.web.admin.ranks import SEES_ALL, kept_by
from core.web.roles import SYSTEM_ADMIN, Roles
from core.web.security.models import Role, User

_u, _r, _ur = User.__table__.c, Role.__table__.c, assoc_user_role.c
_EVENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `locked_until` and `last_login` are aware."""

    id: int
    username: str
    name: str
    email: str
    active: bool
    roles: Roles
    places: tuple[Place, ...]
    locked_until: datetime | None
    last_login: datetime | None
    has_factor: bool = False

    def state(self, now: datetime) -> str:
        """Return open, closed, or locked after too many wrong passwords."""
        if not self.active:
            return "closed"
        return "locked" if self.locked_until is not None and self.locked_until > now else "open"


@dataclass(frozen=True, slots=True)
class Keeper:
    """A person who looks at accounts: what they may hand on."""

    id: int
    username: str
    roles: Roles  # of the accounts they keep, and may give
    sees_all: bool
    gives_all: bool
    places: frozenset[Place]  # what they may give, unless `gives_all`

    def may_give(self, places: Collection[Place]) -> bool:
        """Tell whether all of these places are theirs to give."""
        return self.gives_all or set(places) <= self.places

    def keeps(self, account: Account) -> bool:
        """Tell whether they may change an account: of a lower role, within their stores, never their own."""
        if account.id == self.id or not set(account.roles) <= set(self.roles):
            return False
        return self.gives_all or (bool(account.places) and self.may_give(account.places))

    def sees(self, account: Account) -> bool:
        """Tell whether an account is in their list."""
        return self.sees_all or account.id == self.id or self.keeps(account)


def keeper_of(session: Session, user: Any, hooks: ScopeHooks | None) -> Keeper:
    """Return what a person may do with accounts."""
    names = {role.name for role in user.roles}
    gives_all = SYSTEM_ADMIN in names
    places = frozenset() if gives_all or hooks is None else frozenset(hooks.choices(session, user.id))
    return Keeper(user.id, user.username, kept_by(names), bool(names & set(SEES_ALL)), gives_all, places)


def accounts(session: Session, hooks: ScopeHooks | None, keeper: Keeper) -> list[Account]:
    """Return the accounts somebody sees, by user name; three queries."""
    found = _read(session, hooks, _ACCOUNTS)
    return [account for account in found if keeper.sees(account)]


def account(session: Session, hooks: ScopeHooks | None, user_id: int) -> Account | None:
    """Return one account."""
    found = _read(session, hooks, _ACCOUNTS.where(_u.id == user_id))
    return found[0] if found else None


def events(session: Session, user_id: int) -> Sequence[AccountEvent]:
    """Return what happened to an account, the newest first."""
    newest = select(AccountEvent).where(AccountEvent.user_id == user_id).order_by(AccountEvent.id.desc())
    return session.scalars(newest.limit(_EVENTS_SHOWN)).all()


_ACCOUNTS = select(
    _u.id,
    _u.username,
    _u.first_name,
    _u.last_name,
    _u.email,
    _u.active,
    _u.locked_until,
    _u.last_login,
    _u.factor_since,
).order_by(_u.username)


def _read(session: Session, hooks: ScopeHooks | None, statement: Select[Any]) -> list[Account]:
    rows = session.connection().execute(statement).all()
    ids = [row.id for row in rows]
    names = _roles(session, ids)
    places: Mapping[int, list[Place]] = {} if hooks is None else hooks.held(session, ids)
    return [_account(row, names.get(row.id, ()), tuple(places.get(row.id, ()))) for row in rows]


def _roles(session: Session, ids: Collection[int]) -> Mapping[int, Roles]:
    pairs = select(_ur.user_id, _r.name).join_from(assoc_user_role, Role.__table__).order_by(_r.name)
    if len(ids) == 1:
        pairs = pairs.where(_ur.user_id.in_(ids))
    found: dict[int, list[str]] = {}
    for user_id, name in session.connection().execute(pairs):
        found.setdefault(user_id, []).append(name)
    return {user_id: tuple(names) for user_id, names in found.items()}


def _account(row: Any, names: Roles, places: tuple[Place, ...]) -> Account:
    name = f"{row.first_name or ''} {row.last_name or ''}".strip()
    # Flask-AppBuilder's column knows no zone; what is in it is UTC.
    seen = None if row.last_login is None else row.last_login.replace(tzinfo=UTC)
    has_factor = row.factor_since is not None
    return Account(
        row.id, row.username, name, row.email, bool(row.active), names, places, row.locked_until, seen, has_factor
    )
