"""What points are worth in fen."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core import settings


def worth_on(session: Session, day: date) -> int:
    """Return the fen that a point earned on a day is worth, in the money of its brand."""
    return int(settings.as_of(settings.dated(session, "settlement.point_value"), day))
