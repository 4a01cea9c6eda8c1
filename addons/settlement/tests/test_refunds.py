"""Goods that come back at another franchisee: the sale is undone where it was made, the money is cleared."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import services
from addons.settlement.models import Entry
from addons.settlement.tests.ground import LATER, back, explained, owed, parties, voucher
from core.db.session import reading


def in_money(party: str) -> int:
    """What a franchisee gets for money it paid back for others, below nothing what it owes for it."""
    with reading() as session:
        gets, owes = (
            session.scalar(select(func.sum(Entry.amount)).where(Entry.what == "return", side == party)) or 0
            for side in (Entry.to_party, Entry.from_party)
        )
    return int(gets - owes)


@pytest.mark.parametrize("pays", [True, False])
def test_a_whole_sale_undone_elsewhere_leaves_only_the_money_that_was_paid_back(
    every_shop: Shop, *, pays: bool
) -> None:
    shop = every_shop
    member = shop.member("gold")
    first, second = parties(shop)
    uses = (voucher(shop, member),) if pays else ()
    services.settle(now=LATER)
    before = owed()
    sold = shop.sell(shop.product(100_000), member_id=member, vouchers=uses)
    returned = back(shop, sold["receipt_id"], store=shop.other_store)
    assert returned["cash"] == sold["cash"] == (60_000 if pays else 90_000)
    services.settle(now=LATER)
    money = {(first, "CNY"): -sold["cash"], (second, "CNY"): sold["cash"]}
    assert owed() == before | money
    assert (in_money(first), in_money(second)) == (-sold["cash"], sold["cash"])
    explained()


def test_part_of_a_sale_undone_elsewhere_gives_the_voucher_back_where_it_was_taken(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member()
    _, second = parties(shop)
    sold = shop.sell(shop.product(10_000), shop.product(30_000), member_id=member, vouchers=(voucher(shop, member),))
    returned = back(shop, sold["receipt_id"], 2, store=shop.other_store)
    assert returned["to_vouchers"] > 0
    services.settle(now=LATER)
    assert owed().get((second, "CNY"), 0) == returned["cash"] == in_money(second)
    explained()


def test_an_exchange_elsewhere_clears_what_the_goods_were_taken_back_for(every_shop: Shop) -> None:
    shop = every_shop
    first, second = parties(shop)
    sold = shop.sell(shop.product(100_000))
    request = ReturnRequest(shop.other_store, sold["receipt_id"], [BackLine(1, 1)], "size", cashier="amy")
    basket = shop.request(shop.product(150_000), store_id=shop.other_store)
    sales.exchange(request, basket, key="x", now=NOON)
    services.settle(now=LATER)
    assert owed() == {(first, "CNY"): -100_000, (second, "CNY"): 100_000}
    explained()


def test_nothing_is_cleared_where_the_store_that_sold_pays_back(every_shop: Shop) -> None:
    shop = every_shop
    sold = shop.sell(shop.product(100_000))
    back(shop, sold["receipt_id"])
    services.settle(now=LATER)
    assert owed() == {}
    assert shop.rows(Entry) == []
