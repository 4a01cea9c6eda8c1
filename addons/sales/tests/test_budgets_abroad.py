"""A budget is in the money of the brand: what is given in another market counts at the rate of the day (C34)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from addons.sales import services
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import RuleUse
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.stores.models import Market, Region, Store
from addons.stores.queries import forget_places
from addons.stores.services import add_rate
from core import settings
from core.db.session import work

#: A fifth off; 1000 fen of it in all.
FIFTH: dict[str, Any] = {
    "rule": "fifth",
    "event": "quote",
    "group": "basket",
    "limits": [{"per": "all", "period": "month", "budget": 1000}],
    "then": [{"effect": "price.amount_off", "amount": 999}],
}
THANKS: dict[str, Any] = {
    "rule": "thanks",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "limits": [{"per": "all", "period": "month", "budget": 10_000}],
    "then": [{"effect": "voucher.issue", "kind": "cash", "value": 5000}],
}


@pytest.fixture
def abroad(every_shop: Shop) -> Shop:
    """Return the shop whose other store takes Taiwan dollars, 4.5 of which are a yuan."""
    with work() as session:
        market = Market(code="TW", name="TW", currency="TWD", timezone="Asia/Taipei")
        session.add(market)
        session.flush()
        region = Region(code="TWR", name="TW", market_id=market.id)
        session.add(region)
        session.flush()
        session.execute(update(Store).where(Store.id == every_shop.other_store).values(region_id=region.id))
        add_rate(session, currency="TWD", into="CNY", since=date(2026, 1, 1), millionths=222_500)
    forget_places()
    return every_shop


def used(shop: Shop, rule: str = "fifth") -> list[tuple[int, int]]:
    return [(use.count, use.cost) for use in shop.rows(RuleUse, rule=rule)]


def back(shop: Shop, sold: dict[str, Any], *lines: BackLine) -> None:
    request = ReturnRequest(shop.other_store, sold["receipt_id"], lines, "size", cashier="amy", approved_by="boss")
    services.take_back(request, key=f"back:{next(shop.numbers)}", now=NOON)


@pytest.mark.parametrize("who", ["nobody", "member"])
def test_what_is_taken_off_abroad_costs_what_it_is_worth_at_home(abroad: Shop, who: str) -> None:
    shop = abroad
    more: dict[str, Any] = {} if who == "nobody" else {"member_id": shop.member()}
    with book(FIFTH):
        product = shop.product(10_000)
        sold = [shop.sell(product, store_id=shop.other_store, **more) for _ in range(5)]
        assert used(shop) == [(4, 888)]  # 999 Taiwan fen are 222.2775: the fifth would come to more than there is
        back(shop, sold[0], BackLine(1, 1))
        assert used(shop) == [(3, 666)]
        assert shop.sell(product)["total"] == 10_000  # 999 at home are too many
    assert used(shop) == [(3, 666)]


def test_what_of_it_comes_back_frees_what_was_counted_to_the_fen(abroad: Shop) -> None:
    shop = abroad
    with book(FIFTH):
        codes = [shop.product(3333) for _ in range(3)]
        sold = shop.sell(*codes, store_id=shop.other_store)
        for line in (3, 2, 1):
            back(shop, sold, BackLine(line, 1))
    assert used(shop) == [(0, 0)]


def test_vouchers_given_abroad_cost_what_they_are_worth_at_home(abroad: Shop) -> None:
    shop = abroad
    with book(THANKS):
        shop.sell(shop.product(10_000), member_id=shop.member(), store_id=shop.other_store)
        assert used(shop, "thanks") == [(1, 1113)]  # 50.00 in Taiwan
        shop.sell(shop.product(10_000), member_id=shop.member())
    assert used(shop, "thanks") == [(2, 6113)]


def test_where_spend_abroad_does_not_count_a_budget_pays_one_for_one(abroad: Shop) -> None:
    """Nothing would be free for lack of a rate: that is how a budget is overdrawn."""
    shop = abroad
    with work() as session:
        settings.change(session, name="stores.cross_market", to="nothing", by="t", reason="t", now=NOON)
    with book(FIFTH):
        for _ in range(3):
            shop.sell(shop.product(10_000), member_id=shop.member(), store_id=shop.other_store)
    assert used(shop) == [(1, 999)]
