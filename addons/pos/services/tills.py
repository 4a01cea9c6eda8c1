"""Tills and their credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, update
from sqlalchemy.orm import Session

from addons.pos import queries
from addons.pos.domain import credentials
from addons.pos.models import Till
from addons.pos.queries import KnownTill
from addons.pos.services.refusals import BadCredential, TillNameTaken, TillRevoked
from addons.stores.queries import place
from core import settings
from core.db.scope import Scope, acting, require_store, system_scope
from core.db.session import work
from core.errors import Invalid, NotFound

#: The last use is written down at most this often.
_COARSE = timedelta(minutes=1)
_WHOSE = "which till this is"


@dataclass(frozen=True, slots=True)
class NewTill:
    """A till and its credential, which is told this once and never again."""

    till: Till
    credential: str


def add_till(session: Session, *, store_id: int, name: str, by: str, now: datetime) -> NewTill:
    """Give a till of a store its credential.

    Refuses with OutOfScope for a store that is not one's own, NotFound for an unknown store, Invalid without a name,
    TillNameTaken.
    """
    require_store(store_id, write=True)
    place(session, store_id)
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise Invalid(field="name", problem="a till needs a name of at most 60 letters")
    if queries.name_in_use(session, store_id, name):
        raise TillNameTaken(name=name)
    key_id, secret = credentials.new_key_id(), credentials.new_secret()
    till = Till(
        store_id=store_id,
        name=name,
        key_id=key_id,
        secret_hash=credentials.digest(secret),
        active=True,
        created_at=now,
        created_by=by,
    )
    session.add(till)
    session.flush()
    return NewTill(till, credentials.credential(key_id, secret))


def renew_credential(session: Session, *, till_id: int, by: str, now: datetime) -> NewTill:
    """Give a till a new secret; the one it has is good for the hours of the setting pos.old_secret_hours.

    Keys of operations stay what they were, for they go by the till. Refuses with NotFound outside one's stores,
    OutOfScope for a store that may be read only, TillRevoked.
    """
    till = _own_till(session, till_id)
    if not till.active:
        raise TillRevoked(name=till.name)
    secret = credentials.new_secret()
    good_until = now + timedelta(hours=settings.value(session, "pos.old_secret_hours"))
    till.old_secret_hash, till.old_until = till.secret_hash, good_until
    till.secret_hash, till.renewed_at, till.renewed_by = credentials.digest(secret), now, by
    session.flush()
    return NewTill(till, credentials.credential(till.key_id, secret))


def revoke_till(session: Session, *, till_id: int, by: str, now: datetime) -> Till:
    """Take back the credential of a till for good; from the next call on it is refused.

    A till that was revoked before stays as it is. Refuses with NotFound outside one's stores, OutOfScope for a store
    that may be read only.
    """
    till = _own_till(session, till_id)
    if till.active:
        till.active, till.revoked_at, till.revoked_by = False, now, by
        till.old_secret_hash, till.old_until = "", None
        session.flush()
    return till


def _own_till(session: Session, till_id: int) -> Till:
    till = session.get(Till, till_id, with_for_update=True, populate_existing=True)
    if till is None:
        raise NotFound(what="till", which=str(till_id))
    require_store(till.store_id, write=True)
    return till


def recognise(session: Session, credential: str, now: datetime) -> KnownTill:
    """Return the till that shows a credential, and keep that it was used.

    Refuses with BadCredential.
    """
    asked = ask_till(session, credential)
    return admit(asked() if asked else None, credential, now)


def ask_till(session: Session, credential: str) -> Callable[[], KnownTill | None] | None:
    """Send ahead whose credential this is; what it gives takes the answer. None for what is no credential."""
    found = credentials.parts(credential)
    if found is None:
        return None
    with system_scope(_WHOSE):
        queries.till_ahead(session, found[0])

    def take() -> KnownTill | None:
        with system_scope(_WHOSE):
            return queries.till_by_key(session, found[0])

    return take


def admit(till: KnownTill | None, credential: str, now: datetime) -> KnownTill:
    """Return the till its key names if its secret is right too, and keep that it was used.

    Refuses with BadCredential.
    """
    found = credentials.parts(credential)
    if found is None or till is None or not till.active or not _is_secret(till, found[1], now):
        raise BadCredential
    if till.last_used_at is None or till.last_used_at + _COARSE <= now:
        _keep_use(till, now)
    return till


def _is_secret(till: KnownTill, secret: str, now: datetime) -> bool:
    """Tell whether this is the till's secret, or the one before while that is still good."""
    if credentials.matches(secret, till.secret_hash):
        return True
    return till.old_until is not None and now < till.old_until and credentials.matches(secret, till.old_secret_hash)


_T = Till.__table__
# Over the bare table: this happens before the call is let in.
_USED = (
    update(_T)
    .where(_T.c.id == bindparam("b_id"), or_(_T.c.last_used_at.is_(None), _T.c.last_used_at < bindparam("b_now")))
    .values(last_used_at=bindparam("b_now"))
)


def _keep_use(till: KnownTill, now: datetime) -> None:
    with acting(scope_of_till(till)), work() as session:
        session.connection().execute(_USED, {"b_id": till.id, "b_now": now})


def scope_of_till(till: KnownTill) -> Scope:
    """Return what a till may read and write: its own store."""
    own = frozenset({till.store_id})
    return Scope(reads=own, writes=own, reason=f"till {till.key_id}")
