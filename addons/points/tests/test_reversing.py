"""Goods come back: points go back into the lots they came from (C21), and nothing is lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from addons.points import queries, services
from addons.points.models import Account, Lot, Referral, Review
from addons.points.services import Reversal, Reversed
from addons.points.tests.book import TODAY, assert_sound, earn, reverse, spend, states
from addons.points.tests.test_visits_and_referrals import balance, refer
from addons.vouchers.tests.shop import NOON, Shop, at, open_shop
from core import settings as decisions
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import Invalid, OutOfScope
from rules.decide import Program


def left(shop: Shop) -> list[tuple[str, int]]:
    found = shop.session.execute(select(Lot.source, Lot.remaining).where(Lot.remaining != 0).order_by(Lot.id))
    return [(source, points) for source, points in found]


def test_points_go_back_out_of_the_lots_of_their_receipt(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 3000, of_purchase=1500, receipt_id=7)
    earn(shop, member, 500, receipt_id=8)
    assert queries.reversible(shop.session, 7) == queries.Earned(3000, 1500)
    assert reverse(shop, member, 700, of_purchase=350) == Reversed(700, 0, 0, 2800)
    assert left(shop) == [("purchase", 1150), ("bonus", 1150), ("purchase", 500)]
    assert queries.reversible(shop.session, 7) == queries.Earned(2300, 1150)
    assert reverse(shop, member, 2300, of_purchase=1150) == Reversed(2300, 0, 0, 500)
    assert queries.reversible(shop.session, 7) == queries.Earned(0, 0)
    assert left(shop) == [("purchase", 500)]
    assert_sound(shop.session)


def test_e22_the_500_line_of_e21_takes_350_of_its_1050_points(shop: Shop) -> None:
    member = shop.member()
    earn(shop, member, 1050)
    assert reverse(shop, member, 350) == Reversed(350, 0, 0, 700)


def test_what_still_waits_is_cancelled_first(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    decisions.change(
        shop.session, name="points.purchase_pending_days", to=14, by="hq", reason="return period", now=NOON
    )
    assert earn(shop, member, 1000) == 0
    assert reverse(shop, member, 400) == Reversed(400, 0, 0, 0)
    assert states(shop.session) == {"issued": -1000, "pending": 600, "reversed": 400}
    after = TODAY + timedelta(days=15)
    assert services.release_pending(shop.session, day=after, now=at(after)) == 1
    assert balance(shop, member) == 600
    assert_sound(shop.session)


def test_what_was_spent_already_becomes_a_debt_that_the_next_points_pay(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    spend(shop, member, 80)
    assert reverse(shop, member, 100) == Reversed(100, 80, 0, -80)
    assert left(shop) == [("debt", -80)]
    assert earn(shop, member, 50, receipt_id=8) == -30
    assert earn(shop, member, 100, receipt_id=9) == 70
    assert left(shop) == [("purchase", 70)]
    with pytest.raises(services.InsufficientPoints):
        spend(shop, member, 71)
    assert queries.state_many(shop.session, [member], TODAY)[member] == queries.PointsState(70, 70)
    assert states(shop.session) == {"available": 70, "issued": -250, "redeemed": 80, "reversed": 100}
    assert_sound(shop.session)


def test_other_points_pay_a_debt_at_once_and_the_lots_end_as_if_never_bought(everywhere: Shop) -> None:
    shop = everywhere
    returned, never = shop.member("1"), shop.member("2")
    earn(shop, returned, 100, receipt_id=7, day=TODAY - timedelta(days=3))
    for member in (returned, never):
        earn(shop, member, 50, receipt_id=8, day=TODAY - timedelta(days=2))
        earn(shop, member, 500, receipt_id=9)
        spend(shop, member, 80)
    assert reverse(shop, returned, 100) == Reversed(100, 80, 0, 470)
    kept = select(Lot.receipt_id, Lot.remaining).where(Lot.remaining != 0)
    as_sold, as_kept = (shop.session.execute(kept.where(Lot.member_id == m)).all() for m in (never, returned))
    assert as_sold == as_kept == [(9, 470)]
    assert_sound(shop.session)


def test_beyond_the_lowest_balance_it_waits_for_two_persons(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 8000, receipt_id=7)
    spend(shop, member, 8000)
    assert reverse(shop, member, 8000) == Reversed(5000, 5000, 3000, -5000)
    [claim] = shop.session.scalars(select(Review)).all()
    assert (claim.points, claim.state, claim.receipt_id, claim.member_id) == (3000, "waiting", 7, member)
    assert states(shop.session) == {
        "available": -5000,
        "issued": -8000,
        "queued": -3000,
        "redeemed": 8000,
        "reversed": 8000,
    }
    assert queries.reversible(shop.session, 7) == queries.Earned(0, 0)
    assert_sound(shop.session)


def test_where_no_debts_are_allowed_all_that_was_spent_waits(shop: Shop) -> None:
    member = shop.member()
    decisions.change(shop.session, name="points.lowest_balance", to=0, by="hq", reason="no debts", now=NOON)
    earn(shop, member, 100, receipt_id=7)
    earn(shop, member, 30, receipt_id=8)
    spend(shop, member, 80)
    assert reverse(shop, member, 100) == Reversed(50, 30, 50, 0)
    assert_sound(shop.session)


def test_several_receipts_are_taken_back_at_once_for_each_of_their_members(everywhere: Shop) -> None:
    shop = everywhere
    one, other = shop.member("1"), shop.member("2")
    earn(shop, one, 6000, receipt_id=7)
    spend(shop, one, 6000)
    earn(shop, one, 100, receipt_id=8)
    earn(shop, other, 50, receipt_id=9)
    wanted = [
        Reversal(one, shop.store_id, 7, 6000, 6000, TODAY),
        Reversal(one, shop.stores[1], 8, 100, 100, TODAY),
        Reversal(other, shop.store_id, 9, 20, 20, TODAY),
    ]
    done = services.reverse(shop.session, reversals=wanted, now=NOON)
    assert done == {one: Reversed(5100, 5000, 1000, -5000), other: Reversed(20, 0, 0, 30)}
    assert_sound(shop.session)


def test_no_more_goes_back_than_was_earned(shop: Shop) -> None:
    member, other = shop.member("1"), shop.member("2")
    earn(shop, member, 300, of_purchase=200)
    for points, of_purchase, receipt in ((301, 200, 7), (201, 201, 7), (10, 11, 7), (-1, 0, 7), (1, 1, 99)):
        with pytest.raises(Invalid):
            reverse(shop, member, points, of_purchase=of_purchase, receipt=receipt)
    with pytest.raises(Invalid):
        reverse(shop, other, 1)  # whose receipt it is not
    with pytest.raises(Invalid):
        reverse(shop, 99, 1)
    twice = [Reversal(member, shop.store_id, 7, 10, 10, TODAY)] * 2
    with pytest.raises(Invalid):
        services.reverse(shop.session, reversals=twice, now=NOON)
    assert reverse(shop, member, 0) == Reversed(0, 0, 0, 300)
    assert reverse(shop, member, 300, of_purchase=200).points == 300
    with pytest.raises(Invalid):
        reverse(shop, member, 1)
    assert services.reverse(shop.session, reversals=[], now=NOON) == {}
    assert_sound(shop.session)


def test_goods_come_back_in_a_store_of_ones_own(shop: Shop) -> None:
    member = shop.member()
    earn(shop, member, 100, receipt_id=7)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        with pytest.raises(OutOfScope):
            reverse(shop, member, 10)
        there = Reversal(member, shop.stores[1], 7, 10, 10, TODAY)  # sold elsewhere, brought back here
        assert services.reverse(shop.session, reversals=[there], now=NOON)[member].points == 10


def test_points_of_a_file_that_was_merged_are_found_where_they_went(everywhere: Shop) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    earn(shop, old, 100, receipt_id=7)
    spend(shop, old, 40)
    services.PERSON.merge(shop.session, old, new, NOON)
    _remember_merge(shop, old, new)
    assert reverse(shop, old, 100) == Reversed(100, 40, 0, -40)
    assert (balance(shop, old), balance(shop, new)) == (0, -40)
    assert_sound(shop.session)


def _remember_merge(shop: Shop, old: int, new: int) -> None:
    from addons.membership.models import Member

    member = shop.session.get_one(Member, old)
    member.status, member.merged_into_id, member.phone = "merged", new, None
    shop.session.flush()


def test_a_debt_moves_with_a_merged_file_as_far_as_the_lowest_balance_allows(everywhere: Shop) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    for member, receipt in ((old, 7), (new, 8)):
        earn(shop, member, 4000, receipt_id=receipt)
        spend(shop, member, 4000)
        reverse(shop, member, 4000, receipt=receipt)
    services.PERSON.merge(shop.session, old, new, NOON)
    assert (balance(shop, old), balance(shop, new)) == (0, -5000)
    assert shop.session.scalars(select(Review.points)).all() == [3000]
    assert_sound(shop.session)


def test_a_debt_of_a_merged_file_is_paid_by_the_other(everywhere: Shop) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    earn(shop, old, 300, receipt_id=7)
    spend(shop, old, 300)
    reverse(shop, old, 300)
    earn(shop, new, 1000, receipt_id=8)
    services.PERSON.merge(shop.session, old, new, NOON)
    assert left(shop) == [("purchase", 700)]
    assert shop.session.get_one(Account, old).balance == 0
    assert_sound(shop.session)


def test_eight_tills_take_the_points_of_one_receipt_back_once(every_database: Engine) -> None:
    """Without the guard on what was taken back of a lot, tills that read the same receipt would all take it."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        earn(shop, member, 100)
        spend(shop, member, 95)

    def give_back(attempt: int) -> bool:
        def command(session: Session) -> dict[str, int]:
            reversal = Reversal(member, shop.store_id, 7, 10, 10, TODAY)
            return {"points": services.reverse(session, reversals=[reversal], now=NOON)[member].points}

        with system_scope("test"):
            try:
                return not post(Operation("test.reverse", f"reverse-{attempt}", {"n": attempt}), command).repeated
            except Invalid:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give_back, range(40))) == 10
    with system_scope("test"), work() as session:
        assert session.get_one(Account, member).balance == -95
        assert_sound(session)


# --- the reward for bringing a friend ------------------------------------------------------------------------------


def shrink(shop: Shop, program: Program, net: int, day: date = TODAY) -> int:
    return services.shrink_referral(shop.session, receipt_id=5, first_net=net, now=at(day), program=program)


def test_a_reward_that_waits_shrinks_with_the_first_receipt(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    referrer, friend = shop.member("1"), shop.member("2")
    assert refer(shop, program, friend, referrer) == 705
    assert shrink(shop, program, 100_000) == 405
    assert shrink(shop, program, 200_000) == 0  # it never grows again
    after = TODAY + timedelta(days=15)
    services.release_pending(shop.session, day=after, now=at(after))
    assert balance(shop, referrer) == 300
    [reward] = shop.session.scalars(select(Referral)).all()
    assert (reward.points, reward.first_net, reward.state) == (300, 100_000, "released")
    assert_sound(shop.session)


def test_a_first_receipt_that_comes_back_whole_leaves_no_reward(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    referrer, friend = shop.member("1"), shop.member("2")
    refer(shop, program, friend, referrer)
    assert shrink(shop, program, 0) == 705
    assert shrink(shop, program, 0) == 0
    after = TODAY + timedelta(days=15)
    assert services.release_pending(shop.session, day=after, now=at(after)) == 0
    assert (balance(shop, referrer), queries.referral_of(shop.session, friend)) == (0, "cancelled")
    assert states(shop.session) == {"issued": -705, "reversed": 705}
    assert_sound(shop.session)


def test_a_reward_that_was_given_is_taken_back(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    referrer, friend = shop.member("1"), shop.member("2")
    refer(shop, program, friend, referrer)
    after = TODAY + timedelta(days=15)
    services.release_pending(shop.session, day=after, now=at(after))
    spend(shop, referrer, 700, now=at(after))
    assert shrink(shop, program, 0, after) == 705
    assert balance(shop, referrer) == -700
    assert_sound(shop.session)


def test_the_rules_decide_anew_with_what_they_were_told_then(shop: Shop, program: Program) -> None:
    """The referrer is staff now; that takes nothing from what she earned before."""
    from addons.membership.models import Member

    referrer, friend = shop.member("1"), shop.member("2")
    refer(shop, program, friend, referrer)
    shop.session.get_one(Member, referrer).is_staff = True
    shop.session.flush()
    assert shrink(shop, program, 200_000) == 105


def test_a_receipt_that_brought_no_reward_takes_none(shop: Shop, program: Program) -> None:
    assert shrink(shop, program, 0) == 0
