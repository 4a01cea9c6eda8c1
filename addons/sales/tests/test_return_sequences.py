"""One return after another of the same receipt: prices put right twice, thresholds and multipliers that change."""

from __future__ import annotations

import pytest

from addons.points.models import Account, Lot
from addons.sales.domain.refusals import NoHigherPrice
from addons.sales.domain.request import SaleLine
from addons.sales.domain.returning import BackLine
from addons.sales.models import Return, Standing
from addons.sales.tests.book import book
from addons.sales.tests.shop import Shop
from addons.sales.tests.test_returns import back, balance, counts, credit, take, voucher
from addons.vouchers.models import Voucher
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
