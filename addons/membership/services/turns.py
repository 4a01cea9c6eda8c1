"""Members for whom something is about to be written: tills, and whoever merges files, take their turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member
from core.db.listed import any_of
from core.db.session import connection_of
from core.db.statement import Statement

_m, _c = Member.__table__.c, Card.__table__.c


def _locked(wanted: Select[Any]) -> Statement:
    """Rows that name a member may still be written meanwhile; locked in the order of their keys, none waits twice."""
    return Statement(wanted.order_by(_m.id).with_for_update(key_share=True))


_BY_ID = _locked(select(_m.id).where(any_of(_m.id, "ids")))
_BY_CARD = _locked(select(_m.id).where(_m.id.in_(select(_c.member_id).where(any_of(_c.number, "cards")))))


def take_turns(session: Session, member_ids: Sequence[int], cards: Sequence[str] = ()) -> None:
    """Wait until nobody else writes for these members, in a transaction that will.

    What is asked afterwards holds until the commit: that a file was not merged or erased, what was bought on her
    birthday (C14). On SQLite there is one writer at a time anyway.
    """
    if connection_of(session).dialect.name != "postgresql":
        return
    if member_ids:
        _BY_ID.send_each(session, [{"ids": list(member_ids)}])
    if cards:
        _BY_CARD.send_each(session, [{"cards": list(cards)}])
