"""Points whose last day is over (C21): nothing until headquarters switches it on, then what was told before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from addons.points import queries, services
from addons.points.models import Lot
from addons.points.tests.book import TODAY, assert_sound, earn, spend, states
from addons.points.tests.test_holding import hold
from addons.points.tests.test_visits_and_referrals import balance
from addons.vouchers.tests.shop import NOON, Shop, at
from core import settings as decisions
from core.db.scope import Scope, acting

LAST = date(2028, 5, 4)  # of points earned TODAY
AFTER = LAST + timedelta(days=1)


def switch(shop: Shop, *, on: bool) -> None:
    decisions.change(shop.session, name="points.expiry", to=on, by="hq", reason="C21", now=NOON)


def expire(shop: Shop, day: date, limit: int = 500) -> int:
    return services.expire(shop.session, day=day, now=at(day), limit=limit)


def test_nothing_expires_until_headquarters_decides(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    assert expire(shop, AFTER) == 0
    switch(shop, on=True)
    assert expire(shop, LAST) == 0  # the last day is whole
    assert expire(shop, AFTER) == 1
    assert expire(shop, AFTER) == 0
    assert states(shop.session) == {"expired": 100, "issued": -100}
    assert_sound(shop.session)


def test_what_was_spent_does_not_expire_again_and_the_rest_goes_part_by_part(everywhere: Shop) -> None:
    shop = everywhere
    switch(shop, on=True)
    members = [shop.member(str(number)) for number in range(1, 4)]
    for member in members:
        earn(shop, member, 100)
        earn(shop, member, 50, day=TODAY + timedelta(days=10))
        spend(shop, member, 30)
    assert [expire(shop, AFTER, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [balance(shop, member) for member in members] == [50, 50, 50]
    assert states(shop.session)["expired"] == 210
    assert_sound(shop.session)


def test_what_a_till_holds_stays_while_it_holds_it(shop: Shop) -> None:
    switch(shop, on=True)
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 60, now=at(AFTER))
    assert expire(shop, AFTER) == 1
    services.release(shop.session, hold_id=kept.hold_id, now=at(AFTER))
    assert (balance(shop, member), expire(shop, AFTER)) == (60, 1)
    assert_sound(shop.session)


def test_what_expires_first_is_spent_first_and_what_never_does_last(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    decisions.change(shop.session, name="points.expiry_months", to=0, by="hq", reason="never", now=NOON)
    earn(shop, member, 100, day=TODAY - timedelta(days=30))
    decisions.change(shop.session, name="points.expiry_months", to=24, by="hq", reason="24", now=NOON)
    earn(shop, member, 100, receipt_id=8)
    earn(shop, member, 100, receipt_id=9, day=TODAY - timedelta(days=3))
    spend(shop, member, 150)
    left = shop.session.execute(select(Lot.earned_on, Lot.remaining).order_by(Lot.id)).all()
    assert [remaining for _, remaining in left] == [100, 50, 0]


def test_whoever_loses_points_next_is_told_in_her_own_store(everywhere: Shop) -> None:
    shop = everywhere
    near, far, foreign = shop.member("1"), shop.member("2"), shop.member("3", store_id=shop.stores[1])
    earn(shop, near, 100)
    earn(shop, near, 40, day=TODAY + timedelta(days=5), receipt_id=8, store_id=shop.stores[1])
    earn(shop, far, 100, day=TODAY + timedelta(days=90), receipt_id=9)
    earn(shop, foreign, 70, receipt_id=10)
    found = queries.expiring(shop.session, LAST + timedelta(days=30))
    assert [(each.member_id, each.points, each.first_day, each.balance) for each in found] == [
        (near, 140, LAST, 140),
        (foreign, 70, LAST, 70),
    ]
    own = frozenset({shop.store_id})
    with acting(Scope(reads=own, writes=own)):
        assert [each.member_id for each in queries.expiring(shop.session, AFTER)] == [near]


@pytest.mark.parametrize("months", [0, 1, 24])
def test_points_keep_their_last_day(shop: Shop, months: int) -> None:
    decisions.change(shop.session, name="points.expiry_months", to=months, by="hq", reason="C21", now=NOON)
    earn(shop, shop.member(), 10, day=date(2026, 1, 31))
    days = {0: None, 1: date(2026, 2, 28), 24: date(2028, 1, 31)}
    assert shop.session.scalars(select(Lot.expires_on)).all() == [days[months]]
