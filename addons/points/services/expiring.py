"""Points whose last day is over (C21); nothing happens until headquarters switches it on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.queries import LotHeld
from addons.points.services.posting import Movement, lock, write
from core import settings


def expire(session: Session, *, day: date, now: datetime, limit: int = 500) -> int:
    """Let points go whose last day is before this one; return of how many lots, at most `limit`.

    What a till holds stays while it holds it. Runs for the whole programme. Refuses with MonthIsClosed.
    """
    if not settings.value(session, "points.expiry"):
        return 0
    over = queries.expired_lots(session, day, limit)
    held = lock(session, {lot.member_id for lot in over})
    # Looked at again behind the locks: they may have been spent meanwhile.
    still = queries.lots_by_id(session, [lot.id for lot in over]) if over else {}
    lots = [lot for lot in still.values() if lot.remaining > 0]
    write(session, [_expired(lot, day, now) for lot in lots], held)
    return len(lots)


def _expired(lot: LotHeld, day: date, now: datetime) -> Movement:
    return Movement(
        lot.member_id,
        lot.store_id,
        lot.id,
        "expire",
        "available",
        "expired",
        lot.remaining,
        day,
        now,
        lot.receipt_id,
        lot.rule,
    )
