"""Two files that are one person become one; a person who asks for it is erased."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from addons.membership.models import BirthdayRequest, Card, Consent, Member, MemberChange, WaitingEntry
from addons.membership.services.errors import NotMergeable, ReasonNeeded
from addons.membership.services.history import find, keep
from addons.membership.services.quotas import OUT, release_place
from addons.membership.services.turns import take_turns
from core.addons import person
from core.bus import Happened, announce

_FILLED = ("name", "birthday", "email", "district", "street", "referrer_id", "guardian_id", "family_id")
_BLANK: dict[str, Any] = {
    "name": "",
    "lunar_birthday": None,
    "birthday": None,
    "birthday_declined": True,
    "sex": "unknown",
    "email": "",
    "district": "",
    "street": "",
    "recruited_note": "",
    "referrer_id": None,
    "guardian_id": None,
    "family_id": None,
}


def merge_members(session: Session, *, from_id: int, into_id: int, reason: str, by: str, now: datetime) -> Member:
    """Make two files one: everything of `from_id` goes to `into_id` in every addon, and its history stays readable.

    Refuses with NotMergeable (one person, two brands, no longer there, one is the other's guardian), ReasonNeeded,
    NotFound outside one's stores.
    """
    if not reason.strip():
        raise ReasonNeeded
    take_turns(session, [from_id, into_id])
    source, target = find(session, from_id), find(session, into_id)
    _check(source, target)
    keep(session, source, "merged_into_id", target.id, by=by, now=now, reason=reason)
    source.status, phone, source.phone = "merged", source.phone, None
    _keep_active(source, target)
    session.flush()
    if target.birthday is None:
        keep(session, target, "lunar_birthday", source.lunar_birthday, by=by, now=now, reason=reason)
    for field in _FILLED:
        if not getattr(target, field) and getattr(source, field) not in (None, "", target.id):
            keep(session, target, field, getattr(source, field), by=by, now=now, reason=reason)
    if target.phone is None:
        keep(session, target, "phone", phone, by=by, now=now, reason=reason)
    session.flush()
    person.merge(session, source.id, target.id, now)
    announce(session, Happened("membership.members_merged", {"from": source.id, "into": target.id, "by": by}))
    return target


def _check(source: Member, target: Member) -> None:
    is_guardian = source.guardian_id == target.id or target.guardian_id == source.id
    gone = {source.status, target.status} - {"prospect", "active"}
    if source.id == target.id or source.brand_id != target.brand_id or gone or is_guardian:
        raise NotMergeable


def _keep_active(source: Member, target: Member) -> None:
    """Let a prospect become what the other file was."""
    if target.status == "prospect" and source.activated_at is not None:
        target.status, target.tier, target.activated_at = "active", source.tier, source.activated_at
        target.birthday_declined = source.birthday_declined
    target.joined_at = min(target.joined_at, source.joined_at)


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move cards, waiting places and relations; consents and history stay with the old file, which names the new."""
    _move_cards(session, from_member, into_member, now)
    _move_waiting(session, from_member, into_member, now)
    _move_consents(session, from_member, into_member)
    _point_elsewhere(session, from_member, into_member)
    moved = update(BirthdayRequest).where(BirthdayRequest.member_id == from_member, BirthdayRequest.state == "asked")
    session.execute(moved.values(member_id=into_member))
    session.expire_all()


def _point_elsewhere(session: Session, from_member: int, into_member: int) -> None:
    # Over the bare table: the friends and children of a member may be of any store.
    table: Table = Member.__table__
    for name in ("referrer_id", "guardian_id", "merged_into_id"):
        wanted = (table.c[name] == from_member) & (table.c.id != into_member)
        session.connection().execute(table.update().where(wanted).values({name: into_member}))


def _move_cards(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move all cards; where both files have one in use, that of the file which goes is closed."""
    target = session.get_one(Member, into_member)
    has_one = select(Card.id).where(Card.member_id == into_member, Card.status.in_(OUT)).limit(1)
    keeps = session.scalar(has_one) is None
    for card in session.scalars(select(Card).where(Card.member_id == from_member)):
        if card.status in OUT and not keeps:
            card.status, card.ended_at = "closed", now
            release_place(session, card, target.brand_id)
        card.member_id = into_member
    session.flush()


def _move_waiting(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    own = select(WaitingEntry.tier).where(WaitingEntry.member_id == into_member, WaitingEntry.status == "waiting")
    tiers = set(session.scalars(own))
    for entry in session.scalars(select(WaitingEntry).where(WaitingEntry.member_id == from_member)):
        if entry.status == "waiting" and entry.tier in tiers:
            entry.status, entry.ended_at = "left", now
        entry.member_id = into_member
    session.flush()


def _move_consents(session: Session, from_member: int, into_member: int) -> None:
    """Repeat the later answer to each purpose: a consent itself is never changed.

    What was agreed to be shared with another family is not repeated.
    """
    latest: dict[str, Consent] = {}
    both = select(Consent).where(Consent.member_id.in_((from_member, into_member))).order_by(Consent.at, Consent.id)
    for consent in session.scalars(both):
        latest[consent.purpose] = consent
    source, target = session.get_one(Member, from_member), session.get_one(Member, into_member)
    elsewhere = {"family_points"} if source.family_id != target.family_id else set()
    for consent in latest.values():
        if consent.member_id == from_member and consent.purpose not in elsewhere:
            columns = {name: getattr(consent, name) for name in _CONSENT}
            session.add(Consent(member_id=into_member, **columns))
    session.flush()


_CONSENT = tuple(c.name for c in Consent.__table__.c if c.name not in ("id", "member_id"))


def erase_member(session: Session, *, member_id: int, reason: str, by: str, now: datetime) -> Member:
    """Erase what identifies a person in every addon; amounts and dates stay for the books.

    Refuses with ReasonNeeded, NotFound outside one's stores.
    """
    if not reason.strip():
        raise ReasonNeeded
    member = find(session, member_id)
    person.erase(session, member.id, now)
    session.refresh(member)
    session.add(
        MemberChange(
            store_id=member.store_id,
            member_id=member.id,
            field="status",
            old="",
            new="erased",
            reason=reason.strip(),
            by=by,
            at=now,
        )
    )
    session.flush()
    announce(session, Happened("membership.member_erased", {"member_id": member.id, "by": by}))
    return member


def _erase(session: Session, member_id: int, now: datetime) -> None:
    """Blank the file and its history, and those merged into it; cards end."""
    merged = list(
        session.scalars(select(Member).where((Member.id == member_id) | (Member.merged_into_id == member_id)))
    )
    for member in merged:
        for card in session.scalars(select(Card).where(Card.member_id == member.id, Card.status.in_(OUT))):
            card.status, card.ended_at = "closed", now
            release_place(session, card, member.brand_id)
        for field, blank in _BLANK.items():
            setattr(member, field, blank)
        member.phone = None
        if member.status != "merged":
            member.status = "erased"
    ids = [member.id for member in merged]
    session.flush()
    session.execute(update(MemberChange).where(MemberChange.member_id.in_(ids)).values(old="", new="", reason=""))
    _erase_birthday_requests(session, ids)
    session.execute(
        update(WaitingEntry)
        .where(WaitingEntry.member_id.in_(ids), WaitingEntry.status == "waiting")
        .values(status="left", ended_at=now)
    )
    session.expire_all()


_NO_DAY = date(1900, 1, 1)  # in place of a birthday that was erased


def _erase_birthday_requests(session: Session, ids: list[int]) -> None:
    """Take open requests away, and from decided ones what they said; who decided when stays."""
    of_them = BirthdayRequest.member_id.in_(ids)
    session.execute(delete(BirthdayRequest).where(of_them, BirthdayRequest.state == "asked"))
    blank = {"before": None, "before_lunar": None, "after": _NO_DAY, "after_lunar": None, "reason": "–"}
    session.execute(update(BirthdayRequest).where(of_them).values(blank))


PERSON = person.PersonHooks(merge=_merge, erase=_erase)
