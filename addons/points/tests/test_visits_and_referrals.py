"""Points for coming by (C22: E17) and for bringing friends (C16: E16)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from addons.points import queries, services
from addons.points.models import Entry, Lot, Referral, Visit
from addons.points.tests.book import assert_sound
from addons.vouchers.tests.shop import NOON, Shop, at
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope
from rules.decide import Program

TODAY = date(2026, 5, 4)


def visit(shop: Shop, program: Program, member: int, day: date = TODAY, **more: object) -> services.Visited:
    facts = {
        "member_id": member,
        "store_id": shop.store_id,
        "invited": True,
        "confirmed_by": "guide",
        "now": at(day),
        "program": program,
    }
    return services.record_visit(shop.session, **(facts | more))  # type: ignore[arg-type]


def refer(shop: Shop, program: Program, friend: int, referrer: int, net: int = 235_050) -> int:
    return services.refer(
        shop.session,
        friend_id=friend,
        referrer_id=referrer,
        store_id=shop.store_id,
        receipt_id=5,
        first_net=net,
        now=NOON,
        program=program,
    )


def balance(shop: Shop, member: int) -> int:
    return queries.state_many(shop.session, [member], TODAY)[member].balance


def test_e17_an_invited_visit_gives_10_points_and_a_second_that_day_none(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    assert visit(shop, program, member)[1:] == (10, 10, 0)
    assert visit(shop, program, member)[1:] == (0, 10, 0)
    kept = shop.session.execute(select(Visit.points, Visit.rule, Visit.invited)).all()
    assert kept == [(10, "visit-points", True), (0, "", True)]
    assert queries.state_many(shop.session, [member], TODAY)[member].purchase_12m == 0
    assert_sound(shop.session)


def test_four_visits_a_month_give_points_and_the_next_month_begins_anew(shop: Shop, program: Program) -> None:
    member = shop.member()
    days = [date(2026, 5, n) for n in (4, 5, 6, 7, 8, 31)] + [date(2026, 6, 1)]
    assert [visit(shop, program, member, day).points for day in days] == [10, 10, 10, 10, 0, 0, 10]
    assert balance(shop, member) == 50


def test_a_visit_counts_in_every_store_but_once(shop: Shop, program: Program) -> None:
    member = shop.member()
    visit(shop, program, member, invited=False)
    assert visit(shop, program, member, store_id=shop.stores[1]).points == 0


def test_a_visit_needs_a_member_a_store_of_ones_own_and_somebody_who_confirms(shop: Shop, program: Program) -> None:
    member = shop.member()
    with pytest.raises(Invalid):
        visit(shop, program, member, confirmed_by=" ")
    with pytest.raises(NotFound):
        visit(shop, program, 999)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)), pytest.raises(OutOfScope):
        visit(shop, program, member)
    assert shop.session.scalars(select(Visit)).all() == []


def test_e16_a_friends_first_receipt_of_2350_50_promises_705_points(shop: Shop, program: Program) -> None:
    referrer, friend = shop.member("1"), shop.member("2")
    assert refer(shop, program, friend, referrer) == 705
    assert balance(shop, referrer) == 0
    [promised] = shop.session.scalars(select(Referral)).all()
    assert (promised.state, promised.points, promised.due_on) == ("pending", 705, TODAY + timedelta(days=14))
    [entry] = shop.session.scalars(select(Entry)).all()
    assert (entry.kind, entry.from_state, entry.to_state, entry.points) == ("referral", "issued", "pending", 705)
    assert_sound(shop.session)


def test_a_promise_is_kept_when_the_return_period_is_over_and_once(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    referrer, friend = shop.member("1"), shop.member("2")
    refer(shop, program, friend, referrer)
    last = TODAY + timedelta(days=14)
    assert services.release_pending(shop.session, day=last, now=at(last)) == 0
    after = last + timedelta(days=1)
    assert services.release_pending(shop.session, day=after, now=at(after)) == 1
    assert services.release_pending(shop.session, day=after, now=at(after)) == 0
    assert balance(shop, referrer) == 705
    entry = shop.session.scalars(select(Entry).order_by(Entry.number)).all()[-1]
    assert (entry.kind, entry.change, entry.receipt_id, entry.rule) == ("mature", 705, 5, "referral-share")
    assert queries.referral_of(shop.session, friend) == "released"
    assert_sound(shop.session)


def test_no_friend_is_worth_more_than_3000_points(shop: Shop, program: Program) -> None:
    referrer = shop.member("1")
    assert refer(shop, program, shop.member("2"), referrer, 1_000_000) == 3000
    assert refer(shop, program, shop.member("3"), referrer, 1_000_400) == 3000
    assert refer(shop, program, shop.member("4"), referrer, 999_600) == 2998


def test_a_friend_counts_once(shop: Shop, program: Program) -> None:
    referrer, other, friend = shop.member("1"), shop.member("2"), shop.member("3")
    assert refer(shop, program, friend, referrer) == 705
    assert refer(shop, program, friend, referrer) == 0
    assert refer(shop, program, friend, other) == 0
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(
            Referral.__table__.insert(),
            {
                "friend_id": friend,
                "referrer_id": other,
                "store_id": shop.store_id,
                "first_net": 1,
                "points": 1,
                "state": "pending",
                "due_on": TODAY,
                "at": NOON,
                "rule": "",
            },
        )


def test_nobody_is_rewarded_for_herself_for_staff_or_in_a_chain(shop: Shop, program: Program) -> None:
    member, staff = shop.member("1"), shop.member("2", is_staff=True)
    assert refer(shop, program, member, member) == 0
    assert refer(shop, program, shop.member("3"), staff) == 0
    brought = shop.member("4")
    assert refer(shop, program, brought, member) == 705
    assert refer(shop, program, shop.member("5"), brought) == 0  # while her own is still waiting
    assert refer(shop, program, shop.member("6"), member, 0) == 0
    assert len(shop.session.scalars(select(Referral)).all()) == 1


def test_nobody_brings_the_one_who_brought_her(shop: Shop, program: Program) -> None:
    one = shop.member("1")
    other = shop.member("2", referrer_id=one)
    assert refer(shop, program, one, other) == 0


def test_merged_members_keep_promises_but_not_the_one_for_themselves(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    one, other, friend = shop.member("1"), shop.member("2"), shop.member("3")
    refer(shop, program, friend, one)
    refer(shop, program, other, one)
    visit(shop, program, one)
    services.PERSON.merge(shop.session, one, other, NOON)
    states = dict(shop.session.execute(select(Referral.friend_id, Referral.state)).all())
    assert states == {friend: "pending", other: "cancelled"}
    after = TODAY + timedelta(days=30)
    services.release_pending(shop.session, day=after, now=at(after))
    assert (balance(shop, one), balance(shop, other)) == (0, 715)
    assert sum(lot.reversed for lot in shop.session.scalars(select(Lot))) == 705  # what she promised herself
    assert_sound(shop.session)


@pytest.mark.parametrize("came_back", ["into", "from"])
def test_of_two_files_the_reward_that_stands_is_kept_and_counts_once(
    everywhere: Shop, program: Program, came_back: str
) -> None:
    shop = everywhere
    referrer, old, new = shop.member("1"), shop.member("2"), shop.member("3")
    refer(shop, program, new if came_back == "into" else old, referrer)
    services.shrink_referral(shop.session, receipt_id=5, first_net=0, now=NOON, program=program)
    refer(shop, program, old if came_back == "into" else new, referrer)
    services.PERSON.merge(shop.session, old, new, NOON)
    assert queries.referral_of(shop.session, new) == "pending"
    assert refer(shop, program, new, referrer) == 0
    after = TODAY + timedelta(days=15)
    services.release_pending(shop.session, day=after, now=at(after))
    assert balance(shop, referrer) == 705
    assert sorted(shop.session.scalars(select(Referral.state))) == ["cancelled", "released"]
    assert_sound(shop.session)
