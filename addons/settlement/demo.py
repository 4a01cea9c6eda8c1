"""What the offices settled while the invented shop traded: all of it, months that are closed, one that waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

from addons.settlement.services import MONTHS, settle
from core.db.session import reading, work
from core.ledger.closing import ask_close, closable, decide_close

_ASKS, _DECIDES = "marketing", "approver"


def happenings(_first: date, last: date, _brand: str) -> Iterator[tuple[date, Callable[[datetime], None]]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    yield last, _settle_and_close


def _settle_and_close(now: datetime) -> None:
    """Settle what was sold until now; close the months but for the last one that is over, which waits."""
    settle(now=now)
    with reading() as session:
        *_, before, waits = closable(session, MONTHS.book, now)
    with work() as session:
        asked = ask_close(session, MONTHS, month=before, by=_ASKS, now=now)
        decide_close(session, MONTHS, request_id=asked.id, approve=True, by=_DECIDES, now=now)
        ask_close(session, MONTHS, month=waits, by=_ASKS, now=now)


HAPPENINGS = (happenings,)
