"""Points corrected by hand: one person asks with a reason from the list, another one decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.points import domain
from addons.points.models import Adjustment, ReasonCode
from addons.points.services.debts import taken_or_owed
from addons.points.services.earning import new_lot
from addons.points.services.freeing import free_overdue, lock_with_givers, pay_debts
from addons.points.services.posting import Movement, insert_lots, lock, write
from addons.points.services.refusals import IsDecided, NeedsSecondPerson
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound
from core.periods import local_day

MOST = 10**9


def ask_adjustment(
    session: Session, *, member_id: int, points: int, code: str, note: str, by: str, now: datetime
) -> int:
    """Ask for points to be given (or taken, below nothing); return the number of the request.

    Refuses with NotFound outside one's stores, OutOfScope, Invalid for no points or a reason that is not on the list.
    """
    member = session.scalar(select(Member).where(Member.id == member_id))
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    require_store(member.store_id, write=True)
    if not 0 < abs(points) <= MOST:
        raise Invalid(field="points", problem="at least one point more or less")
    reason = session.get(ReasonCode, code)
    if reason is None or not reason.active:
        raise Invalid(field="code", problem="a reason on the list of headquarters")
    if member.status not in ("prospect", "active"):
        raise Invalid(field="member", problem="this file is no longer in use")
    row = Adjustment(
        member_id=member_id,
        store_id=member.store_id,
        points=points,
        code=code,
        note=note.strip(),
        state="asked",
        asked_by=by,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def decide_adjustment(session: Session, *, adjustment_id: int, approve: bool, by: str, now: datetime) -> Adjustment:
    """Approve or refuse a correction as the second person; approved, the points come or go at once.

    Refuses with NotFound, OutOfScope, NeedsSecondPerson, IsDecided, BalanceTooLow where more is taken than may be
    owed, MonthIsClosed.
    """
    wanted = select(Adjustment).where(Adjustment.id == adjustment_id)
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound(what="adjustment", which=str(adjustment_id))
    require_store(row.store_id, write=True)
    if row.asked_by == by:
        raise NeedsSecondPerson(person=by)
    if row.state != "asked":
        raise IsDecided(number=adjustment_id)
    row.state, row.decided_by, row.decided_at = "approved" if approve else "refused", by, now
    session.flush()
    if approve:
        _apply(session, row, now)
    return row


def _apply(session: Session, row: Adjustment, now: datetime) -> None:
    held = free_overdue(session, lock_with_givers(session, [row.member_id], lock), now, [row.member_id])
    movement = Movement(
        row.member_id,
        row.store_id,
        0,
        "adjust",
        "adjusted",
        "available",
        abs(row.points),
        local_day(now),
        now,
        reason=row.code,
        ref=f"adjustment:{row.id}",
    )
    if row.points > 0:
        movements = [movement._replace(lot_id=_new_lot(session, row, now))]
    else:
        gone = movement._replace(from_state="available", to_state="adjusted")
        movements = list(taken_or_owed(session, gone, held[row.member_id]))
    write(session, movements, held)
    pay_debts(session, movements, held)


def _new_lot(session: Session, row: Adjustment, now: datetime) -> int:
    day = local_day(now)
    lot = new_lot(
        member_id=row.member_id,
        store_id=row.store_id,
        source="adjust",
        earned_on=day,
        expires_on=domain.expiry(day, settings.value(session, "points.expiry_months")),
        points=row.points,
    )
    return insert_lots(session, [lot])[0]
