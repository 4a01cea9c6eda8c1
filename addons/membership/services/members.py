"""From a phone number to a member with a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from addons.membership.domain import age, phone_number
from addons.membership.models import CHANNELS, SEXES, Consent, Member
from addons.membership.services.errors import (
    AlreadyActive,
    BadPhone,
    BirthdayNeeded,
    BirthdayNotPossible,
    FieldNotChangeable,
    GuardianConsentNeeded,
    GuardianNeeded,
    NameNeeded,
    PhoneNeeded,
    PhoneTaken,
    ProgrammeOff,
)
from addons.membership.services.history import find, keep
from addons.membership.services.numbers import draw_member_numbers
from addons.stores.queries import StorePlace, place, places
from core import settings
from core.bus import Happened, announce
from core.db.scope import brand_wide, current_scope, require_store
from core.errors import Invalid, NotFound, SavedMeanwhile
from core.periods import local_day
from rules.birthday import lunar_key

_TABLE: Table = Member.__table__
_HAS_PHONE = select(_TABLE.c.id).where(_TABLE.c.brand_id == bindparam("brand_id"), _TABLE.c.phone == bindparam("phone"))
_CHOICES = {"sex": SEXES, "recruited_by": CHANNELS}
#: What a form may change; a birthday, a tier or a home store has its own procedure.
CHANGEABLE = ("name", "phone", "sex", "email", "district", "street", "recruited_by", "recruited_note", "is_staff")


def register_prospect(
    session: Session,
    *,
    store_id: int,
    phone: str,
    now: datetime,
    name: str = "",
    recruited_by: str = "walk_in",
    recruited_note: str = "",
    referrer_id: int | None = None,
    **details: Any,
) -> Member:
    """Begin the file of a person from a phone number (MEM-10); `details` are sex, email, district, street, is_staff.

    Refuses with BadPhone, PhoneTaken for a second person of the brand, ProgrammeOff, NotFound for the referrer,
    Invalid for an unknown channel, OutOfScope for a store that is not one's own.
    """
    require_store(store_id, write=True)
    at = place(session, store_id)
    if not at.has_programme:
        raise ProgrammeOff(brand=at.brand_code)
    _check(details | {"recruited_by": recruited_by})
    number = draw_member_numbers(session, 1)[0]  # first of all: who registers at the same moment waits here
    member = Member(
        store_id=store_id,
        brand_id=at.brand_id,
        home_market_id=at.market_id,
        number=number,
        name=name.strip(),
        phone=free_phone(session, phone, at),
        recruited_by=recruited_by,
        recruited_note=recruited_note.strip(),
        referrer_id=_referrer(session, referrer_id, at.brand_id),
        status="prospect",
        joined_at=now,
        **details,
    )
    session.add(member)
    session.flush()
    return member


@brand_wide("a phone number belongs to one person of the brand")
def free_phone(session: Session, phone: str, at: StorePlace) -> str:
    """Return a phone number as E.164 if nobody of the brand has it.

    Refuses with BadPhone and PhoneTaken; over the bare table, for the number may be known to another store.
    """
    found = normal_phone(phone, at.market)
    if session.connection().execute(_HAS_PHONE, {"brand_id": at.brand_id, "phone": found}).first() is not None:
        raise PhoneTaken(phone=found)
    return found


def normal_phone(phone: str, market: str) -> str:
    """Return a phone number as E.164; refuses with BadPhone."""
    try:
        return phone_number(phone, market)
    except ValueError:
        raise BadPhone(phone=phone[:40]) from None


def check_phone_in_sight(session: Session, *, store_id: int, phone: str, member_id: int | None = None) -> None:
    """Refuse with BadPhone or PhoneTaken what a file will be refused for, as far as members of one's stores tell it.

    That somebody of another store has the number is said when the file is kept, not while one types.
    """
    at = places(session).get(store_id)
    if at is None or not current_scope().may_write(at.id):
        return
    found = normal_phone(phone, at.market)
    holder = session.scalar(select(Member.id).where(Member.brand_id == at.brand_id, Member.phone == found))
    if holder not in (None, member_id):
        raise PhoneTaken(phone=found)


@brand_wide("a friend may be a member of any store")
def _referrer(session: Session, referrer_id: int | None, brand_id: int) -> int | None:
    if referrer_id is None:
        return None
    # Over the bare table: a friend may be a member of any store of the brand.
    wanted = select(_TABLE.c.id).where(
        _TABLE.c.id == referrer_id, _TABLE.c.brand_id == brand_id, _TABLE.c.status == "active"
    )
    if session.connection().execute(wanted).first() is None:
        raise NotFound(what="referrer", which=str(referrer_id))
    return referrer_id


def _check(columns: Mapping[str, Any]) -> None:
    for name, choices in _CHOICES.items():
        if name in columns and columns[name] not in choices:
            raise Invalid(field=name, problem=f"{columns[name]!r} is none of {', '.join(choices)}")


def activate(
    session: Session,
    *,
    member_id: int,
    now: datetime,
    by: str,
    name: str | None = None,
    birthday: date | None = None,
    birthday_lunar: bool = False,
    birthday_declined: bool = False,
    phone: str | None = None,
) -> Member:
    """Make a prospect a member of the ordinary tier, with name, birthday (or "declined") and phone (C38, MEM-07).

    What is not given is taken from the file; `birthday_lunar` says that the birthday is kept by the moon (C14).
    Refuses with MemberIncomplete, AlreadyActive, BirthdayNotPossible, GuardianNeeded and GuardianConsentNeeded for
    minors, BadPhone and PhoneTaken.
    """
    member = find(session, member_id)
    if member.status != "prospect":
        raise AlreadyActive(member=str(member))
    at = place(session, member.store_id)
    given: dict[str, Any] = {"name": name and name.strip(), "birthday": birthday}
    if birthday_lunar and (born := birthday or member.birthday):
        given["lunar_birthday"] = lunar_key(born)
    if phone is not None and normal_phone(phone, at.market) != member.phone:
        given["phone"] = free_phone(session, phone, at)
    for field, new in given.items():
        if new:
            keep(session, member, field, new, by=by, now=now)
    member.birthday_declined = birthday_declined and member.birthday is None
    _check_complete(session, member)
    check_minor(session, member.id, member.birthday, member.guardian_id, local_day(now, at.zone))
    member.status, member.tier, member.activated_at = "active", "ordinary", now
    session.flush()
    announce(session, Happened("membership.member_activated", {"member_id": member.id, "store_id": member.store_id}))
    return member


def _check_complete(session: Session, member: Member) -> None:
    if not member.phone:
        raise PhoneNeeded
    if settings.value(session, "membership.mandatory_fields") == "phone":
        return
    if not member.name:
        raise NameNeeded
    if member.birthday is None and not member.birthday_declined:
        raise BirthdayNeeded


def check_minor(
    session: Session, member_id: int | None, birthday: date | None, guardian_id: int | None, today: date
) -> None:
    """Check that a birthday lies in the past and a minor has a guardian who agreed (C32).

    Refuses with BirthdayNotPossible, GuardianNeeded, GuardianConsentNeeded.
    """
    if (birthday is not None and not 1900 <= birthday.year <= today.year) or (birthday or today) > today:
        raise BirthdayNotPossible
    limit = settings.value(session, "membership.minor_age")
    years = age(birthday, today)
    if years is None or years >= limit or not settings.value(session, "membership.minor_consent"):
        return
    if guardian_id is None or member_id is None:
        raise GuardianNeeded(age=limit)
    agreed = session.scalars(
        select(Consent.given)
        .where(Consent.member_id == member_id, Consent.purpose == "minor", Consent.guardian_id == guardian_id)
        .order_by(Consent.id.desc())
    ).first()
    if not agreed:
        raise GuardianConsentNeeded(age=limit)


def change_member(
    session: Session,
    *,
    member_id: int,
    changes: Mapping[str, Any],
    by: str,
    now: datetime,
    reason: str = "",
    shown: Mapping[str, Any] | None = None,
) -> Member:
    """Change a member's file; each field that differs is kept with what it was, who changed it and why.

    `shown` is what the person had before their eyes: a field that is still typed as it was shown is none they change.

    Refuses with FieldNotChangeable for what has its own procedure, BadPhone, PhoneTaken, Invalid, NotFound,
    MemberIncomplete if a member would lose name or phone, and SavedMeanwhile if somebody else gave a field that is
    changed another value since it was shown.
    """
    unknown = next((name for name in changes if name not in CHANGEABLE), None)
    if unknown is not None:
        raise FieldNotChangeable(name=unknown)
    _check(changes)
    member = find(session, member_id)
    new = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    new = {name: "" if value is None else value for name, value in new.items()}
    new = _meant(member, new, shown or {})
    if "phone" in new:
        new["phone"] = _changed_phone(session, member, new["phone"])
    for name, value in new.items():
        keep(session, member, name, value, by=by, now=now, reason=reason)
    if member.status == "active":
        _check_complete(session, member)
    session.flush()
    return member


def _meant(member: Member, typed: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not as they were shown.

    Refuses with SavedMeanwhile if one of them is neither as it was shown nor as it is wanted.
    """
    meant = {name: value for name, value in typed.items() if name not in shown or value != shown[name]}
    for name, value in meant.items():
        if name in shown and (getattr(member, name) or "") not in (shown[name], value):
            raise SavedMeanwhile
    return meant


def _changed_phone(session: Session, member: Member, phone: str) -> str:
    at = place(session, member.store_id)
    if not phone:
        raise PhoneNeeded
    if normal_phone(phone, at.market) == member.phone:
        return member.phone
    return free_phone(session, phone, at)
