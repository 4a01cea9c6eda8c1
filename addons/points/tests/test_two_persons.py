"""Points that people correct, write off or collect: one asks, another one decides."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from addons.points import queries, services
from addons.points.models import Adjustment, Entry, Lot, ReasonCode, Review
from addons.points.tests.book import assert_sound, earn, reverse, spend, states
from addons.points.tests.test_visits_and_referrals import balance
from addons.vouchers.tests.shop import NOON, Shop
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound


@pytest.fixture
def counter(everywhere: Shop) -> Shop:
    return with_codes(everywhere)


def with_codes(shop: Shop) -> Shop:
    shop.session.add_all([ReasonCode(code="error", name="記錯更正"), ReasonCode(code="old", name="舊", active=False)])
    shop.session.flush()
    return shop


def ask(shop: Shop, member: int, points: int, code: str = "error", by: str = "ann") -> int:
    return services.ask_adjustment(
        shop.session, member_id=member, points=points, code=code, note="打錯了", by=by, now=NOON
    )


def decide(shop: Shop, number: int, by: str = "bob", *, approve: bool = True) -> Adjustment:
    return services.decide_adjustment(shop.session, adjustment_id=number, approve=approve, by=by, now=NOON)


def test_points_are_given_once_a_second_person_agrees(counter: Shop) -> None:
    shop = counter
    member = shop.member()
    number = ask(shop, member, 500)
    assert balance(shop, member) == 0
    assert decide(shop, number).state == "approved"
    assert balance(shop, member) == 500
    [lot] = shop.session.scalars(select(Lot))
    assert (lot.source, lot.points, str(lot.expires_on)) == ("adjust", 500, "2028-05-04")
    [entry] = shop.session.scalars(select(Entry))
    assert (entry.reason, entry.ref) == ("error", f"adjustment:{number}")  # why, and nothing that was written freely
    with pytest.raises(services.IsDecided):
        decide(shop, number)
    assert_sound(shop.session)


def test_points_are_taken_as_far_as_they_may_be_owed(counter: Shop) -> None:
    shop = counter
    member = shop.member()
    earn(shop, member, 100)
    decide(shop, ask(shop, member, -600))
    assert balance(shop, member) == -500
    assert states(shop.session) == {"adjusted": 600, "available": -500, "issued": -100}
    with pytest.raises(services.BalanceTooLow), shop.session.begin_nested():
        decide(shop, ask(shop, member, -4501))
    assert decide(shop, ask(shop, member, -4500)).state == "approved"
    assert decide(shop, ask(shop, member, 6000)).state == "approved"  # pays the debt first
    assert shop.session.scalars(select(Lot.remaining).where(Lot.remaining != 0)).all() == [1000]
    assert_sound(shop.session)


def test_nobody_decides_alone(counter: Shop) -> None:
    shop = counter
    number = ask(shop, shop.member(), 500)
    for approve in (True, False):
        with pytest.raises(services.NeedsSecondPerson):
            decide(shop, number, "ann", approve=approve)
    with pytest.raises(IntegrityError), shop.session.begin_nested():  # nor does the database let them
        shop.session.execute(Adjustment.__table__.update().values(state="approved", decided_by="ann"))
    assert decide(shop, number, approve=False).state == "refused"
    assert shop.session.scalars(select(Entry)).all() == []


def test_a_correction_needs_a_member_points_and_a_reason_of_the_list(counter: Shop) -> None:
    shop = counter
    member = shop.member()
    for points, code in ((0, "error"), (10**9 + 1, "error"), (5, "old"), (5, "new")):
        with pytest.raises(Invalid):
            ask(shop, member, points, code)
    with pytest.raises(NotFound):
        ask(shop, 99, 5)
    number = ask(shop, member, 5)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        with pytest.raises(NotFound):
            ask(shop, member, 5)
        with pytest.raises(NotFound):
            decide(shop, number)


def test_what_was_asked_for_a_file_follows_it_when_it_is_merged_and_says_nothing_of_who_is_erased(
    counter: Shop,
) -> None:
    shop = counter
    old, new = shop.member("1"), shop.member("2")
    number = ask(shop, old, 500)
    services.PERSON.merge(shop.session, old, new, NOON)
    shop.session.expire_all()
    decide(shop, number)
    assert (balance(shop, old), balance(shop, new)) == (0, 500)
    services.PERSON.erase(shop.session, new, NOON)
    shop.session.expire_all()
    assert shop.session.scalars(select(Adjustment.note)).all() == ["-"]


# --- the review queue ------------------------------------------------------------------------------------------------


def claim(shop: Shop, member: int) -> int:
    """Points of goods that came back, 3,000 of them beyond the lowest balance."""
    earn(shop, member, 8000, receipt_id=7)
    spend(shop, member, 8000)
    reverse(shop, member, 8000)
    return shop.session.scalars(select(Review.id)).one()


def propose(shop: Shop, number: int, outcome: str, by: str = "ann", reason: str = "out of reach") -> Review:
    return services.propose(shop.session, review_id=number, outcome=outcome, reason=reason, by=by, now=NOON)


def settle(shop: Shop, number: int, by: str = "bob", *, approve: bool = True) -> Review:
    return services.decide_review(shop.session, review_id=number, approve=approve, by=by, now=NOON)


def test_a_claim_is_written_off_by_two_persons(counter: Shop) -> None:
    shop = counter
    member = shop.member()
    number = claim(shop, member)
    with pytest.raises(services.NotAsked):
        settle(shop, number)
    propose(shop, number, "write_off")
    with pytest.raises(services.NeedsSecondPerson):
        settle(shop, number, "ann")
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(Review.__table__.update().values(state="written_off", decided_by="ann"))
    assert settle(shop, number).state == "written_off"
    assert states(shop.session) == {
        "available": -5000,
        "issued": -8000,
        "redeemed": 8000,
        "reversed": 8000,
        "written_off": -3000,
    }
    assert balance(shop, member) == -5000
    with pytest.raises(services.IsDecided):
        propose(shop, number, "collect")
    with pytest.raises(services.IsDecided):
        settle(shop, number)
    assert_sound(shop.session)


def test_a_claim_is_collected_once_the_member_can_give_it(counter: Shop) -> None:
    shop = counter
    member = shop.member()
    number = claim(shop, member)
    propose(shop, number, "collect")
    with pytest.raises(services.BalanceTooLow), shop.session.begin_nested():
        settle(shop, number)
    earn(shop, member, 2500, receipt_id=8)
    with pytest.raises(services.BalanceTooLow), shop.session.begin_nested():  # 500 short
        settle(shop, number)
    earn(shop, member, 5500, receipt_id=9)
    assert settle(shop, number).state == "collected"
    assert states(shop.session) == {"issued": -16000, "redeemed": 8000, "reversed": 8000}
    assert balance(shop, member) == 0
    assert_sound(shop.session)


def test_a_proposal_that_is_refused_lets_the_claim_wait_again(counter: Shop) -> None:
    shop = counter
    number = claim(shop, shop.member())
    for outcome, reason in (("write_off", " "), ("forget", "why not")):
        with pytest.raises(Invalid):
            propose(shop, number, outcome, reason=reason)
    propose(shop, number, "write_off")
    assert settle(shop, number, approve=False).state == "waiting"
    propose(shop, number, "collect", by="bob")
    propose(shop, number, "write_off", by="ann")  # the newer proposal counts
    assert settle(shop, number).state == "written_off"
    assert list(queries.audit(shop.session)) == []


def test_a_claim_is_of_ones_own_stores(counter: Shop) -> None:
    shop = counter
    number = claim(shop, shop.member())
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)), pytest.raises(NotFound):
        propose(shop, number, "write_off")
