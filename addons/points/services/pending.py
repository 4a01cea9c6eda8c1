"""Points that waited become available."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import bindparam, literal, update
from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Referral
from addons.points.queries import LotHeld
from addons.points.services.freeing import pay_debts
from addons.points.services.posting import Movement, lock, write
from addons.points.services.requesting import exchange_released
from core.db.listed import any_of
from core.db.statement import Statement

_R = Referral.__table__
_RELEASED = Statement(
    update(_R)
    .where(any_of(_R.c.lot_id, "b_lots"), _R.c.state == "pending")
    .values(state=literal("released"), released_at=bindparam("b_now"))
)


def release_pending(session: Session, *, day: date, now: datetime, limit: int = 500) -> int:
    """Give what waited until goods could no longer come back; return how many lots, at most `limit`.

    Purchase points become vouchers then as they would after a purchase (C17), each member's on their own. Runs for the
    whole programme. Refuses with MonthIsClosed.
    """
    lots = release_lots(session, day=day, now=now, limit=limit)
    exchange_released(session, lots, day, now)
    return len(lots)


def release_lots(session: Session, *, day: date, now: datetime, limit: int) -> list[LotHeld]:
    """Give what waited; return the lots it waited in."""
    due = queries.due_lots(session, day, limit)
    held = lock(session, {lot.member_id for lot in due})
    # Looked at again behind the locks: goods may have come back meanwhile.
    still = queries.lots_by_id(session, [lot.id for lot in due]) if due else {}
    lots = [lot for lot in still.values() if lot.pending]
    movements = [_matured(lot, day, now) for lot in lots]
    write(session, movements, held)
    if lots:
        _RELEASED.run(session, b_lots=[lot.origin_id or lot.id for lot in lots], b_now=now)
    pay_debts(session, movements, held)
    return lots


def _matured(lot: LotHeld, day: date, now: datetime) -> Movement:
    return Movement(
        lot.member_id,
        lot.store_id,
        lot.id,
        "mature",
        "pending",
        "available",
        lot.pending,
        day,
        now,
        lot.receipt_id,
        lot.rule,
    )
