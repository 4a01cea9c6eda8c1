"""Figures over all years cost a second on a big programme: they are kept in this process for a quarter of an hour.

What was kept is told apart by the database and by the stores the reader sees, so that nobody gets another's figures.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from core.db.scope import current_scope

T = TypeVar("T")
MINUTES = 15
_MOST = 200
_kept: OrderedDict[tuple[Any, ...], tuple[datetime, Any]] = OrderedDict()


def kept(session: Session, name: str, now: datetime, read: Callable[[Session], T]) -> tuple[T, datetime]:
    """Return figures at most a quarter of an hour old, and the moment they were read."""
    key = (str(session.get_bind().engine.url), current_scope().reads, name)
    found = _kept.get(key)
    if found is None or not timedelta(0) <= now - found[0] < timedelta(minutes=MINUTES):
        found = (now, read(session))
        _kept[key] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found[1], found[0]


def forget() -> None:
    """Forget all figures (another database is next)."""
    _kept.clear()
