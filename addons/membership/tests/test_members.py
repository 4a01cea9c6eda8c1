"""From a phone number to a member, or a clear no and nothing written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership.domain import age, as_kept, is_locked, masked_email, masked_phone, phone_number
from addons.membership.models import Lookup, Member, MemberChange
from addons.membership.queries import at_till
from addons.membership.services import activate, change_member, identify, register_prospect
from addons.membership.services.errors import (
    AlreadyActive,
    BadPhone,
    BirthdayNeeded,
    BirthdayNotPossible,
    FieldNotChangeable,
    MemberIncomplete,
    NameNeeded,
    OtherStoresClosed,
    PhoneTaken,
    ProgrammeOff,
)
from addons.membership.tests.people import NOW, card, member, phone
from addons.stores.models import Store
from core import settings
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope
from core.ids import has_luhn_digit
from rules.birthday import Birthday


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Member)) or 0


@pytest.mark.parametrize(
    ("written", "market", "kept"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("+852 5123 4567", "CN", "+85251234567"),
        ("51234567", "HK", "+85251234567"),
        ("6612 3456", "MO", "+85366123456"),
        ("0912-345-678", "TW", "+886912345678"),
    ],
)
def test_a_phone_number_is_kept_in_one_form(written: str, market: str, kept: str) -> None:
    assert phone_number(written, market) == kept


def test_a_prospect_begins_with_a_phone_number_alone(db_session: Session, store: Store) -> None:
    row = register_prospect(db_session, store_id=store.id, phone="13800138000", now=NOW)
    assert (row.status, row.tier, row.phone, row.name, str(row)) == ("prospect", "", "+8613800138000", "", row.number)
    assert has_luhn_digit(row.number)
    assert row.home_market.code == "CN"


@pytest.mark.parametrize("bad", ["", "123", "abc", "+86 1", "9" * 40, "１３８", "'; DROP TABLE membership_member; --"])
def test_what_is_no_phone_number_is_refused(db_session: Session, store: Store, bad: str) -> None:
    with pytest.raises(BadPhone):
        register_prospect(db_session, store_id=store.id, phone=bad, now=NOW)
    assert count(db_session) == 0


def test_a_second_person_with_the_number_is_refused_also_when_another_store_has_the_first(
    db_session: Session, stores: dict[str, Store]
) -> None:
    register_prospect(db_session, store_id=stores["S2"].id, phone="13800138000", now=NOW)
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(PhoneTaken):
        register_prospect(db_session, store_id=stores["S1"].id, phone="+86 138-0013-8000", now=NOW)
    assert count(db_session) == 1


def test_a_prospect_is_refused_outside_ones_stores_and_for_a_brand_without_a_programme(
    db_session: Session, stores: dict[str, Store]
) -> None:
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(OutOfScope):
        register_prospect(db_session, store_id=stores["S2"].id, phone=phone(), now=NOW)
    stores["S1"].brand.has_programme = False
    db_session.commit()
    with pytest.raises(ProgrammeOff):
        register_prospect(db_session, store_id=stores["S1"].id, phone=phone(), now=NOW)


def test_the_source_of_a_recruit_is_one_of_four_and_a_friend_is_a_member(db_session: Session, store: Store) -> None:
    friend = member(db_session, store)
    row = register_prospect(
        db_session, store_id=store.id, phone=phone(), now=NOW, recruited_by="referral", referrer_id=friend.id
    )
    assert (row.recruited_by, row.referrer_id) == ("referral", friend.id)
    with pytest.raises(Invalid):
        register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, recruited_by="telepathy")
    with pytest.raises(NotFound):
        register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW, referrer_id=row.id)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, NameNeeded),
        ({"name": "李梅"}, BirthdayNeeded),
        ({"name": " ", "birthday_declined": True}, NameNeeded),
        ({"birthday": date(1990, 1, 1)}, NameNeeded),
    ],
)
def test_activation_needs_the_three_fields(
    db_session: Session, store: Store, given: dict[str, Any], refusal: type[MemberIncomplete]
) -> None:
    row = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    with pytest.raises(refusal):
        activate(db_session, member_id=row.id, now=NOW, by="till", **given)
    assert row.status == "prospect"


def test_a_birthday_may_be_declined(db_session: Session, store: Store) -> None:
    row = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    activate(db_session, member_id=row.id, name="李梅", birthday_declined=True, now=NOW, by="till")
    assert (row.status, row.tier, row.activated_at, row.birthday_declined) == ("active", "ordinary", NOW, True)
    with pytest.raises(AlreadyActive):
        activate(db_session, member_id=row.id, name="李梅", birthday_declined=True, now=NOW, by="till")


def test_headquarters_may_ask_for_the_phone_number_alone(db_session: Session, store: Store) -> None:
    settings.change(db_session, name="membership.mandatory_fields", to="phone", by="hq", reason="campaign", now=NOW)
    settings.refresh(db_session)
    row = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    assert activate(db_session, member_id=row.id, now=NOW, by="till").status == "active"


@pytest.mark.parametrize("day", [date(2026, 5, 5), date(1899, 12, 31), date(9999, 1, 1)])
def test_a_birthday_is_a_day_in_the_past(db_session: Session, store: Store, day: date) -> None:
    row = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    with pytest.raises(BirthdayNotPossible):
        activate(db_session, member_id=row.id, name="李梅", birthday=day, now=NOW, by="till")
    assert row.status == "prospect"


def test_each_change_of_a_file_is_kept_with_who_and_why(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    changes = {"name": "王大明", "email": "", "district": "靜安"}
    change_member(db_session, member_id=row.id, changes=changes, by="chen", reason="typo", now=NOW)
    kept = db_session.scalars(select(MemberChange).where(MemberChange.by == "chen").order_by(MemberChange.id)).all()
    assert [(c.field, c.old, c.new, c.reason) for c in kept] == [
        ("name", "王小明", "王大明", "typo"),
        ("district", "", "靜安", "typo"),
    ]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"tier": "diamond"}, FieldNotChangeable),
        ({"birthday": date(2000, 1, 1)}, FieldNotChangeable),
        ({"store_id": 2}, FieldNotChangeable),
        ({"status": "active"}, FieldNotChangeable),
        ({"name": ""}, MemberIncomplete),
        ({"phone": ""}, MemberIncomplete),
        ({"phone": "12"}, BadPhone),
        ({"sex": "x"}, Invalid),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    db_session: Session, store: Store, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    row = member(db_session, store)
    db_session.commit()
    with pytest.raises(refusal):
        change_member(db_session, member_id=row.id, changes={"district": "靜安"} | changes, by="chen", now=NOW)
    db_session.rollback()
    db_session.refresh(row)
    assert (row.district, row.tier, row.name) == ("", "ordinary", "王小明")


def test_a_member_of_another_store_is_not_found_for_a_change(db_session: Session, stores: dict[str, Store]) -> None:
    row = member(db_session, stores["S2"])
    db_session.commit()
    db_session.expunge_all()
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(NotFound):
        change_member(db_session, member_id=row.id, changes={"name": "x"}, by="chen", now=NOW)
    with acting(Scope(reads=None, writes=own)), pytest.raises(OutOfScope):
        change_member(db_session, member_id=row.id, changes={"name": "x"}, by="chen", now=NOW)


def test_the_till_finds_a_member_of_any_store_by_card_or_phone_and_masks_the_contact(
    db_session: Session, stores: dict[str, Store]
) -> None:
    row = member(db_session, stores["S2"], phone="+8613800138000")
    number = card(db_session, row).number
    for found in (
        at_till(db_session, row.brand_id, card=number),
        at_till(db_session, row.brand_id, phone="+8613800138000"),
    ):
        assert found is not None
        assert (found.id, found.card_number, found.card_status, found.masked_phone) == (
            row.id,
            number,
            "active",
            "****8000",
        )
        assert "13800138000" not in str(found)
    assert at_till(db_session, row.brand_id + 1, card=number) is None
    assert at_till(db_session, row.brand_id, card="0") is None


def test_who_looked_whom_up_is_kept_also_when_nobody_was_found(db_session: Session, stores: dict[str, Store]) -> None:
    row = member(db_session, stores["S2"], phone="+8613800138000")
    db_session.commit()
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)):
        seen = identify(db_session, store_id=stores["S1"].id, phone="13800138000", by="cashier", now=NOW)
        nobody = identify(db_session, store_id=stores["S1"].id, card="123", by="cashier", now=NOW)
        with pytest.raises(OutOfScope):
            identify(db_session, store_id=stores["S2"].id, phone="13800138000", by="cashier", now=NOW)
        with pytest.raises(Invalid):
            identify(db_session, store_id=stores["S1"].id, by="cashier", now=NOW)
    assert seen is not None
    assert nobody is None
    kept = db_session.scalars(select(Lookup).order_by(Lookup.id)).all()
    assert [(k.member_id, k.how, k.by) for k in kept] == [(row.id, "phone", "cashier"), (None, "card", "cashier")]


def test_headquarters_may_let_stores_serve_their_own_only(db_session: Session, stores: dict[str, Store]) -> None:
    row = member(db_session, stores["S2"], phone="+8613800138000")
    settings.change(db_session, name="membership.other_stores", to="closed", by="hq", reason="x", now=NOW)
    settings.refresh(db_session)
    own, other = frozenset({stores["S1"].id}), frozenset({row.store_id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(OtherStoresClosed):
        identify(db_session, store_id=stores["S1"].id, phone="13800138000", by="cashier", now=NOW)
    with acting(Scope(reads=other, writes=other)):
        assert identify(db_session, store_id=row.store_id, phone="13800138000", by="cashier", now=NOW) is not None


def test_contacts_are_masked() -> None:
    assert masked_phone("+8613800138000") == "****8000"
    assert masked_phone(None) == ""
    assert masked_email("wang@example.com") == "w***@example.com"
    assert masked_email("") == ""


def test_ages_and_locks_at_their_edges() -> None:
    leap, today = date(2012, 2, 29), date(2026, 2, 28)
    assert age(leap, today) == 14
    assert age(leap, today - timedelta(days=1)) == 13
    assert age(None, today) is None
    assert is_locked((Birthday(date(1990, 5, 29)),), today, 90)
    assert not is_locked((Birthday(date(1990, 5, 30)),), today, 90)
    assert is_locked((None, Birthday(date(1990, 2, 28))), today, 0)
    assert is_locked((as_kept(date(1990, 10, 3), lunar=True),), date(2026, 6, 28), 89)  # 25 September by the moon
    assert not is_locked((as_kept(date(1990, 10, 3), lunar=True),), date(2026, 6, 27), 89)
    assert not is_locked((None,), today, 90)
