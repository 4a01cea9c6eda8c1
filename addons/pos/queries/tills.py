"""Whose credential it is."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.pos.models import Till
from core.db.statement import Statement


class KnownTill(NamedTuple):
    """A till as its credential names it."""

    id: int
    store_id: int
    name: str
    key_id: str
    secret_hash: str
    old_secret_hash: str
    old_until: datetime | None
    active: bool
    last_used_at: datetime | None


_T = Till.__table__
# Over the bare table: whose stores the caller may see is what this finds out.
_BY_KEY = Statement(select(*(_T.c[name] for name in KnownTill._fields)).where(_T.c.key_id == bindparam("b_key")))


def till_ahead(session: Session, key_id: str) -> None:
    """Send `till_by_key` ahead."""
    _BY_KEY.look_ahead(session, b_key=key_id)


def till_by_key(session: Session, key_id: str) -> KnownTill | None:
    """Return the till of a key, revoked ones too; None if there is none."""
    row = _BY_KEY.first(session, b_key=key_id)
    return None if row is None else KnownTill(*row)


def name_in_use(session: Session, store_id: int, name: str) -> bool:
    """Tell whether a store has a till of this name that was not revoked."""
    wanted = select(Till.id).where(Till.store_id == store_id, Till.name == name, Till.active)
    return session.scalar(wanted) is not None
