"""What is sealed while the invented shop trades: once a week towards the end, so that there is a chain to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from addons.audit.services import anchor, may_seal, put_seals
from core.db.session import snapshot

_WEEKS = 4


def happenings(first: date, last: date, _brand: str) -> Iterator[tuple[date, Callable[[datetime], None]]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    for week in reversed(range(_WEEKS)):
        day = last - timedelta(weeks=week)
        if day >= first:
            yield day, _seal
    yield last + timedelta(days=1), _seal  # the night after the last day, where the shop goes on


def _seal(now: datetime) -> None:
    """Seal what is new and keep the head outside; nothing where only the sealer's own account may."""
    with snapshot() as connection:
        if not may_seal(connection):
            return
    put_seals(now)
    anchor()


HAPPENINGS = (happenings,)
