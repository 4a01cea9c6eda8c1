"""Birthdays, consents, families, duplicates, merging and erasing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.membership.models import BirthdayRequest, Card, Consent, Member, MemberChange, WaitingEntry
from addons.membership.queries import at_till, consents, family_of, survivor
from addons.membership.services import (
    activate,
    ask_birthday_change,
    change_birthday,
    decide_birthday_change,
    erase_member,
    find_duplicates,
    leave_family,
    merge_members,
    record_consent,
    register_prospect,
    set_family,
    set_guardian,
    set_quota,
    tell_apart,
    wait_for_card,
)
from addons.membership.services.errors import (
    BirthdayLocked,
    GuardianConsentNeeded,
    GuardianNeeded,
    GuardianUnfit,
    NoFamily,
    NotActivated,
    NotMergeable,
    ReasonNeeded,
    RequestDecided,
    SecondPersonNeeded,
    WithdrawnConsent,
)
from addons.membership.tests.people import NOW, card, member, phone
from addons.stores.models import Brand, Store
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound

SOON, LATER = date(1990, 6, 1), date(1990, 10, 1)
CHILD = date(2016, 10, 1)


# -- birthdays (C14) ---------------------------------------------------------------------------------------------------


def test_a_birthday_far_away_is_corrected_with_a_reason(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=LATER)
    with pytest.raises(ReasonNeeded):
        change_birthday(db_session, member_id=row.id, to=date(1990, 10, 2), reason=" ", by="chen", now=NOW)
    change_birthday(db_session, member_id=row.id, to=date(1990, 10, 2), reason="id card", by="chen", now=NOW)
    kept = db_session.scalars(select(MemberChange).filter_by(by="chen")).one()
    assert (row.birthday, kept.field, kept.old) == (date(1990, 10, 2), "birthday", "1990-10-01")


@pytest.mark.parametrize(("old", "new"), [(SOON, LATER), (LATER, SOON), (LATER, date(1990, 5, 4)), (None, SOON)])
def test_a_birthday_used_soon_is_locked_whether_it_is_the_old_or_the_new_one(
    db_session: Session, store: Store, old: date | None, new: date
) -> None:
    row = member(db_session, store, birthday=LATER)
    row.birthday, row.birthday_declined = old, old is None
    with pytest.raises(BirthdayLocked):
        change_birthday(db_session, member_id=row.id, to=new, reason="id card", by="chen", now=NOW)
    assert row.birthday == old


def test_the_lock_begins_ninety_days_before(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=LATER)
    edge = date(2026, 5, 4) + timedelta(days=90)
    with pytest.raises(BirthdayLocked):
        change_birthday(db_session, member_id=row.id, to=edge.replace(year=1990), reason="x", by="chen", now=NOW)
    free = edge + timedelta(days=1)
    change_birthday(db_session, member_id=row.id, to=free.replace(year=1990), reason="x", by="chen", now=NOW)


def test_a_locked_birthday_needs_a_second_person(db_session: Session, store: Store) -> None:
    row = member(db_session, store, birthday=LATER)
    request = ask_birthday_change(db_session, member_id=row.id, to=SOON, reason="id card", by="chen", now=NOW)
    with pytest.raises(SecondPersonNeeded):
        decide_birthday_change(db_session, request_id=request.id, approve=True, by="chen", now=NOW)
    assert row.birthday == LATER
    decide_birthday_change(db_session, request_id=request.id, approve=True, by="manager", now=NOW)
    kept = db_session.scalars(select(MemberChange).filter_by(field="birthday", by="chen")).one()
    assert (row.birthday, kept.approved_by) == (SOON, "manager")
    with pytest.raises(RequestDecided):
        decide_birthday_change(db_session, request_id=request.id, approve=False, by="manager", now=NOW)


def test_a_refused_request_changes_nothing_and_the_database_itself_asks_for_two(
    db_session: Session, store: Store
) -> None:
    row = member(db_session, store, birthday=LATER)
    request = ask_birthday_change(db_session, member_id=row.id, to=SOON, reason="id card", by="chen", now=NOW)
    decide_birthday_change(db_session, request_id=request.id, approve=False, by="manager", now=NOW)
    assert row.birthday == LATER
    with pytest.raises(NotFound):
        decide_birthday_change(db_session, request_id=999, approve=True, by="manager", now=NOW)
    request.decided_by = "chen"
    with pytest.raises(IntegrityError):
        db_session.flush()
    db_session.rollback()
    assert db_session.scalars(select(BirthdayRequest)).all() == []


# -- minors, guardians, consents (C32) ---------------------------------------------------------------------------------


def test_a_child_needs_a_guardian_who_agreed(db_session: Session, store: Store) -> None:
    mother = member(db_session, store, name="王媽媽")
    child = register_prospect(db_session, store_id=store.id, phone=phone(), name="王小寶", now=NOW)
    with pytest.raises(GuardianNeeded):
        activate(db_session, member_id=child.id, birthday=CHILD, now=NOW, by="till")
    db_session.refresh(child)
    set_guardian(db_session, member_id=child.id, guardian_id=mother.id, by="till", now=NOW)
    with pytest.raises(GuardianConsentNeeded):
        activate(db_session, member_id=child.id, birthday=CHILD, now=NOW, by="till")
    consent = {"member_id": child.id, "purpose": "minor", "wording": "2026-01", "by": "till", "now": NOW}
    with pytest.raises(GuardianNeeded):
        record_consent(db_session, given=True, guardian_id=None, **consent)  # type: ignore[arg-type]
    record_consent(db_session, given=True, guardian_id=mother.id, **consent)  # type: ignore[arg-type]
    assert activate(db_session, member_id=child.id, birthday=CHILD, now=NOW, by="till").status == "active"


def test_a_consent_that_was_withdrawn_holds_no_more(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    for given in (True, False):
        record_consent(db_session, member_id=row.id, purpose="messages", given=given, wording="v1", by="till", now=NOW)
    record_consent(db_session, member_id=row.id, purpose="profiling", given=True, wording="v1", by="till", now=NOW)
    assert consents(db_session, row.id) == {"messages": False, "profiling": True}
    with pytest.raises(Invalid):
        record_consent(db_session, member_id=row.id, purpose="spam", given=True, wording="v1", by="till", now=NOW)
    with pytest.raises(ReasonNeeded):
        record_consent(db_session, member_id=row.id, purpose="messages", given=True, wording="", by="till", now=NOW)


def test_a_guardian_is_another_adult_of_the_brand(db_session: Session, store: Store) -> None:
    child, mother = member(db_session, store), member(db_session, store)
    prospect = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    young = member(db_session, store, birthday=date(2010, 1, 1))
    for unfit in (child, prospect, young):
        with pytest.raises(GuardianUnfit):
            set_guardian(db_session, member_id=child.id, guardian_id=unfit.id, by="till", now=NOW)
    set_guardian(db_session, member_id=child.id, guardian_id=mother.id, by="till", now=NOW)
    other = member(db_session, store)
    with pytest.raises(GuardianUnfit):  # nobody is answered for by somebody who is answered for
        set_guardian(db_session, member_id=other.id, guardian_id=child.id, by="till", now=NOW)


def test_a_family_of_two_grows_and_shrinks(db_session: Session, store: Store) -> None:
    one, two, three, four = (member(db_session, store) for _ in range(4))
    family = set_family(db_session, store_id=store.id, name="王家", member_ids=[one.id, two.id], by="till", now=NOW)
    set_family(db_session, store_id=store.id, name="?", member_ids=[one.id, three.id], by="till", now=NOW)
    assert [m.id for m in family_of(db_session, one)] == [two.id, three.id]
    assert family.name == "王家"
    leave_family(db_session, member_id=two.id, by="till", now=NOW)
    assert [m.id for m in family_of(db_session, one)] == [three.id]
    assert family_of(db_session, four) == []
    of_two = (MemberChange.member_id == two.id, MemberChange.field == "family_id")
    kept = db_session.scalars(select(MemberChange).where(*of_two).order_by(MemberChange.id))
    assert [(change.old, change.new) for change in kept] == [("", "王家"), ("王家", "")]
    with pytest.raises(NoFamily):
        set_family(db_session, store_id=store.id, name="x", member_ids=[one.id, one.id], by="till", now=NOW)


# -- duplicates and merging --------------------------------------------------------------------------------------------


def test_persons_who_may_be_the_same_are_found_with_the_reasons(db_session: Session, stores: dict[str, Store]) -> None:
    store = stores["S1"]
    first = member(db_session, store, name="陳玉", birthday=LATER, phone="+85266123456", email="Yu@example.com")
    second = member(db_session, store, name="陳玉", birthday=LATER, phone="+85366123456", email="yu@example.com")
    third = member(db_session, stores["S2"], name="陳玉", birthday=LATER)
    member(db_session, store, name="別人", birthday=LATER)
    found = find_duplicates(db_session)
    assert (found[0].first.id, found[0].second.id) == (first.id, second.id)
    assert set(found[0].reasons) == {"same_name_and_birthday", "same_email", "same_name_and_phone_end"}
    assert {pair.second.id for pair in find_duplicates(db_session, member_id=third.id)} == {third.id}
    db_session.commit()
    own = frozenset({store.id})
    with acting(Scope(reads=own, writes=own)):
        assert len(find_duplicates(db_session)) == 1


def test_pairs_that_were_told_apart_take_no_room_from_the_others(db_session: Session, store: Store) -> None:
    pairs = [[member(db_session, store, name=f"陳{n}", birthday=LATER) for _ in range(2)] for n in range(4)]
    for first, second in pairs[:3]:
        tell_apart(db_session, first_id=first.id, second_id=second.id, apart=True, by="hq", now=NOW)
    found = find_duplicates(db_session, at_most=1)
    assert [(pair.first.id, pair.second.id) for pair in found] == [(pairs[3][0].id, pairs[3][1].id)]
    assert len(find_duplicates(db_session, told_apart=True, at_most=2)) == 2
    (own,) = find_duplicates(db_session, member_id=pairs[3][1].id, at_most=1)
    assert own.first.id == pairs[3][0].id


def test_merging_moves_everything_and_keeps_the_history(db_session: Session, store: Store) -> None:
    old = member(db_session, store, name="陳玉", email="yu@example.com")
    new = register_prospect(db_session, store_id=store.id, phone="+8613800138000", now=NOW, name="陳玉")
    friend = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, referrer_id=old.id)
    held = card(db_session, old)
    record_consent(db_session, member_id=old.id, purpose="messages", given=True, wording="v1", by="till", now=NOW)
    wait_for_card(db_session, member_id=old.id, store_id=store.id, tier="gold", now=NOW)
    old_phone = old.phone
    merged = merge_members(db_session, from_id=old.id, into_id=new.id, reason="one person", by="chen", now=NOW)
    for row in (merged, old, friend, held):
        db_session.refresh(row)
    assert (merged.status, merged.tier, merged.phone, merged.email) == (
        "active",
        "ordinary",
        "+8613800138000",
        "yu@example.com",
    )
    assert (old.status, old.phone, old.merged_into_id, friend.referrer_id) == ("merged", None, merged.id, merged.id)
    assert (held.member_id, held.status) == (merged.id, "active")
    assert consents(db_session, merged.id) == {"messages": True}
    assert db_session.scalars(select(WaitingEntry.member_id)).one() == merged.id
    assert survivor(db_session, old.id) == merged.id
    found = at_till(db_session, merged.brand_id, card=held.number)
    assert found is not None
    assert found.id == merged.id
    assert at_till(db_session, merged.brand_id, phone=old_phone) is None
    history = db_session.scalars(select(MemberChange).filter_by(member_id=old.id, field="merged_into_id")).one()
    assert (history.new, history.reason, history.by) == (str(merged.id), "one person", "chen")


def test_of_two_cards_in_use_one_is_closed_and_its_place_given_back(db_session: Session, store: Store) -> None:
    one, two = member(db_session, store), member(db_session, store)
    first, second = card(db_session, one), card(db_session, two)
    limit = set_quota(db_session, brand_id=store.brand_id, tier="ordinary", allowed=2)
    merge_members(db_session, from_id=one.id, into_id=two.id, reason="one person", by="chen", now=NOW)
    for row in (first, second, limit):
        db_session.refresh(row)
    assert (first.status, first.member_id, second.status) == ("closed", two.id, "active")
    assert limit.used == 1


def test_the_later_answer_to_a_purpose_survives_a_merge(db_session: Session, store: Store) -> None:
    one, two = member(db_session, store), member(db_session, store)
    for row, given, days in ((one, False, 2), (two, True, 1)):
        record_consent(
            db_session,
            member_id=row.id,
            purpose="messages",
            given=given,
            wording="v1",
            by="till",
            now=NOW + timedelta(days=days),
        )
    merge_members(db_session, from_id=one.id, into_id=two.id, reason="one person", by="chen", now=NOW)
    assert consents(db_session, two.id) == {"messages": False}


def test_what_cannot_be_merged_is_refused_and_nothing_moves(db_session: Session, stores: dict[str, Store]) -> None:
    store = stores["S1"]
    one, two, elsewhere = member(db_session, store), member(db_session, store), member(db_session, stores["S2"])
    set_guardian(db_session, member_id=one.id, guardian_id=two.id, by="till", now=NOW)
    other_brand = member(db_session, store)
    brand = Brand(code="XB", name="x", currency="CNY")
    db_session.add(brand)
    db_session.flush()
    other_brand.brand_id = brand.id
    db_session.commit()

    def merge(source: Member, target: Member, reason: str = "one person") -> None:
        merge_members(db_session, from_id=source.id, into_id=target.id, reason=reason, by="chen", now=NOW)

    for source, target in ((one, one), (one, two), (two, one), (other_brand, two)):
        with pytest.raises(NotMergeable):
            merge(source, target)
        db_session.rollback()
    with pytest.raises(ReasonNeeded):
        merge(elsewhere, two, " ")
    own = frozenset({store.id})
    db_session.expunge_all()
    with acting(Scope(reads=own, writes=own)), pytest.raises(NotFound):
        merge(elsewhere, two)
    merge(elsewhere, two)
    with pytest.raises(NotMergeable):
        merge(elsewhere, two)
    with pytest.raises(NotActivated):
        set_family(db_session, store_id=store.id, name="x", member_ids=[elsewhere.id, two.id], by="till", now=NOW)


def test_an_erased_person_cannot_be_read_anywhere(db_session: Session, store: Store) -> None:
    row = member(
        db_session, store, name="林秘密", email="secret@example.com", district="秘密區", phone="+8613800138000"
    )
    twin = member(db_session, store, name="林秘密")
    merge_members(db_session, from_id=twin.id, into_id=row.id, reason="林秘密 is one person", by="chen", now=NOW)
    held = card(db_session, row)
    erased = erase_member(db_session, member_id=row.id, reason="asked for it", by="chen", now=NOW)
    for one in (erased, held):
        db_session.refresh(one)
    assert (erased.status, erased.phone, erased.birthday, held.status) == ("erased", None, None, "closed")
    everything = [
        str({c.name: getattr(found, c.name) for c in type(found).__table__.c})
        for model in (Member, MemberChange, Card, Consent)
        for found in db_session.scalars(select(model))
    ]
    assert not [text for text in everything if "秘密" in text or "13800138000" in text or "secret@" in text]
    with pytest.raises(WithdrawnConsent):
        record_consent(db_session, member_id=row.id, purpose="messages", given=True, wording="v1", by="till", now=NOW)
