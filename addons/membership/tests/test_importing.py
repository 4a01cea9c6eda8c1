"""Members from a file: added, completed, left out with a reason; the second time nothing changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member, MemberChange, WaitingEntry
from addons.membership.queries import at_till
from addons.membership.schemas import MemberRecordSchema
from addons.membership.services import ImportResult, import_members, set_quota
from addons.membership.services.errors import (
    BadPhone,
    BirthdayLocked,
    BirthdayNotPossible,
    CardHeld,
    CardNumberUsed,
    GuardianNeeded,
    NoCardNumbers,
    PhoneTaken,
)
from addons.membership.tests.people import NOW, card, member, phone
from addons.stores.models import Store
from core.db.scope import Scope, acting
from core.errors import NotFound, OutOfScope
from core.testing.statements import statements


def take(session: Session, rows: list[dict[str, Any]], **more: Any) -> ImportResult:
    return import_members(session, rows, by="import", now=NOW, **more)


def row(number: str = "13800138000", **more: Any) -> dict[str, Any]:
    return {"store": "S1", "phone": number, "name": "王小明", "birthday": date(1990, 10, 1)} | more


def told(result: ImportResult) -> list[tuple[int, type]]:
    return [(r.index, type(r.refusal)) for r in result.rejected]


def test_complete_rows_become_members_and_others_prospects(db_session: Session, store: Store) -> None:
    rows = [
        row(joined_on=date(2024, 3, 1), sex="male"),
        {"store": "S1", "phone": "13800138001"},
        row("13800138002", birthday=None, birthday_declined=True),
    ]
    result = take(db_session, rows)
    assert (result.added, result.rejected) == (3, [])
    members = {m.phone: m for m in db_session.scalars(select(Member))}
    first, second, third = (members[f"+861380013800{n}"] for n in range(3))
    assert result.member_ids == [first.id, second.id, third.id]
    assert [m.status for m in (first, second, third)] == ["active", "prospect", "active"]
    assert (first.tier, first.sex, first.activated_at) == ("ordinary", "male", first.joined_at)
    assert first.joined_at.isoformat() == "2024-02-29T16:00:00+00:00"  # midnight in Shanghai
    assert len({m.number for m in members.values()}) == 3


def test_the_same_file_again_changes_nothing(db_session: Session, store: Store) -> None:
    rows = [row(), row("13800138001", card="OLD0001"), {"store": "S1", "phone": "13800138002"}]
    first, second = take(db_session, rows), take(db_session, rows)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 3)
    assert second.member_ids == first.member_ids
    assert db_session.scalars(select(MemberChange)).all() == []
    assert db_session.scalar(select(func.count()).select_from(Card)) == 1


def test_a_prospect_is_completed_and_the_change_is_kept(db_session: Session, store: Store) -> None:
    take(db_session, [{"store": "S1", "phone": "13800138000"}])
    result = take(db_session, [row()])
    assert (result.added, result.changed) == (0, 1)
    assert db_session.scalars(select(Member)).one().status == "active"
    assert {c.field for c in db_session.scalars(select(MemberChange))} >= {"name", "birthday", "status", "tier"}


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        (row("12345"), BadPhone),
        (row("13800138055", store="nowhere"), NotFound),
        (row("13800138055", birthday=date(2016, 1, 1)), GuardianNeeded),
        (row("13800138055", birthday=date(2027, 1, 1)), BirthdayNotPossible),
        (row(name="別人"), PhoneTaken),
    ],
)
def test_a_bad_row_is_left_out_and_the_others_are_taken(
    db_session: Session, store: Store, bad: dict[str, Any], refusal: type
) -> None:
    result = take(db_session, [row(), bad, row("13800138001")])
    assert (result.added, told(result)) == (2, [(1, refusal)])
    assert result.member_ids[1] is None
    assert db_session.scalar(select(func.count()).select_from(Member)) == 2


def test_a_number_known_under_another_name_is_not_overwritten(db_session: Session, store: Store) -> None:
    take(db_session, [row()])
    assert told(take(db_session, [row(name="李四")])) == [(0, PhoneTaken)]
    assert db_session.scalars(select(Member)).one().name == "王小明"


def test_a_birthday_used_soon_is_not_changed_by_a_file(db_session: Session, store: Store) -> None:
    take(db_session, [row()])
    assert told(take(db_session, [row(birthday=date(1990, 5, 4))])) == [(0, BirthdayLocked)]
    assert take(db_session, [row(birthday=date(1990, 10, 2))]).changed == 1


def test_a_member_of_another_store_is_not_touched(db_session: Session, stores: dict[str, Store]) -> None:
    take(db_session, [row(store="S2", name="", birthday=None)])
    db_session.commit()
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)):
        assert told(take(db_session, [row(), row("13800138001", store="S2")])) == [(1, OutOfScope), (0, OutOfScope)]
    assert db_session.scalars(select(Member)).one().status == "prospect"


def test_cards_in_use_come_along_and_are_found_at_the_till(db_session: Session, store: Store) -> None:
    held = card(db_session, member(db_session, store))
    rows = [
        row(card="OLD0001", joined_on=date(2024, 3, 1)),
        row("13800138001", card="OLD0001"),
        row("13800138002", card=held.number),
    ]
    result = take(db_session, rows)
    assert told(result) == [(1, CardNumberUsed), (2, CardNumberUsed)]
    found = at_till(db_session, store.brand_id, card="OLD0001")
    assert found is not None
    assert (found.card_status, found.card_activated_at) == ("active", found.joined_at)
    assert told(take(db_session, [row(card="OLD0002")])) == [(0, CardHeld)]


def test_cards_are_issued_from_the_stores_numbers_when_asked(db_session: Session, stores: dict[str, Store]) -> None:
    rows = [row(f"138001380{n:02}", store="S1" if n % 2 else "S2") for n in range(20)]
    take(db_session, rows, issue_cards=True)
    take(db_session, rows, issue_cards=True)
    cards = db_session.scalars(select(Card)).all()
    assert len({c.number for c in cards}) == len(cards) == 20
    assert {c.status for c in cards} == {"active"}
    with pytest.raises(NoCardNumbers):
        take(db_session, [row(f"13900138{n:03}") for n in range(101)], issue_cards=True)


def test_who_finds_the_quota_full_waits(db_session: Session, store: Store) -> None:
    set_quota(db_session, brand_id=store.brand_id, tier="ordinary", allowed=2)
    result = take(db_session, [row(f"1380013800{n}") for n in range(3)], issue_cards=True)
    assert result.added == 3
    assert db_session.scalar(select(func.count()).select_from(Card)) == 2
    assert db_session.scalars(select(WaitingEntry.member_id)).one() == result.member_ids[2]


def test_a_row_from_outside_is_checked() -> None:
    load = MemberRecordSchema().load
    assert load({"store": "S1", "phone": "13800138000", "birthday": "1990-10-01"})["birthday"] == date(1990, 10, 1)
    for bad in ({"tier": "diamond"}, {"birthday": "1990-02-30"}, {"sex": "x"}, {"card": "x" * 25}, {"email": "a b"}):
        with pytest.raises(ValidationError):
            load({"store": "S1", "phone": "13800138000"} | bad)
    with pytest.raises(ValidationError):
        load({"store": "S1"})


def test_members_come_in_by_the_thousand(db_session: Session, store: Store) -> None:
    schema = MemberRecordSchema()
    given = [row(phone(), birthday="1990-10-01", card=f"K{n:06}", joined_on="2024-01-01") for n in range(2000)]
    with statements(db_session) as seen:
        result = take(db_session, [schema.load(one) for one in given])
    assert (result.added, result.rejected) == (2000, [])
    assert len(seen) <= 30
