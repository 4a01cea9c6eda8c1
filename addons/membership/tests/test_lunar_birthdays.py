"""Birthdays kept by the moon, and a child's in place of one's own: per member, with the same locks (C14)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.membership.models import BirthdayRequest, Member, MemberChange
from addons.membership.queries import at_till, till_members
from addons.membership.services import (
    activate,
    ask_birthday_change,
    change_birthday,
    decide_birthday_change,
    enrol,
    erase_member,
    import_members,
    merge_members,
    register_prospect,
)
from addons.membership.services.errors import BirthdayLocked
from addons.membership.tests.people import NOW, member, phone
from addons.stores.models import Store
from core import settings
from rules.birthday import Birthday

#: The 15th of the eighth month; by the moon on 25 September 2026, locked from 27 June on.
BORN = date(1990, 10, 3)
FREE = NOW - timedelta(days=60)  # 5 March
LOCKED = NOW + timedelta(days=60)


def test_a_member_is_enrolled_with_a_lunar_birthday(db_session: Session, store: Store) -> None:
    details: dict[str, Any] = {"birthday": BORN, "birthday_lunar": True}
    card = enrol(db_session, store_id=store.id, phone=phone(), name="王小明", now=NOW, by="till", **details)
    row = db_session.get_one(Member, card.member_id)
    assert (row.birthday, row.lunar_birthday, row.birthday_lunar) == (BORN, 815, True)
    found = till_members(db_session, [row.id])[row.id]
    assert [day.isoformat() for day in (date(2026, 9, 25), date(2026, 10, 3)) if found.birthdays[0].is_on(day)] == [
        "2026-09-25"
    ]


def test_without_the_wish_a_birthday_is_kept_by_the_sun(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=BORN)
    assert (row.lunar_birthday, row.kept_birthday) == (None, Birthday(BORN))


def test_a_prospect_whose_birthday_is_known_may_wish_for_the_moon(db_session: Session, store: Store) -> None:
    row = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, name="王小明")
    row.birthday = BORN
    activate(db_session, member_id=row.id, birthday_lunar=True, now=NOW, by="till")
    assert row.lunar_birthday == 815


def test_the_calendar_changes_with_a_reason_and_is_in_the_history(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=BORN)
    change_birthday(db_session, member_id=row.id, to=BORN, lunar=True, reason="wish", by="chen", now=FREE)
    assert row.lunar_birthday == 815
    kept = db_session.scalars(select(MemberChange).filter_by(field="lunar_birthday")).one()
    assert (kept.old, kept.new, kept.reason) == ("", "8-15", "wish")
    change_birthday(db_session, member_id=row.id, to=date(1987, 8, 4), reason="id card", by="chen", now=FREE)
    assert (row.birthday, row.lunar_birthday) == (date(1987, 8, 4), -610)  # the wish stays: a leap sixth month
    last = db_session.scalars(select(MemberChange).filter_by(field="lunar_birthday").order_by(MemberChange.id.desc()))
    assert last.first().new == "leap 6-10"  # type: ignore[union-attr]
    change_birthday(db_session, member_id=row.id, to=date(1987, 8, 4), lunar=False, reason="wish", by="chen", now=FREE)
    assert row.lunar_birthday is None


@pytest.mark.parametrize(
    ("lunar_before", "lunar_after", "now_in", "locked"),
    [
        (False, True, 54, True),  # 25 September by the moon is 90 days after 27 June
        (False, True, 53, False),
        (True, False, 54, True),
        (True, False, 53, False),
        (False, True, 62, True),  # and from 5 July on 3 October by the sun is too
    ],
)
def test_the_lock_holds_by_either_calendar(
    db_session: Session, store: Store, *, lunar_before: bool, lunar_after: bool, now_in: int, locked: bool
) -> None:
    row = member(db_session, store, birthday=BORN)
    row.lunar_birthday = 815 if lunar_before else None
    db_session.flush()
    now = NOW + timedelta(days=now_in)
    wish: dict[str, Any] = {
        "member_id": row.id,
        "to": BORN,
        "lunar": lunar_after,
        "reason": "wish",
        "by": "chen",
        "now": now,
    }
    if locked:
        with pytest.raises(BirthdayLocked):
            change_birthday(db_session, **wish)
        assert row.birthday_lunar is lunar_before
        return
    change_birthday(db_session, **wish)
    assert row.birthday_lunar is lunar_after


def test_a_locked_calendar_needs_a_second_person(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=BORN)
    asked: dict[str, Any] = {
        "member_id": row.id,
        "to": BORN,
        "lunar": True,
        "reason": "wish",
        "by": "chen",
        "now": LOCKED,
    }
    request = ask_birthday_change(db_session, **asked)
    assert (request.before_lunar, request.after_lunar, row.lunar_birthday) == (None, 815, None)
    decide_birthday_change(db_session, request_id=request.id, approve=True, by="manager", now=LOCKED)
    assert row.lunar_birthday == 815
    kept = db_session.scalars(select(MemberChange).filter_by(field="lunar_birthday")).one()
    assert (kept.by, kept.approved_by) == ("chen", "manager")


def test_a_lunar_birthday_without_a_birthday_cannot_be_written(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=BORN)
    row.birthday, row.lunar_birthday = None, 815
    with pytest.raises(IntegrityError):
        db_session.flush()


def test_a_file_says_by_which_calendar(db_session: Session, store: Store) -> None:
    number = phone()
    row = {"store": store.code, "phone": number, "name": "王小明", "birthday": BORN, "birthday_lunar": True}
    found = import_members(db_session, [row], by="import", now=FREE)
    assert found.added == 1
    kept = db_session.get_one(Member, found.member_ids[0])
    assert kept.lunar_birthday == 815
    assert import_members(db_session, [row], by="import", now=FREE).unchanged == 1
    silent = {name: value for name, value in row.items() if name != "birthday_lunar"}
    assert import_members(db_session, [silent], by="import", now=FREE).unchanged == 1
    late = import_members(db_session, [row | {"birthday_lunar": False}], by="import", now=LOCKED)
    assert [type(rejected.refusal) for rejected in late.rejected] == [BirthdayLocked]
    assert import_members(db_session, [row | {"birthday_lunar": False}], by="import", now=FREE).changed == 1
    db_session.expire_all()
    assert db_session.scalars(select(Member.lunar_birthday).where(Member.id == kept.id)).one() is None
    assert db_session.scalars(select(MemberChange.old).filter_by(field="lunar_birthday")).one() == "8-15"


def test_merging_takes_the_calendar_with_the_birthday_and_erasing_takes_both_away(
    db_session: Session, store: Store
) -> None:
    goes = member(db_session, store, birthday=BORN)
    change_birthday(db_session, member_id=goes.id, to=BORN, lunar=True, reason="wish", by="chen", now=FREE)
    stays = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, name="王小明")
    other = member(db_session, store, birthday=date(1990, 10, 4))
    merge_members(db_session, from_id=goes.id, into_id=stays.id, reason="same", by="chen", now=NOW)
    assert (stays.birthday, stays.lunar_birthday) == (BORN, 815)
    merge_members(db_session, from_id=stays.id, into_id=other.id, reason="same", by="chen", now=NOW)
    assert (other.birthday, other.lunar_birthday) == (date(1990, 10, 4), None)
    erase_member(db_session, member_id=other.id, reason="asked", by="chen", now=NOW)
    db_session.expire_all()
    assert {(row.birthday, row.lunar_birthday) for row in (goes, stays, other)} == {(None, None)}


def test_erasing_takes_birthdays_out_of_requests_too(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=BORN)
    asked: dict[str, Any] = {"member_id": row.id, "lunar": True, "reason": "her id card", "by": "chen", "now": LOCKED}
    decided = ask_birthday_change(db_session, to=BORN, **asked)
    decide_birthday_change(db_session, request_id=decided.id, approve=True, by="manager", now=LOCKED)
    ask_birthday_change(db_session, to=date(1991, 1, 2), **asked)
    erase_member(db_session, member_id=row.id, reason="asked", by="chen", now=LOCKED)
    db_session.expire_all()
    kept = db_session.scalars(select(BirthdayRequest)).one()
    assert (kept.id, kept.state, kept.decided_by) == (decided.id, "approved", "manager")
    assert (kept.before, kept.after, kept.after_lunar, kept.reason) == (None, date(1900, 1, 1), None, "–")


# -- a child's birthday -----------------------------------------------------------------------------------------------


@pytest.fixture
def mother(db_session: Session, store: Store) -> Member:
    """A member with two children in the programme, one who keeps her birthday by the moon, and one who left."""
    mother = member(db_session, store, birthday=date(1988, 1, 2))
    for born, lunar, status in (
        (date(2018, 5, 4), None, "active"), (date(2020, 9, 9), 722, "active"), (date(2019, 3, 3), None, "prospect"),
    ):  # fmt: skip
        child = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, name="小明")
        child.birthday, child.lunar_birthday, child.guardian_id = born, lunar, mother.id
        if status == "active":
            child.status, child.tier, child.activated_at = "active", "ordinary", NOW
    db_session.flush()
    return mother


def decide(session: Session, value: str) -> None:
    settings.change(session, name="membership.birthday_of", to=value, by="hq", reason="childrenswear", now=NOW)


def test_by_default_a_members_own_birthday_counts(db_session: Session, mother: Member) -> None:
    assert till_members(db_session, [mother.id])[mother.id].birthdays == (Birthday(date(1988, 1, 2)),)


def test_headquarters_may_let_the_childrens_birthdays_count(db_session: Session, mother: Member, store: Store) -> None:
    childless = member(db_session, store, birthday=BORN)
    decide(db_session, "child")
    found = till_members(db_session, [mother.id, childless.id])
    assert found[mother.id].birthdays == (Birthday(date(2018, 5, 4)), Birthday(date(2020, 9, 9), 722))
    assert found[childless.id].birthdays == (Birthday(BORN),)
    assert found[mother.id].birthday == date(1988, 1, 2)  # her age stays her own
    at = at_till(db_session, mother.brand_id, phone=mother.phone)
    assert at is not None
    assert at.birthdays == found[mother.id].birthdays
    decide(db_session, "own")
    assert till_members(db_session, [mother.id])[mother.id].birthdays == (Birthday(date(1988, 1, 2)),)
