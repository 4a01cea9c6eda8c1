"""One return after another of the same receipt: prices put right twice, thresholds and multipliers that change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from addons.points.models import Account, Lot
from addons.sales import services
from addons.sales.domain.refusals import NeverSold, NoHigherPrice, PaidInAnotherCurrency, ReturnNeedsApproval
from addons.sales.domain.request import SaleLine
from addons.sales.domain.returning import BackLine, Sold, return_number
from addons.sales.models import Return, Standing
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.sales.tests.test_returns import back, balance, counts, credit, decide, take, unreceipted, voucher
from addons.stores.models import Market, Region, Store
from addons.stores.queries import forget_places
from addons.vouchers.models import Voucher
from core.db.session import reading, work
from tests.product.books import agreeing


def saving(threshold: int) -> dict[str, object]:
    """Two hundred yuan off from a threshold on (fen)."""
    return {
        "rule": "spend-save",
        "event": "quote",
        "group": "basket",
        "totals": [{"measure": "amount", "at_least": threshold}],
        "then": [{"effect": "price.amount_off", "amount": 20_000}],
    }


# --- vouchers ---------------------------------------------------------------------------------------------------------


def test_a_price_that_was_put_right_is_never_put_up_again(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    code = voucher(shop, member, 30_000)
    sold = shop.sell(shop.product(50_000), member_id=member, vouchers=(code,))
    receipt = sold["receipt_id"]
    answer = take(shop, back(shop, receipt, BackLine(1, price=10_000), reason="price"))
    assert (answer["cash"], answer["to_vouchers"]) == (15_000, 20_000)
    before = counts()
    with pytest.raises(NoHigherPrice) as refused:
        take(shop, back(shop, receipt, BackLine(1, price=40_000), reason="price"))
    assert (refused.value.facts["line"], refused.value.facts["price"]) == (1, 10_000)
    assert counts() == before
    assert take(shop, back(shop, receipt, BackLine(1, price=5_000), reason="price"))["to_vouchers"] == 5_000
    assert take(shop, back(shop, receipt, BackLine(1, 1)))["to_vouchers"] == 5_000
    assert shop.rows(Voucher, code=code)[0].remaining == 30_000
    agreeing()


def test_a_threshold_lost_after_value_went_back_to_a_voucher_is_paid_in_money(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("ordinary")
    with book(saving(100_000)):
        code = voucher(shop, member, 110_000)
        products = (shop.product(30_000), shop.product(90_000), shop.product(10_000))
        sold = shop.sell(*products, member_id=member, vouchers=(code,))
        receipt = sold["receipt_id"]
        assert (sold["total"], sold["tendered"]) == (110_000, 110_000)
        first = take(shop, back(shop, receipt, BackLine(1, 1)))
        assert (first["cash"], first["to_vouchers"]) == (0, 25_385)
        last = take(shop, back(shop, receipt, BackLine(3, 1)))
        assert (last["paid_back"], last["to_vouchers"], last["cash"]) == (-5_385, 0, -5_385)
        rest = take(shop, back(shop, receipt, BackLine(2, 1)))
        assert (rest["to_vouchers"], rest["cash"]) == (84_615, 5_385)
    assert shop.rows(Voucher, code=code)[0].remaining == 110_000
    assert (balance(shop, member), credit(shop, member)) == (0, 0)
    assert sum(row.cash for row in shop.rows(Return)) == 0
    assert [(row.total, row.quantity) for row in shop.rows(Standing)] == [(0, 0)]
    agreeing()


# --- points -----------------------------------------------------------------------------------------------------------

DOUBLE_SMALL = {
    "rule": "double-small",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "totals": [{"measure": "amount", "at_most": 100_000}],
    "then": [{"effect": "points.multiply", "ratio": 20_000}],
}


def lots(shop: Shop, receipt: int) -> dict[str, int]:
    """Points of a receipt that are there, by what they were given for."""
    found: dict[str, int] = {}
    for row in shop.rows(Lot, receipt_id=receipt):
        found[row.source] = found.get(row.source, 0) + row.remaining
    return {source: points for source, points in found.items() if points}


@pytest.mark.parametrize(("units", "price"), [(2, 60_000), (5, 20_100), (10, 10_100)])
def test_what_is_kept_may_earn_another_multiplier(shop: Shop, units: int, price: int) -> None:
    member = shop.member("gold")
    with book(DOUBLE_SMALL):
        sold = shop.sell(lines=[SaleLine(shop.product(price), units)], member_id=member)
        receipt, each = sold["receipt_id"], price * 9 // 10
        assert lots(shop, receipt) == {"purchase": each * units // 100}
        for kept in range(units - 1, 0, -1):
            answer = take(shop, back(shop, receipt, BackLine(1, 1)))
            base = each * kept // 100
            assert lots(shop, receipt) == {"purchase": base, "bonus": base}
            assert (answer["cash"], balance(shop, member)) == (each, 2 * base)
            agreeing()
        take(shop, back(shop, receipt, BackLine(1, 1)))
    assert (lots(shop, receipt), balance(shop, member), credit(shop, member)) == ({}, 0, 0)
    agreeing()


def test_purchase_points_are_given_while_the_bonus_goes(every_shop: Shop) -> None:
    shop = every_shop
    member, twice = shop.member("ordinary"), shop.product(1_000)
    double_item = DOUBLE_SMALL | {"rule": "double-item", "items": {"fact": "line.product", "is": twice}}
    double_item.pop("totals")
    with book(double_item, saving(100_500)):
        sold = shop.sell(twice, shop.product(100_000), member_id=member)
        receipt = sold["receipt_id"]
        assert (sold["cash"], sold["points"]) == (81_000, 1_620)
        answer = take(shop, back(shop, receipt, BackLine(1, 1)))
        assert (answer["cash"], answer["points"], answer["balance"]) == (-19_000, 620, 1_000)
        assert lots(shop, receipt) == {"purchase": 1_000}
        agreeing()
        take(shop, back(shop, receipt, BackLine(2, 1)))
    assert [(row.balance, row.pending) for row in shop.rows(Account, member_id=member)] == [(0, 0)]
    agreeing()


# --- money ------------------------------------------------------------------------------------------------------------


def sells_in_hongkong(shop: Shop) -> None:
    """Let the other store sell in another currency."""
    with work() as session:
        market = Market(code="HK", name="Hong Kong", currency="HKD", timezone="Asia/Hong_Kong")
        session.add(market)
        session.flush()
        region = Region(code="HKR", name="Hong Kong", market_id=market.id)
        session.add(region)
        session.flush()
        session.get_one(Store, shop.other_store).region_id = region.id
    forget_places()


def test_what_was_paid_in_one_currency_is_not_paid_back_in_another(shop: Shop) -> None:
    sells_in_hongkong(shop)
    products = shop.product(100_000), shop.product(100_000)
    sold = shop.sell(products[0])
    there = back(shop, sold["receipt_id"], BackLine(1, 1), store_id=shop.other_store)
    before = counts()
    with pytest.raises(PaidInAnotherCurrency) as refused:
        take(shop, there)
    assert refused.value.facts == {"number": sold["number"], "currency": "CNY", "given": "HKD"}
    basket = shop.request(products[1], store_id=shop.other_store)
    with pytest.raises(PaidInAnotherCurrency):
        services.exchange(there, basket, key="x", now=NOON)
    assert counts() == before
    assert take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))["cash"] == 100_000


def test_without_a_receipt_prices_of_the_stores_own_currency_count(every_shop: Shop) -> None:
    shop = every_shop
    sells_in_hongkong(shop)
    decide("sales.without_receipt", value="voucher")
    product, member = shop.product(10_000), shop.member("gold")
    shop.sell(lines=[SaleLine(product, 3)])
    asked = unreceipted(shop, product, member)
    assert services.take_back_unreceipted(asked, key="u", now=NOON).answer["paid_back"] == 10_000
    with pytest.raises(NeverSold):
        services.take_back_unreceipted(replace(asked, store_id=shop.other_store), key="v", now=NOON)


def test_nobody_pays_a_large_amount_back_alone_piece_by_piece(shop: Shop) -> None:
    sold = shop.sell(lines=[SaleLine(shop.product(150_000), 3)])
    one = back(shop, sold["receipt_id"], BackLine(1, 1), approved_by="")
    assert take(shop, one)["cash"] == 150_000
    before = counts()
    with pytest.raises(ReturnNeedsApproval):
        take(shop, one)
    assert counts() == before
    with reading() as session:
        assert services.approval_needed(session, services.preview(session, one, NOON)) == "amount"
    assert take(shop, replace(one, approved_by="boss"))["cash"] == 150_000


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_receipts_that_two_stores_imported_under_one_number_both_come_back(every_shop: Shop) -> None:
    shop = every_shop
    past: dict[str, Any] = {"source": "import", "number": "1001", "at": NOON - timedelta(days=1)}
    there: dict[str, Any] = {"store_id": shop.other_store}
    one = shop.sell(shop.product(10_000), **past)
    two = shop.sell(shop.product(20_000), **past, **there)
    own = [shop.sell(shop.product(10_000)) for _ in range(2)]
    assert take(shop, back(shop, one["receipt_id"], BackLine(1, 1)))["number"] == "S1/1001-R1"
    assert take(shop, back(shop, two["receipt_id"], BackLine(1, 1)))["number"] == "S2/1001-R1"
    answers = [take(shop, back(shop, each["receipt_id"], BackLine(1, 1), **there)) for each in own]
    assert [answer["number"] for answer in answers] == ["S1-0000001-R1", "S1-0000002-R1"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("S1-0000007", "S1-0000007-R3"),
        ("0000007", "S1/0000007-R3"),
        ("S2-0000007", "S1/S2-0000007-R3"),
        ("S1-5-0000007", "S1/S1-5-0000007-R3"),
        ("S1-A", "S1/S1-A-R3"),
        ("9" * 40, f"S1/{'9' * 40}-R3"),
        ("9" * 43, "S1//7-R3"),
    ],
)
def test_the_number_of_a_return_is_of_no_other_receipt(number: str, expected: str) -> None:
    sold = Sold(7, 1, number, 1, None, NOON.date(), NOON, "CNY", 0, 0, 1, 0, 0)
    assert return_number(sold, "S1", 3) == expected
