"""Stores of several markets: what is settled of a receipt is in its money, of points in that of the brand (C34)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from addons.points import services as points
from addons.sales.domain.refusals import PaidInAnotherCurrency
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import queries, services
from addons.settlement.tests.ground import LATER, back, book, decided, explained, in_hong_kong, owed, parties, voucher
from core.db.posting import Operation, post
from core.db.session import reading

OFF = {
    "rule": "off", "event": "quote", "group": "basket", "when": {"fact": "member.present", "is": True},
    "then": [{"effect": "price.amount_off", "amount": 10_000}], "funding": {"hq": 0, "issuing_store": 10_000},
}  # fmt: skip


@pytest.fixture
def both(every_shop: Shop) -> Shop:
    in_hong_kong(every_shop)
    return every_shop


def test_a_discount_is_owed_in_the_money_of_its_receipt_wherever_who_bears_it_is(both: Shop) -> None:
    shop = both
    first, second = parties(shop)
    with book(OFF):
        shop.sell(shop.product(100_000), member_id=shop.member(), store_id=shop.other_store)
        services.settle(now=LATER)
        assert owed() == {
            ("customers", "HKD"): 10_000,
            (first, "HKD"): -10_000,  # the store that issued the card, in the money of the till
            ("points", "CNY"): 8100,  # 900 HKD count as 810 CNY
            (second, "CNY"): -8100,
        }
        explained()
    with reading() as session:
        found = {(s.franchisee_id, s.currency): s.net for s in queries.statements(session, "2026-05")}
    keys = [int(party.removeprefix("franchisee:")) for party in (first, second)]
    assert found == {(keys[0], "HKD"): -10_000, (keys[1], "HKD"): 10_000, (keys[1], "CNY"): -8100}


def test_points_of_one_market_become_a_voucher_of_another(both: Shop) -> None:
    shop = both
    first, second = parties(shop)
    member = shop.member("gold")
    shop.sell(shop.product(250_000), member_id=member)
    sold = shop.sell(shop.product(200_000), member_id=member, store_id=shop.other_store)
    assert len(sold["vouchers"]) == 1
    services.settle(now=LATER)
    ends = owed()
    assert (ends[first, "CNY"], ends[second, "CNY"], ends["points", "CNY"]) == (-22_500, -16_200, 8700)
    assert ends["vouchers", "HKD"] == 30_000
    assert ("points", "HKD") not in ends
    explained()


def test_goods_do_not_come_back_where_another_money_is_paid(both: Shop) -> None:
    shop = both
    member = shop.member("gold")
    sold = shop.sell(shop.product(100_000), member_id=member, vouchers=(voucher(shop, member),))
    services.settle(now=LATER)
    before = owed()
    with pytest.raises(PaidInAnotherCurrency):
        back(shop, sold["receipt_id"], store=shop.other_store)
    services.settle(now=LATER + timedelta(hours=1))
    assert owed() == before
    explained()


def test_another_worth_counts_for_points_of_later_days_and_what_pays_a_debt_is_made_good(every_shop: Shop) -> None:
    shop = every_shop
    first, second = parties(shop)
    member, later = shop.member("gold"), NOON + timedelta(days=1)
    sold = shop.sell(shop.product(100_000), member_id=member)
    decided("settlement.point_value", 12)
    services.settle(now=LATER)
    assert owed()["points", "CNY"] == 9000
    explained()
    decided("settlement.points_funded_by", "hq")
    post(
        Operation("test", "gift", {}),
        lambda s: {
            "left": points.spend(s, member_id=member, store_id=shop.store, points=900, reason="x", now=NOON)[-1][2]
        },
    )
    back(shop, sold["receipt_id"])  # 900 points are owed, worth 0.10 each, by the store that bore them
    services.settle(now=LATER)
    assert owed() == {("points", "CNY"): -9000, (first, "CNY"): 9000}
    explained()
    shop.sell(shop.product(100_000), at=later, member_id=member, store_id=shop.other_store)
    services.settle(now=later)
    assert owed()["hq", "CNY"] == -10_000 - 900 * 12 + 900 * 2  # the discount, the points, what they are worth more
    assert ("points", "CNY") not in owed()
    assert (second, "CNY") not in owed()
    explained()
