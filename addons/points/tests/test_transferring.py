"""Points within a family, where headquarters lets families share them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from addons.membership.models import Family, Member
from addons.points import services
from addons.points.models import Lot, Transfer
from addons.points.services import Transferred
from addons.points.tests.book import TODAY, assert_sound, earn, reverse, spend, states
from addons.points.tests.test_exchange import exchange
from addons.vouchers.tests.shop import NOON, Shop, at
from core import settings as decisions
from core.db.scope import Scope, acting
from core.errors import Invalid, OutOfScope
from rules.decide import Program


@pytest.fixture
def family(everywhere: Shop) -> tuple[Shop, int, int]:
    """Two members of one family, who may share points."""
    shop = everywhere
    decisions.change(shop.session, name="points.family_transfers", to=True, by="hq", reason="families", now=NOON)
    return shop, *make_family(shop)


def make_family(shop: Shop) -> tuple[int, int]:
    family = Family(store_id=shop.store_id, name="王家")
    shop.session.add(family)
    shop.session.flush()
    return shop.member("1", family_id=family.id), shop.member("2", family_id=family.id)


def give(shop: Shop, giver: int, taker: int, points: int, **more: Any) -> Transferred:
    facts: dict[str, Any] = {"store_id": shop.store_id, "by": "one", "now": NOON} | more
    return services.transfer(shop.session, from_id=giver, into_id=taker, points=points, **facts)


def test_points_given_keep_their_source_and_their_last_day(family: tuple[Shop, int, int], program: Program) -> None:
    shop, giver, taker = family
    earn(shop, giver, 2000, day=date(2026, 1, 5))
    earn(shop, taker, 1500, receipt_id=8)
    assert give(shop, giver, taker, 1800) == Transferred(1800, 200, 3300)
    [given] = shop.session.scalars(select(Lot).where(Lot.origin_id.is_not(None)))
    assert (given.source, given.earned_on, given.expires_on) == ("purchase", date(2026, 1, 5), date(2028, 1, 5))
    assert [done.points for done in exchange(shop, program, taker)] == [3000]  # together they make a voucher (C17)
    assert states(shop.session) == {"available": 500, "issued": -3500, "redeemed": 3000}
    assert_sound(shop.session)


def test_families_do_not_share_until_headquarters_says_so(shop: Shop) -> None:
    giver, taker = make_family(shop)
    earn(shop, giver, 100)
    with pytest.raises(services.PoolIsOff):
        give(shop, giver, taker, 10)


def test_nobody_gives_to_strangers_or_to_herself_or_what_she_has_not(family: tuple[Shop, int, int]) -> None:
    shop, giver, taker = family
    stranger, other = shop.member("3"), shop.member("4")
    earn(shop, giver, 100)
    for one, two in ((giver, stranger), (stranger, giver), (stranger, other), (giver, giver), (giver, 99)):
        with pytest.raises(services.NotOneFamily):
            give(shop, one, two, 10)
    with pytest.raises(services.InsufficientPoints):
        give(shop, giver, taker, 101)
    for points in (0, -5):
        with pytest.raises(Invalid):
            give(shop, giver, taker, points)
    gone = shop.session.get_one(Member, taker)
    gone.status, gone.phone = "erased", None
    shop.session.flush()
    with pytest.raises(services.NotOneFamily):
        give(shop, giver, taker, 10)
    assert shop.session.scalars(select(Transfer)).all() == []


def test_only_so_many_points_are_given_in_a_month(family: tuple[Shop, int, int]) -> None:
    shop, giver, taker = family
    earn(shop, giver, 9000)
    give(shop, giver, taker, 2000)
    with pytest.raises(services.TransferTooLarge) as refused:
        give(shop, giver, taker, 1001)
    assert refused.value.facts == {"points": 1001, "left": 1000}
    give(shop, giver, taker, 1000)
    give(shop, taker, giver, 3000)  # each has a month of her own
    assert give(shop, giver, taker, 3000, now=at(date(2026, 6, 1))).points == 3000
    assert_sound(shop.session)


def test_a_gift_pays_a_debt_first(family: tuple[Shop, int, int]) -> None:
    shop, giver, taker = family
    earn(shop, taker, 100, receipt_id=8)
    spend(shop, taker, 100)
    reverse(shop, taker, 100, receipt=8)
    earn(shop, giver, 300)
    assert give(shop, giver, taker, 250) == Transferred(250, 50, 150)
    assert_sound(shop.session)


def test_goods_that_come_back_after_their_points_were_given_leave_the_giver_owing(
    family: tuple[Shop, int, int],
) -> None:
    shop, giver, taker = family
    earn(shop, giver, 100)
    give(shop, giver, taker, 100)
    assert reverse(shop, giver, 100) == services.Reversed(100, 100, 0, -100)
    assert_sound(shop.session)


def test_a_gift_happens_in_a_store_of_ones_own_and_stays_written(family: tuple[Shop, int, int]) -> None:
    shop, giver, taker = family
    earn(shop, giver, 100)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)), pytest.raises(OutOfScope):
        give(shop, giver, taker, 10)
    give(shop, giver, taker, 10)
    [kept] = shop.session.scalars(select(Transfer))
    assert (kept.from_id, kept.into_id, kept.points, kept.day, kept.by) == (giver, taker, 10, TODAY, "one")
    with pytest.raises(IntegrityError, match="append"), shop.session.begin_nested():
        shop.session.execute(Transfer.__table__.update().values(points=1))
