"""Who bears what was split off, given on, or given without a receipt: whoever bore what it came from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from addons.membership.models import Family, Member
from addons.points import services as points
from addons.points.models import Account, Hold
from addons.points.tests.pooled import share
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import services
from addons.settlement.models import Entry
from addons.settlement.tests.ground import LATER, TODAY, book, decided, explained, owed, parties
from addons.vouchers import services as vouchers
from addons.vouchers.models import Voucher
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.policy.live import live_program

THANKS = {
    "rule": "thank-you", "event": "quote", "when": {"fact": "member.present", "is": True},
    "totals": [{"measure": "amount", "at_least": 150_000}],
    "then": [{"effect": "voucher.issue", "kind": "cash", "value": 5000, "days": 60}],
    "funding": {"hq": 0, "selling_store": 10_000},
}  # fmt: skip
STORE = {"hq": 0, "selling_store": 10_000}


def done(name: str, command: Callable[[Session], Any]) -> None:
    post(Operation("test", name, {}), lambda session: {"done": str(command(session))})


def split(shop: Shop, key: int) -> Callable[[Session], Any]:
    about: dict[str, Any] = {"store_id": shop.store, "day": TODAY, "now": NOON, "by": "amy"}
    return lambda s: vouchers.split(s, voucher_id=key, parts=(2000, 3000), **about)


def give(shop: Shop, key: int) -> Callable[[Session], Any]:
    about: dict[str, Any] = {"store_id": shop.store, "day": TODAY, "now": NOON, "by": "amy"}
    other = shop.member()
    return lambda s: vouchers.give(s, voucher_id=key, member_id=other, **about)


@pytest.mark.parametrize("change", [None, split, give])
def test_what_a_rule_funded_comes_back_to_its_funder_whatever_became_of_the_voucher(
    every_shop: Shop, change: Callable[[Shop, int], Callable[[Session], Any]] | None
) -> None:
    shop = every_shop
    first, _ = parties(shop)
    decided("vouchers.split_allowed", to=True)
    decided("vouchers.gifts_allowed", to=True)
    with book(THANKS):
        shop.sell(shop.product(200_000), member_id=shop.member())
        if change:
            [row] = shop.rows(Voucher)
            done("change", change(shop, row.id))
        services.settle(now=LATER)
        before = owed()
        assert before[first, "CNY"] == -5000 - 20_000  # the voucher, the points
        done("expire", lambda s: vouchers.expire(s, day=date(2027, 1, 1), now=NOON + timedelta(days=300)))
        services.settle(now=NOON + timedelta(days=301))
        assert owed() == {(first, "CNY"): -20_000, ("points", "CNY"): 20_000}
        explained()


def _visit(shop: Shop, member: int, store: int | None = None) -> None:
    def command(session: Session) -> Any:
        live = live_program(session, "GB", NOON)
        return points.record_visit(
            session, member_id=member, store_id=store or shop.store, invited=True, confirmed_by="amy", now=NOON,
            program=live.program, digest=live.digest,
        )  # fmt: skip

    done(f"visit:{member}", command)


def test_points_of_a_visit_are_borne_as_their_rule_says(every_shop: Shop) -> None:
    shop = every_shop
    first, _ = parties(shop)
    with book(visit_points=STORE):
        _visit(shop, shop.member())
        services.settle(now=LATER)
        assert owed() == {(first, "CNY"): -100, ("points", "CNY"): 100}
        explained()


def test_points_a_family_spends_together_are_borne_by_whoever_gave_them(every_shop: Shop) -> None:
    shop = every_shop
    first, second = parties(shop)
    one, two = shop.member(), shop.member()
    with work() as session:
        share(session, shop.brand, shop.store, [one, two])
    with book(visit_points=STORE):
        _visit(shop, one)
        _visit(shop, two, shop.other_store)
        about: dict[str, Any] = {"member_id": one, "store_id": shop.store, "now": NOON}
        done("gift", lambda s: points.spend(s, points=15, reason="x", **about))
        services.settle(now=LATER)
        # Its giver hands out a gift worth 150: 100 of it are its own points, 50 those of the other's member.
        assert owed() == {(first, "CNY"): 50, (second, "CNY"): -100, ("points", "CNY"): 50}
        explained()
        done("hold", lambda s: points.hold(s, points=5, by="till", **about).hold_id)
        services.settle(now=LATER)
        explained()
        [hold] = shop.rows(Hold)
        done("release", lambda s: points.release(s, hold_id=hold.id, now=NOON))
        services.settle(now=LATER)
        explained()
        assert [row.balance for row in shop.rows(Account)] == [0, 5]


def test_points_that_went_within_a_family_are_borne_by_whoever_gave_them_first(every_shop: Shop) -> None:
    shop = every_shop
    first, _ = parties(shop)
    giver, taker = shop.member(), shop.member()
    decided("points.family_transfers", to=True)
    with work() as session:
        family = Family(name="Wang", store_id=shop.store)
        session.add(family)
        session.flush()
        session.execute(update(Member).where(Member.id.in_([giver, taker])).values(family_id=family.id))
    with book(visit_points=STORE):
        _visit(shop, giver)
        about: dict[str, Any] = {"points": 10, "store_id": shop.other_store, "by": "amy", "now": NOON}
        done("transfer", lambda s: points.transfer(s, from_id=giver, into_id=taker, **about))
        services.settle(now=LATER)
        assert owed() == {(first, "CNY"): -100, ("points", "CNY"): 100}
        done("expire", lambda s: points.spend(s, member_id=taker, store_id=shop.store, points=10, reason="x", now=NOON))
        services.settle(now=LATER)
        explained()
    with reading() as session:
        rules = set(session.scalars(select(Entry.rule).where(Entry.what == "points")))
    assert rules == {"visit-points"}
