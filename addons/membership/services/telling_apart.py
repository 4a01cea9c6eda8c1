"""Two files that look like one person and are two: said by somebody who knows, so that nobody asks again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import ToldApart
from addons.membership.services.history import find


def tell_apart(session: Session, *, first_id: int, second_id: int, apart: bool, by: str, now: datetime) -> None:
    """Say that two files are two persons, or take it back; said twice it is said once.

    Refuses with NotFound for a file outside one's stores, OutOfScope for one that may only be read.
    """
    # Both are locked, the smaller key first: two people who say it at once take turns.
    first, second = (find(session, key) for key in sorted((first_id, second_id)))
    said = session.scalar(select(ToldApart).filter_by(first_id=first.id, second_id=second.id))
    if apart and said is None:
        session.add(ToldApart(store_id=first.store_id, first_id=first.id, second_id=second.id, by=by, at=now))
    if not apart and said is not None:
        session.delete(said)
    session.flush()
