"""People of one store serve members whose points come from others: what follows from that is theirs to cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from addons.membership.models import Family
from addons.points import services
from addons.points.models import Hold, Lot
from addons.points.services import Reversal
from addons.points.tests.book import TODAY, assert_sound, earn
from addons.points.tests.test_holding import hold
from addons.points.tests.test_visits_and_referrals import balance, refer
from addons.vouchers.tests.shop import NOON, Shop
from core import settings as decisions
from core.db.scope import Scope, acting
from core.errors import OutOfScope
from rules.decide import Program


@contextmanager
def in_store(shop: Shop, place: int) -> Iterator[None]:
    own = frozenset({shop.stores[place]})
    with acting(Scope(reads=own, writes=own)):
        yield


def test_files_are_merged_with_the_points_of_every_store(everywhere: Shop) -> None:
    shop = everywhere
    old, new = shop.member("1"), shop.member("2")
    earn(shop, old, 100, store_id=shop.stores[1])
    with in_store(shop, 0):
        services.PERSON.merge(shop.session, old, new, NOON)
    assert (balance(shop, old), balance(shop, new)) == (0, 100)
    assert shop.session.scalars(select(Lot.store_id).where(Lot.member_id == new)).all() == [shop.stores[1]]
    assert_sound(shop.session)


def test_points_of_another_store_are_given_within_the_family(everywhere: Shop) -> None:
    shop = everywhere
    decisions.change(shop.session, name="points.family_transfers", to=True, by="hq", reason="families", now=NOON)
    family = Family(store_id=shop.store_id, name="王家")
    shop.session.add(family)
    shop.session.flush()
    one, two = shop.member("1", family_id=family.id), shop.member("2", family_id=family.id)
    earn(shop, one, 100, store_id=shop.stores[1])
    asked = {"from_id": one, "into_id": two, "points": 60, "by": "one", "now": NOON}
    with in_store(shop, 0):
        services.transfer(shop.session, store_id=shop.store_id, **asked)  # type: ignore[arg-type]
        with pytest.raises(OutOfScope):
            services.transfer(shop.session, store_id=shop.stores[1], **asked)  # type: ignore[arg-type]
    assert (balance(shop, one), balance(shop, two)) == (40, 60)
    assert_sound(shop.session)


def test_what_a_till_of_another_store_held_too_long_gives_way(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    earn(shop, member, 100)
    kept = hold(shop, member, 80, store_id=shop.stores[1])
    later = NOON + timedelta(minutes=16)
    with in_store(shop, 0):
        assert hold(shop, member, 90, now=later).balance == 10
    assert shop.session.get_one(Hold, kept.hold_id, populate_existing=True).state == "timed_out"
    assert_sound(shop.session)


def test_goods_of_one_store_come_back_in_another_with_the_reward_they_brought(
    everywhere: Shop, program: Program
) -> None:
    shop = everywhere
    referrer, friend = shop.member("1"), shop.member("2")
    earn(shop, friend, 2350, receipt_id=5)
    refer(shop, program, friend, referrer)
    with in_store(shop, 1):
        back = Reversal(friend, shop.stores[1], 5, 1350, 1350, TODAY)
        assert services.reverse(shop.session, reversals=[back], now=NOON)[friend].balance == 1000
        taken = services.shrink_referral(shop.session, receipt_id=5, first_net=100_000, now=NOON, program=program)
    assert taken == 405
    assert_sound(shop.session)
