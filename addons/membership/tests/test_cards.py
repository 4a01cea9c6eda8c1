"""Cards: issued, activated, lost, replaced, converted; quotas and those who wait."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.models import Card, CardSegment, Member, TierQuota, WaitingEntry
from addons.membership.queries import at_till, waiting
from addons.membership.services import (
    activate_card,
    close_card,
    convert_card,
    enrol,
    issue_card,
    leave_waiting,
    open_segment,
    register_prospect,
    replace_card,
    report_loss,
    set_quota,
    wait_for_card,
)
from addons.membership.services.errors import (
    CardHeld,
    CardNotIssued,
    CardNotUsable,
    CardNumberUnknown,
    CardNumberUsed,
    DirectIssue,
    NoCardNumbers,
    NotActivated,
    NothingToConvert,
    NoWaitingList,
    QuotaFull,
    ReasonNeeded,
    SegmentNotPossible,
    SegmentTaken,
)
from addons.membership.services.numbers import with_check_digit
from addons.membership.tests.people import NOW, card, member, phone
from addons.stores.models import Store
from core import settings
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope
from core.ids import has_luhn_digit


def issue(session: Session, row: Member, **more: object) -> Card:
    return issue_card(session, member_id=row.id, store_id=row.store_id, now=NOW, by="till", **more)  # type: ignore[arg-type]


def test_a_card_is_issued_then_activated(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    issued = issue(db_session, row)
    assert (issued.status, issued.tier, issued.activated_at) == ("issued", "ordinary", None)
    assert has_luhn_digit(issued.number)
    active = activate_card(db_session, card_id=issued.id, now=NOW, by="till")
    assert (active.status, active.activated_at) == ("active", NOW)
    with pytest.raises(CardNotIssued):
        activate_card(db_session, card_id=issued.id, now=NOW, by="till")


def test_a_customer_is_enrolled_in_one_step(db_session: Session, store: Store) -> None:
    done = enrol(
        db_session,
        store_id=store.id,
        phone=phone(),
        name="李梅",
        birthday_declined=True,
        now=NOW,
        by="till",
        sex="female",
    )
    assert (done.status, done.tier, done.member.status, done.member.sex) == ("active", "ordinary", "active", "female")  # type: ignore[union-attr]


def test_numbers_follow_one_another_and_skip_those_given_by_hand(db_session: Session, store: Store) -> None:
    segment = db_session.scalars(select(CardSegment).filter_by(store_id=store.id, tier="ordinary")).one()
    second = with_check_digit(segment.first + 1)
    by_hand = issue(db_session, member(db_session, store), number=f"{second[:4]} {second[4:]}")
    drawn = [issue(db_session, member(db_session, store)).number for _ in range(2)]
    assert by_hand.number == second
    assert drawn == [with_check_digit(segment.first), with_check_digit(segment.first + 2)]


def test_a_number_that_is_mistyped_used_or_of_another_store_or_tier_is_refused(
    db_session: Session, stores: dict[str, Store]
) -> None:
    store = stores["S1"]
    row = member(db_session, store)
    used = issue(db_session, member(db_session, store)).number
    elsewhere = db_session.scalars(select(CardSegment).filter_by(store_id=stores["S2"].id, tier="ordinary")).one()
    gold = db_session.scalars(select(CardSegment).filter_by(store_id=store.id, tier="gold")).one()
    wrong_digit = used[:-1] + str((int(used[-1]) + 1) % 10)
    unknown = [wrong_digit, with_check_digit(elsewhere.first), with_check_digit(gold.first), "0", "x" * 99, "１２３４"]
    for number in unknown:
        with pytest.raises(CardNumberUnknown):
            issue(db_session, row, number=number)
    with pytest.raises(CardNumberUsed):
        issue(db_session, row, number=used)
    assert db_session.scalars(select(Card).filter_by(member_id=row.id)).all() == []


def test_a_prospect_and_a_member_with_a_card_get_none(db_session: Session, store: Store) -> None:
    prospect = register_prospect(db_session, store_id=store.id, phone=phone(), now=NOW)
    with pytest.raises(NotActivated):
        issue(db_session, prospect)
    row = member(db_session, store)
    issue(db_session, row)
    with pytest.raises(CardHeld):
        issue(db_session, row)
    with pytest.raises(NotFound):
        issue_card(db_session, member_id=999, store_id=store.id, now=NOW, by="till")


@pytest.mark.parametrize("tier", ["gold", "diamond"])
def test_gold_and_diamond_are_not_issued_directly(db_session: Session, store: Store, tier: str) -> None:
    row = member(db_session, store)
    with pytest.raises(DirectIssue):
        issue(db_session, row, tier=tier)
    assert row.tier == "ordinary"
    settings.change(db_session, name="membership.direct_issue", to=True, by="hq", reason="launch", now=NOW)
    settings.refresh(db_session)
    assert issue(db_session, row, tier=tier).tier == row.tier == tier


def test_a_lost_card_is_dead_and_its_replacement_takes_over(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    first = card(db_session, row)
    report_loss(db_session, card_id=first.id, now=NOW, by="till")
    found = at_till(db_session, row.brand_id, card=first.number)
    assert found is not None
    assert found.card_status == "lost"
    with pytest.raises(CardNotUsable):
        report_loss(db_session, card_id=first.id, now=NOW, by="till")
    second = replace_card(db_session, card_id=first.id, store_id=store.id, now=NOW, by="till")
    assert (first.status, second.status, second.replaces_id) == ("replaced", "issued", first.id)
    activate_card(db_session, card_id=second.id, now=NOW, by="till")
    assert second.number != first.number
    with pytest.raises(CardNotUsable):
        replace_card(db_session, card_id=first.id, store_id=store.id, now=NOW, by="till")


def test_on_an_upgrade_the_card_is_converted(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    first = card(db_session, row)
    with pytest.raises(NothingToConvert):
        convert_card(db_session, member_id=row.id, store_id=store.id, now=NOW, by="till")
    row.tier = "gold"  # what the ladder does
    gold = convert_card(db_session, member_id=row.id, store_id=store.id, now=NOW, by="till")
    assert (gold.tier, gold.status, first.status, first.ended_at) == ("gold", "active", "converted", NOW)


def test_a_store_that_runs_out_of_numbers_says_so(db_session: Session, store: Store) -> None:
    segment = db_session.scalars(select(CardSegment).filter_by(store_id=store.id, tier="ordinary")).one()
    segment.next = segment.last
    issue(db_session, member(db_session, store))
    with pytest.raises(NoCardNumbers):
        issue(db_session, member(db_session, store))
    open_segment(db_session, store_id=store.id, tier="ordinary", first=70_000_000, last=70_000_000, series="B")
    assert issue(db_session, member(db_session, store)).series == "B"


def test_segments_never_overlap_not_even_those_one_cannot_see(db_session: Session, stores: dict[str, Store]) -> None:
    db_session.commit()
    own = frozenset({stores["S1"].id})
    other = db_session.scalars(select(CardSegment).filter_by(store_id=stores["S2"].id)).first()
    assert other is not None
    with acting(Scope(reads=own, writes=own)):
        for first, last in ((other.first, other.first), (other.last, other.last + 5), (1, 10**17)):
            with pytest.raises(SegmentTaken):
                open_segment(db_session, store_id=stores["S1"].id, tier="gold", first=first, last=last)
        for first, last in ((0, 5), (9, 8), (-1, 5), (5, 10**18)):
            with pytest.raises(SegmentNotPossible):
                open_segment(db_session, store_id=stores["S1"].id, tier="gold", first=first, last=last)
        with pytest.raises(OutOfScope):
            open_segment(db_session, store_id=stores["S2"].id, tier="gold", first=5, last=6)


def test_a_card_is_not_issued_by_a_store_that_is_not_ones_own(db_session: Session, stores: dict[str, Store]) -> None:
    row = member(db_session, stores["S1"])
    db_session.commit()
    own = frozenset({stores["S1"].id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(OutOfScope):
        issue_card(db_session, member_id=row.id, store_id=stores["S2"].id, now=NOW, by="till")


def quota(session: Session, store: Store, allowed: int, **more: object) -> TierQuota:
    return set_quota(session, brand_id=store.brand_id, tier="ordinary", allowed=allowed, **more)  # type: ignore[arg-type]


def test_a_full_quota_refuses_and_the_first_who_waits_is_served_first(db_session: Session, store: Store) -> None:
    limit = quota(db_session, store, 1)
    first, second, third = (member(db_session, store) for _ in range(3))
    held = card(db_session, first)
    for row in (second, third):
        with pytest.raises(QuotaFull):
            issue(db_session, row)
        wait_for_card(db_session, member_id=row.id, store_id=store.id, tier="ordinary", now=NOW)
    again = wait_for_card(db_session, member_id=second.id, store_id=store.id, tier="ordinary", now=NOW)
    assert [entry.member_id for entry in waiting(db_session, "ordinary")] == [second.id, third.id]
    close_card(db_session, card_id=held.id, reason="left the programme", now=NOW, by="till")
    with pytest.raises(QuotaFull):  # the place is for who waits longer
        issue(db_session, third)
    issue(db_session, second)
    db_session.refresh(again)
    db_session.refresh(limit)
    assert (again.status, limit.used) == ("served", 1)
    left = leave_waiting(db_session, entry_id=waiting(db_session, "ordinary")[0].id, now=NOW)
    assert left.status == "left"
    with pytest.raises(NotFound):
        leave_waiting(db_session, entry_id=left.id, now=NOW)


def test_replacing_and_converting_keep_the_count_of_a_quota_right(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    first = card(db_session, row)
    limit = quota(db_session, store, 1)
    assert limit.used == 1  # cards out already count
    second = replace_card(db_session, card_id=first.id, store_id=store.id, now=NOW, by="till")
    activate_card(db_session, card_id=second.id, now=NOW, by="till")
    db_session.refresh(limit)
    assert limit.used == 1
    row.tier = "gold"
    convert_card(db_session, member_id=row.id, store_id=store.id, now=NOW, by="till")
    db_session.refresh(limit)
    assert limit.used == 0


def test_a_quota_of_one_store_does_not_bind_another(db_session: Session, stores: dict[str, Store]) -> None:
    quota(db_session, stores["S1"], 0, store_id=stores["S1"].id)
    with pytest.raises(QuotaFull):
        issue(db_session, member(db_session, stores["S1"]))
    assert issue(db_session, member(db_session, stores["S2"])).status == "issued"


def test_a_quota_of_a_series_binds_that_series(db_session: Session, store: Store) -> None:
    open_segment(db_session, store_id=store.id, tier="ordinary", first=71_000_000, last=71_000_009, series="lim")
    quota(db_session, store, 0, series="lim")
    with pytest.raises(QuotaFull):
        issue(db_session, member(db_session, store), number=with_check_digit(71_000_003))
    assert issue(db_session, member(db_session, store)).series == ""


def test_only_headquarters_sets_quotas_and_waiting_can_be_switched_off(db_session: Session, store: Store) -> None:
    row = member(db_session, store)
    db_session.commit()
    with acting(Scope(reads=None, writes=frozenset({store.id}))), pytest.raises(OutOfScope):
        quota(db_session, store, 5)
    with pytest.raises(Invalid):
        quota(db_session, store, -1)
    settings.change(db_session, name="membership.waiting_list", to=False, by="hq", reason="x", now=NOW)
    settings.refresh(db_session)
    with pytest.raises(NoWaitingList):
        wait_for_card(db_session, member_id=row.id, store_id=store.id, tier="ordinary", now=NOW)
    assert db_session.scalars(select(WaitingEntry)).all() == []


def test_closing_a_card_needs_a_reason(db_session: Session, store: Store) -> None:
    held = card(db_session, member(db_session, store))
    with pytest.raises(ReasonNeeded):
        close_card(db_session, card_id=held.id, reason=" ", now=NOW, by="till")
    assert held.status == "active"
