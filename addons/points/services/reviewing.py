"""Points that could not be taken back: one person proposes what becomes of them, another one decides (C21)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries
from addons.points.models import Review
from addons.points.services.debts import debt, room
from addons.points.services.freeing import free_overdue, lock_with_givers
from addons.points.services.posting import Held, Movement, after, insert_lots, lock, write
from addons.points.services.refusals import BalanceTooLow, IsDecided, NeedsSecondPerson, NotAsked
from addons.points.services.settling import settle
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound
from core.periods import local_day

OUTCOMES = {"write_off": "written_off", "collect": "collected"}


def propose(session: Session, *, review_id: int, outcome: str, reason: str, by: str, now: datetime) -> Review:
    """Propose to write a claim off or to collect it, with a reason.

    Refuses with NotFound, OutOfScope, Invalid for another outcome or no reason, IsDecided; a proposal that waits is
    replaced.
    """
    row = _found(session, review_id)
    if outcome not in OUTCOMES:
        raise Invalid(field="outcome", problem="written off or collected")
    if not reason.strip():
        raise Invalid(field="reason", problem="a change needs a reason")
    row.state, row.outcome, row.reason = "asked", outcome, reason.strip()
    row.asked_by, row.asked_at = by, now
    session.flush()
    return row


def decide_review(session: Session, *, review_id: int, approve: bool, by: str, now: datetime) -> Review:
    """Approve a proposal as the second person, or refuse it: then the claim waits for another one.

    Refuses with NotFound, OutOfScope, NotAsked, NeedsSecondPerson, IsDecided, BalanceTooLow where the member still
    cannot give what is to be collected, MonthIsClosed.
    """
    row = _found(session, review_id)
    if row.state != "asked":
        raise NotAsked
    if row.asked_by == by:
        raise NeedsSecondPerson(person=by)
    if not approve:
        row.state, row.outcome, row.reason, row.asked_by, row.asked_at = "waiting", "", "", None, None
    else:
        row.state, row.decided_by, row.decided_at = OUTCOMES[row.outcome], by, now
    session.flush()
    if approve:
        _apply(session, row, now)
    return row


def _apply(session: Session, row: Review, now: datetime) -> None:
    held = free_overdue(session, lock_with_givers(session, [row.member_id], lock), now, [row.member_id])
    movement = Movement(
        row.member_id,
        row.store_id,
        row.lot_id,
        row.outcome,
        "written_off",
        "queued",
        row.points,
        local_day(now),
        now,
        row.receipt_id,
        ref=f"review:{row.id}",
    )
    if row.outcome == "collect":
        _collect(session, movement._replace(from_state="available"), held)
    else:
        write(session, [movement], held)


def _collect(session: Session, gone: Movement, held: Mapping[int, Held]) -> None:
    """Take points as a debt of the lot they were given in: what pays it is the member's, whoever bore that."""
    if gone.points > room(session, held[gone.member_id]):
        raise BalanceTooLow(points=gone.points, lowest=settings.value(session, "points.lowest_balance"))
    claimed = queries.lots_by_id(session, [gone.lot_id])[gone.lot_id]
    [lot_id] = insert_lots(session, [debt(gone, claimed.origin_id or claimed.id)])
    movements = [gone._replace(lot_id=lot_id)]
    write(session, movements, held)
    settle(session, after(movements, held), {gone.member_id: movements[0]})


def _found(session: Session, review_id: int) -> Review:
    """Return a claim that is not decided, locked."""
    wanted = select(Review).where(Review.id == review_id)
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound(what="claim", which=str(review_id))
    require_store(row.store_id, write=True)
    if row.state in OUTCOMES.values():
        raise IsDecided(number=review_id)
    return row
