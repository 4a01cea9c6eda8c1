"""Birthdays are worth a price: shortly before they are used they change with a reason and a second person (C14)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.membership.domain import as_kept, is_locked
from addons.membership.models import BirthdayRequest, Member
from addons.membership.services.errors import BirthdayLocked, ReasonNeeded, RequestDecided, SecondPersonNeeded
from addons.membership.services.history import find, keep
from addons.membership.services.members import check_minor
from addons.stores.queries import place
from core import settings
from core.errors import NotFound
from core.periods import local_day
from rules.birthday import Birthday


def change_birthday(
    session: Session, *, member_id: int, to: date, reason: str, by: str, now: datetime, lunar: bool | None = None
) -> Member:
    """Set or correct a birthday that is not used soon, or by which calendar it is kept (None: as before).

    Refuses with BirthdayLocked within the lock before the old or the new one (a prospect has none yet), ReasonNeeded,
    BirthdayNotPossible, and as `activate` does for minors.
    """
    member = find(session, member_id)
    today = _today(session, member, now)
    days = settings.value(session, "membership.birthday_lock_days")
    wanted = as_kept(to, lunar=member.birthday_lunar if lunar is None else lunar)
    if member.status == "active" and is_locked((member.kept_birthday, wanted), today, days):
        raise BirthdayLocked(days=days)
    return _set(session, member, wanted, today, reason=reason, by=by, approved_by="", now=now)


def ask_birthday_change(
    session: Session, *, member_id: int, to: date, reason: str, by: str, now: datetime, lunar: bool | None = None
) -> BirthdayRequest:
    """Ask for a change of a birthday that is locked, or of the calendar by which it is kept.

    Refuses with ReasonNeeded, and BirthdayNotPossible.
    """
    member = find(session, member_id)
    if not reason.strip():
        raise ReasonNeeded
    check_minor(session, member.id, to, member.guardian_id, _today(session, member, now))
    wanted = as_kept(to, lunar=member.birthday_lunar if lunar is None else lunar)
    request = BirthdayRequest(
        store_id=member.store_id,
        member_id=member.id,
        before=member.birthday,
        before_lunar=member.lunar_birthday,
        after=wanted.born,
        after_lunar=wanted.lunar,
        reason=reason.strip(),
        state="asked",
        asked_by=by,
        asked_at=now,
    )
    session.add(request)
    session.flush()
    return request


def decide_birthday_change(
    session: Session, *, request_id: int, approve: bool, by: str, now: datetime
) -> BirthdayRequest:
    """Approve or refuse a change of a birthday that somebody else asked for.

    Refuses with SecondPersonNeeded for the person who asked, RequestDecided the second time, NotFound.
    """
    request = session.get(BirthdayRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound(what="request", which=str(request_id))
    if request.state != "asked":
        raise RequestDecided
    if request.asked_by == by:
        raise SecondPersonNeeded
    member = find(session, request.member_id)
    request.state, request.decided_by, request.decided_at = "approved" if approve else "refused", by, now
    if approve:
        today = _today(session, member, now)
        reason, asked_by = request.reason, request.asked_by
        wanted = Birthday(request.after, request.after_lunar)
        _set(session, member, wanted, today, reason=reason, by=asked_by, approved_by=by, now=now)
    session.flush()
    return request


def _today(session: Session, member: Member, now: datetime) -> date:
    return local_day(now, place(session, member.store_id).zone)


def _set(
    session: Session,
    member: Member,
    to: Birthday,
    today: date,
    *,
    reason: str,
    by: str,
    approved_by: str,
    now: datetime,
) -> Member:
    if not reason.strip():
        raise ReasonNeeded
    check_minor(session, member.id, to.born, member.guardian_id, today)
    for field, new in (("birthday", to.born), ("lunar_birthday", to.lunar)):
        keep(session, member, field, new, reason=reason, by=by, approved_by=approved_by, now=now)
    member.birthday_declined = False
    session.flush()
    return member
