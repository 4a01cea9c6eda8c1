"""Months of a ledger are closed by two persons: one asks, with the figures as they are, and another one approves.

An addon says which ledger and what is kept of its months; commands and screens of all ledgers are the same then:

    MONTHS = Months("points", queries.figures)
    ask_close(session, MONTHS, month=date(2026, 5, 1), by="ann", now=now)

What came in since the first person looked is not closed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.models import CloseRequest
from core.errors import NotFound, Refusal
from core.ledger import periods
from core.ledger.periods import CloseNeedsSecondPerson, Closing
from core.periods import local_day, months_after, months_before

_FIRST_OFFERED = 24  # months back, where none was closed yet


class FiguresChanged(Refusal):
    """Entries came into the month since its closing was asked for."""

    sentence = "The figures of %(month)s have changed since the closing was asked for: refuse it, and ask again."
    month: str


class CloseIsDecided(Refusal):
    """The request was approved or refused before."""

    sentence = "The closing of %(month)s has been decided already."
    month: str


@dataclass(frozen=True, slots=True)
class Months:
    """A book whose months are closed, and the figures that are kept of one (its first day); `entries` and `total`."""

    book: str
    figures: Callable[[Session, date], Mapping[str, Any]]


def closable(session: Session, book: str, now: datetime) -> list[date]:
    """Return the months that may be closed now, the earliest first: the next one, or any while none was closed yet."""
    last_over = months_before(local_day(now - timedelta(days=1)).replace(day=1), 1)
    last = periods.last_closed(session, book)
    if last is None:
        return [months_before(last_over, back) for back in reversed(range(_FIRST_OFFERED))]
    following = months_after(last, 1)
    return [following] if following <= last_over else []


def ask_close(session: Session, months: Months, *, month: date, by: str, now: datetime) -> CloseRequest:
    """Ask for a month (its first day) to be closed, with its figures as they are; a request that waits is replaced.

    Refuses with Invalid, MonthIsNotOver, MonthIsClosed, NotTheNextMonth, OutOfScope for whoever is not headquarters.
    """
    periods.require_closable(session, months.book, month, now)
    waits = CloseRequest.book == months.book, CloseRequest.month == month, CloseRequest.state == "asked"
    row = session.scalar(select(CloseRequest).where(*waits).with_for_update())
    row = row or CloseRequest(book=months.book, month=month, state="asked")
    row.figures, row.asked_by, row.asked_at = dict(months.figures(session, month)), by, now
    session.add(row)
    session.flush()
    return row


def decide_close(
    session: Session, months: Months, *, request_id: int, approve: bool, by: str, now: datetime
) -> CloseRequest:
    """Close the month as the second person, or refuse to.

    Refuses with NotFound, CloseNeedsSecondPerson, CloseIsDecided, FiguresChanged where entries came in since,
    OutOfScope.
    """
    wanted = select(CloseRequest).where(CloseRequest.id == request_id, CloseRequest.book == months.book)
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound(what="request", which=str(request_id))
    if row.asked_by == by:
        raise CloseNeedsSecondPerson(person=by)
    if row.state != "asked":
        raise CloseIsDecided(month=str(row))
    row.state, row.decided_by, row.decided_at = "approved" if approve else "refused", by, now
    session.flush()
    if approve:
        periods.close(session, Closing(months.book, row.month, row.asked_by, by), _unchanged(months, row.figures), now)
    return row


def _unchanged(months: Months, seen: Mapping[str, Any]) -> Callable[[Session, date], Mapping[str, Any]]:
    def count(session: Session, month: date) -> Mapping[str, Any]:
        counted = months.figures(session, month)
        if counted != seen:
            raise FiguresChanged(month=periods.named(month))
        return counted

    return count
