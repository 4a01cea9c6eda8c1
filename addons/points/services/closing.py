"""Months of the points ledger are closed by two persons; what came in since the first one looked is not closed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.domain import BOOK
from addons.points.models import CloseRequest
from addons.points.services.refusals import FiguresChanged, IsDecided, NeedsSecondPerson
from core.errors import NotFound
from core.ledger import periods
from core.ledger.periods import Closing


def ask_close(session: Session, *, month: date, by: str, now: datetime) -> CloseRequest:
    """Ask for a month (its first day) to be closed, with its figures as they are; a request that waits is replaced.

    Refuses with Invalid, MonthIsNotOver, MonthIsClosed, NotTheNextMonth, OutOfScope for whoever is not headquarters.
    """
    periods.require_closable(session, BOOK, month, now)
    earlier = select(CloseRequest).where(CloseRequest.month == month, CloseRequest.state == "asked")
    row = session.scalar(earlier.with_for_update()) or CloseRequest(month=month, state="asked")
    row.figures, row.asked_by, row.asked_at = queries.figures(session, month), by, now
    session.add(row)
    session.flush()
    return row


def decide_close(session: Session, *, request_id: int, approve: bool, by: str, now: datetime) -> CloseRequest:
    """Close the month as the second person, or refuse to.

    Refuses with NotFound, NeedsSecondPerson, IsDecided, FiguresChanged where entries came in since, OutOfScope.
    """
    wanted = select(CloseRequest).where(CloseRequest.id == request_id)
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound(what="request", which=str(request_id))
    if row.asked_by == by:
        raise NeedsSecondPerson(person=by)
    if row.state != "asked":
        raise IsDecided(number=request_id)
    row.state, row.decided_by, row.decided_at = "approved" if approve else "refused", by, now
    session.flush()
    if approve:
        periods.close(session, Closing(BOOK, row.month, row.asked_by, by), _unchanged(row.figures), now)
    return row


def _unchanged(seen: Mapping[str, Any]) -> Callable[[Session, date], Mapping[str, Any]]:
    def count(session: Session, month: date) -> Mapping[str, Any]:
        counted = queries.figures(session, month)
        if counted != seen:
            raise FiguresChanged(month=periods.named(month))
        return counted

    return count
