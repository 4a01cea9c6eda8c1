"""A till holds points: nobody else spends them, and they come back when its time is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from addons.points import services
from addons.points.models import Account, Hold, Lot
from addons.points.tests.book import TODAY, assert_sound, earn, reverse, spend, states
from addons.points.tests.test_visits_and_referrals import balance
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core import settings as decisions
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import Invalid, NotFound, OutOfScope

LATER = NOON + timedelta(minutes=15)


def hold(shop: Shop, member: int, points: int, **more: object) -> services.Kept:
    facts = {"store_id": shop.store_id, "by": "till", "now": NOON} | more
    return services.hold(shop.session, member_id=member, points=points, **facts)  # type: ignore[arg-type]


def test_what_is_held_can_be_spent_from_the_hold_alone(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100, day=TODAY - timedelta(days=9))
    earn(shop, member, 100)
    kept = hold(shop, member, 150)
    assert (kept.points, kept.until, kept.balance) == (150, LATER, 50)
    with pytest.raises(services.InsufficientPoints):
        spend(shop, member, 51)
    assert_sound(shop.session)
    used = services.spend_held(shop.session, hold_id=kept.hold_id, reason="gift", now=NOON)
    assert used == services.SpentHeld(150, 0, 50)
    assert shop.session.execute(select(Lot.remaining, Lot.reserved).order_by(Lot.id)).all() == [(0, 0), (50, 0)]
    assert states(shop.session) == {"available": 50, "issued": -200, "redeemed": 150}
    assert_sound(shop.session)


def test_what_is_left_of_a_hold_is_free_again(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 80)
    used = services.spend_held(shop.session, hold_id=kept.hold_id, points=30, reason="gift", now=NOON)
    assert used == services.SpentHeld(30, 50, 70)
    assert shop.session.get_one(Hold, kept.hold_id, populate_existing=True).state == "spent"
    assert_sound(shop.session)


def test_a_hold_is_released(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 80)
    assert services.release(shop.session, hold_id=kept.hold_id, now=NOON) == 100
    with pytest.raises(services.HoldIsOver):
        services.release(shop.session, hold_id=kept.hold_id, now=NOON)
    with pytest.raises(services.HoldIsOver):
        services.spend_held(shop.session, hold_id=kept.hold_id, reason="gift", now=NOON)
    assert_sound(shop.session)


def test_a_hold_whose_time_is_over_cannot_be_spent_and_gives_way_to_the_next(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 80)
    with pytest.raises(services.HoldIsOver):
        services.spend_held(shop.session, hold_id=kept.hold_id, reason="gift", now=LATER)
    assert hold(shop, member, 90, now=LATER).balance == 10
    assert shop.session.get_one(Hold, kept.hold_id, populate_existing=True).state == "timed_out"
    assert_sound(shop.session)


def test_what_is_held_too_long_is_freed_by_the_job(everywhere: Shop) -> None:
    shop = everywhere
    decisions.change(shop.session, name="points.hold_minutes", to=60, by="hq", reason="long queue", now=NOON)
    one, other = shop.member("1"), shop.member("2")
    for member in (one, other):
        earn(shop, member, 100)
        hold(shop, member, 40)
    assert services.release_overdue(shop.session, now=LATER) == 0
    after = NOON + timedelta(minutes=61)
    assert services.release_overdue(shop.session, now=after, limit=1) == 1
    assert services.release_overdue(shop.session, now=after) == 1
    assert services.release_overdue(shop.session, now=after) == 0
    assert (balance(shop, one), balance(shop, other)) == (100, 100)
    assert_sound(shop.session)


def test_points_taken_back_while_a_till_holds_them_are_paid_when_they_come_back(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 100)
    assert reverse(shop, member, 100).debt == 100
    assert services.release(shop.session, hold_id=kept.hold_id, now=NOON) == 0
    assert shop.session.scalars(select(Lot.remaining)).all() == [0, 0]
    assert_sound(shop.session)


def test_a_merged_file_holds_nothing_any_more(everywhere: Shop) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    earn(shop, old, 100)
    hold(shop, old, 60)
    services.PERSON.merge(shop.session, old, new, NOON)
    assert (balance(shop, old), balance(shop, new)) == (0, 100)
    assert_sound(shop.session)


def test_a_hold_that_cannot_be_changes_nothing(shop: Shop) -> None:
    member = shop.member()
    earn(shop, member, 100)
    with pytest.raises(services.InsufficientPoints):
        hold(shop, member, 101)
    with pytest.raises(Invalid):
        hold(shop, member, 0)
    kept = hold(shop, member, 50)
    for points in (0, 51):
        with pytest.raises(Invalid):
            services.spend_held(shop.session, hold_id=kept.hold_id, points=points, reason="gift", now=NOON)
    with pytest.raises(NotFound):
        services.release(shop.session, hold_id=99, now=NOON)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        with pytest.raises(OutOfScope):
            hold(shop, member, 1)
        with pytest.raises(NotFound):
            services.release(shop.session, hold_id=kept.hold_id, now=NOON)
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(Hold.__table__.update().values(spent=60))
    assert_sound(shop.session)


def test_two_tills_spend_one_hold_once(every_database: Engine) -> None:
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        earn(shop, member, 100)
        kept = hold(shop, member, 100)

    def use(attempt: int) -> bool:
        def command(session: object) -> dict[str, int]:
            used = services.spend_held(session, hold_id=kept.hold_id, reason="gift", now=NOON)  # type: ignore[arg-type]
            return {"spent": used.spent}

        with system_scope("test"):
            try:
                return not post(Operation("test.use", f"use-{attempt}", {"n": attempt}), command).repeated
            except services.HoldIsOver:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(24))) == 1
    with system_scope("test"), work() as session:
        account = session.get_one(Account, member)
        assert (account.balance, account.reserved, account.spent) == (0, 0, 100)
        assert_sound(session)
