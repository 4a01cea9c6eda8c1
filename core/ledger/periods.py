"""Months of a ledger: two persons close one, and from then on no entry has a day in it or before it.

Corrections of a closed month go to the open one. A ledger calls `require_open(session, "points", day)` before it
writes entries. Whoever closes waits a day after the month is over, so an entry of the present month needs no question
asked: it cannot be closed under the entry's feet, on whichever machine its clock runs. For an earlier day the table is
read, behind a lock that closing takes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.db.models import LedgerClose
from core.db.statement import Statement
from core.errors import Invalid, Refusal
from core.ledger.entry import write_entries
from core.periods import local_day, months_after

_C = LedgerClose.__table__
_LAST = Statement(select(func.max(_C.c.month)).where(_C.c.book == bindparam("b_book")))
_LOCKS = 7_215_340  # any fixed number: locks of this kind


class MonthIsClosed(Refusal):
    """An entry whose day is in a closed month."""

    sentence = "The books of %(month)s are closed: a correction counts in the open month."
    month: str


class MonthIsNotOver(Refusal):
    """A month that still goes on, or was over only yesterday."""

    sentence = "%(month)s can be closed from %(day)s on."
    month: str
    day: str


class NotTheNextMonth(Refusal):
    """Months are closed one after the other."""

    sentence = "%(month)s cannot be closed now: the next one is %(following)s."
    month: str
    following: str


class CloseNeedsSecondPerson(Refusal):
    """Whoever asks for a month to be closed may not approve it."""

    sentence = "Another person than %(person)s must approve the closing."
    person: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A month of a book (its first day) that one person wants closed and another one approves."""

    book: str
    month: date
    closed_by: str
    approved_by: str


def require_open(session: Session, book: str, day: date) -> None:
    """Do nothing if an entry of a book may have this day; part of a posting.

    Refuses with MonthIsClosed.
    """
    if day >= local_day(clock.now()).replace(day=1):
        return
    _lock(session, book, alone=False)
    last = last_closed(session, book)
    if last is not None and day < months_after(last, 1):
        raise MonthIsClosed(month=named(day))


def open_month(session: Session, book: str, day: date) -> str:
    """Return the month (2026-05) an entry about a day counts in: its own, or the first one that is still open."""
    return named(open_day(session, book, day))


def open_day(session: Session, book: str, day: date) -> date:
    """Return the day of an entry about a day: its own, or the first one of the first month that is still open."""
    if day < local_day(clock.now()).replace(day=1):
        _lock(session, book, alone=False)
        last = last_closed(session, book)
        if last is not None and day < months_after(last, 1):
            return months_after(last, 1)
    return day


def last_closed(session: Session, book: str) -> date | None:
    """Return the first day of the last month of a book that was closed, None before any was."""
    last: date | None = _LAST.scalar(session, b_book=book)
    return last


def closings(session: Session, book: str) -> Sequence[LedgerClose]:
    """Return the months of a book that were closed, the newest first, each with its figures."""
    return session.scalars(select(LedgerClose).filter_by(book=book).order_by(LedgerClose.month.desc())).all()


def require_closable(session: Session, book: str, month: date, now: datetime) -> None:
    """Do nothing if a month may be closed next.

    Refuses with Invalid for a day that begins no month, MonthIsNotOver, MonthIsClosed, NotTheNextMonth.
    """
    if month.day != 1:
        raise Invalid(field="month", problem="a month is named by its first day")
    last = last_closed(session, book)
    if last is not None and month <= last:
        raise MonthIsClosed(month=named(month))
    if last is not None and month != months_after(last, 1):
        raise NotTheNextMonth(month=named(month), following=named(months_after(last, 1)))
    opens = months_after(month, 1) + timedelta(days=1)
    if local_day(now) < opens:
        raise MonthIsNotOver(month=named(month), day=opens.isoformat())


def close(
    session: Session, closing: Closing, figures: Callable[[Session, date], Mapping[str, Any]], now: datetime
) -> Mapping[str, Any]:
    """Close a month for ever and return its figures, which are counted when no entry can come any more.

    Refuses with CloseNeedsSecondPerson, what `require_closable` refuses, and whatever `figures` refuses with.
    """
    if closing.closed_by == closing.approved_by:
        raise CloseNeedsSecondPerson(person=closing.approved_by)
    _lock(session, closing.book, alone=True)
    require_closable(session, closing.book, closing.month, now)
    counted = figures(session, closing.month)
    row = {
        "book": closing.book,
        "month": closing.month,
        "figures": counted,
        "closed_by": closing.closed_by,
        "approved_by": closing.approved_by,
        "at": now,
    }
    write_entries(session, _C, [row])
    return counted


def named(day: date) -> str:
    """Return how a month is written: 2026-05."""
    return f"{day:%Y-%m}"


def _lock(session: Session, book: str, *, alone: bool) -> None:
    """Let nobody write entries of past months while one is closed; SQLite has one writer anyway."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        shared = "" if alone else "_shared"
        lock = text(f"SELECT pg_advisory_xact_lock{shared}({_LOCKS}, hashtext(:book))")
        connection.execute(lock, {"book": book})
