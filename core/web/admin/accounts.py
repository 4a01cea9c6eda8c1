"""Opening, changing and closing accounts: within one's own stores, below one's own role, and written down each time.

Each command runs in the caller's transaction and never commits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.addons.scopes import Place, ScopeHooks
from core.db.scope import Scope, acting
from core.errors import SavedMeanwhile
from core.web.admin import register
from core.web.admin.events import record
from core.web.admin.refusals import (
    NameMissing,
    NoSecondFactor,
    NotYourAccount,
    NotYourOwnAccount,
    PlaceDoesNotFit,
    PlaceMissing,
    PlaceNotYoursToGive,
    RoleNotYoursToGive,
    UserNameNotAllowed,
    UserNameTaken,
)
from core.web.admin.register import Account, Keeper
from core.web.deploy import add_account, set_role
from core.web.lists.locking import seal_of
from core.web.security import factor
from core.web.security.models import User
from core.web.security.passwords import generated, hashed

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_USERS = User.__table__


@dataclass(frozen=True, slots=True)
class Keeping:
    """One person's work on accounts at one moment."""

    session: Session
    hooks: ScopeHooks | None
    keeper: Keeper
    now: datetime

    def open(self, *, username: str, name: str, role: str, places: Collection[Place]) -> tuple[int, str]:
        """Open an account; return its key and its password, which is kept nowhere else.

        Refuses with UserNameNotAllowed, UserNameTaken, NameMissing, RoleNotYoursToGive, PlaceMissing, PlaceDoesNotFit,
        PlaceNotYoursToGive.
        """
        check_names(self.session, username, name)
        self._check_grant(role, places)
        password = generated()
        connection = self.session.connection()
        user_id = add_account(connection, username=username, role=role, password_hash=hashed(password), name=name)
        self._write(user_id, username, "opened", role=role)
        self._give(user_id, username, places, ())
        return user_id, password

    def change(self, user_id: int, *, role: str, places: Collection[Place], seen: str | None = None) -> None:
        """Give an account another role or other places; its sessions end if the role changed.

        `seen` is the seal of what the keeper was shown. Refuses with NotYourOwnAccount, NotYourAccount, as `open`
        does, and with SavedMeanwhile if another keeper changed role or places since.
        """
        self.session.connection().execute(select(_USERS.c.id).where(_USERS.c.id == user_id).with_for_update())
        account = self._theirs(user_id)
        if seen is not None and seen != granted_seal(account):
            raise SavedMeanwhile
        self._check_grant(role, places)
        if account.roles != (role,):
            set_role(self.session.connection(), user_id, role)
            self._bump(user_id)
            self._write(user_id, account.username, "role", before="、".join(account.roles), after=role)
        self._give(user_id, account.username, places, account.places)

    def close(self, user_id: int) -> None:
        """Close an account and end its sessions.

        Refuses with NotYourOwnAccount, NotYourAccount.
        """
        account = self._theirs(user_id)
        self._bump(user_id, active=False)
        self._write(user_id, account.username, "closed")

    def reopen(self, user_id: int) -> None:
        """Open a closed account again, or one that too many wrong passwords locked.

        Refuses with NotYourOwnAccount, NotYourAccount.
        """
        account = self._theirs(user_id)
        self._bump(user_id, active=True, locked_until=None, fail_login_count=0)
        self._write(user_id, account.username, "reopened")

    def reset_password(self, user_id: int) -> str:
        """Give an account another password, end its sessions, and return the password, which is kept nowhere else.

        Refuses with NotYourOwnAccount, NotYourAccount.
        """
        account = self._theirs(user_id)
        password = generated()
        self._bump(user_id, password=hashed(password), locked_until=None, fail_login_count=0)
        self._write(user_id, account.username, "password_reset")
        return password

    def end_sessions(self, user_id: int) -> None:
        """End all sessions and tokens of an account.

        Refuses with NotYourOwnAccount, NotYourAccount.
        """
        account = self._theirs(user_id)
        self._bump(user_id)
        self._write(user_id, account.username, "sessions_ended")

    def reset_factor(self, user_id: int) -> None:
        """Take the second factor of an account away and end its sessions; system administrators alone do it.

        Refuses with NotYourOwnAccount, NotYourAccount, and with NoSecondFactor where there is none.
        """
        account = self._theirs(user_id)
        if not self.keeper.gives_all:
            raise NotYourAccount
        if not account.has_factor:
            raise NoSecondFactor
        factor.take_away(self.session, user_id)
        self._bump(user_id)
        self._write(user_id, account.username, "factor_reset")

    # -- checks -------------------------------------------------------------------------------------------------------

    def _theirs(self, user_id: int) -> Account:
        """Return the account if it is one the keeper keeps; whoever may not see it learns nothing more."""
        if user_id == self.keeper.id:
            raise NotYourOwnAccount
        account = register.account(self.session, self.hooks, user_id)
        if account is None or not self.keeper.keeps(account):
            raise NotYourAccount
        return account

    def _check_grant(self, role: str, places: Collection[Place]) -> None:
        if role not in self.keeper.roles:
            raise RoleNotYoursToGive
        kinds = () if self.hooks is None else self.hooks.kinds.get(role, ())
        if not {place.kind for place in places} <= set(kinds):
            raise PlaceDoesNotFit
        if kinds and not places:
            raise PlaceMissing
        if not self.keeper.may_give(places):
            raise PlaceNotYoursToGive

    # -- writing ------------------------------------------------------------------------------------------------------

    def _bump(self, user_id: int, **values: Any) -> None:
        """Change an account's row; sessions and tokens of its earlier epoch end."""
        changed = update(_USERS).where(_USERS.c.id == user_id).values(epoch=_USERS.c.epoch + 1, **values)
        self.session.connection().execute(changed)

    def _give(self, user_id: int, username: str, wanted: Collection[Place], held: Collection[Place]) -> None:
        if self.hooks is None:
            return
        with self._for_all_stores():
            for place in sorted(set(wanted) - set(held), key=lambda place: place.key):
                self.hooks.grant(self.session, user_id=user_id, kind=place.kind, target_id=place.target_id)
                self._write(user_id, username, "place_given", place=place.key, name=place.name)
            for place in sorted(set(held) - set(wanted), key=lambda place: place.key):
                self.hooks.revoke(self.session, user_id=user_id, kind=place.kind, target_id=place.target_id)
                self._write(user_id, username, "place_taken", place=place.key, name=place.name)

    @contextmanager
    def _for_all_stores(self) -> Iterator[None]:
        """Act for all stores: who may give what was checked against the giver's own."""
        with acting(Scope(reads=None, writes=None, user_id=self.keeper.id, reason="keeping accounts")):
            yield

    def _write(self, user_id: int, username: str, what: str, **detail: str) -> None:
        record(
            self.session.connection(), now=self.now, user_id=user_id, username=username, what=what,
            by_id=self.keeper.id, by=self.keeper.username, **detail,
        )  # fmt: skip


def granted_seal(account: Account) -> str:
    """Return the seal of what an account may, and where."""
    return seal_of([sorted(account.roles), sorted(place.key for place in account.places)])


def check_names(session: Session, username: str, name: str) -> None:
    """Refuse with UserNameNotAllowed, NameMissing or UserNameTaken what no account can be called."""
    if not _USERNAME.fullmatch(username):
        raise UserNameNotAllowed
    if not name.strip():
        raise NameMissing
    taken = select(_USERS.c.id).where(_USERS.c.username == username)
    if session.connection().execute(taken).first() is not None:
        raise UserNameTaken(username=username)
