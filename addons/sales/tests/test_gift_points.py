"""Points that a rule gives with a sale as such: they cost its budget, go back with the goods, and lift no tier."""

from __future__ import annotations

from typing import Any

from addons.points import queries as points_read
from addons.points.models import Account, Lot
from addons.sales import services
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt, RuleUse
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.tiers.models import Credit
from core.db.session import reading

#: 300 points for whoever spends 200 yuan at once; they cost 30 yuan.
GIFT: dict[str, Any] = {
    "rule": "gift",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "totals": [{"measure": "amount", "at_least": 20_000}],
    "then": [{"effect": "points.earn", "points": 300}],
}
DOUBLE: dict[str, Any] = {
    "rule": "double",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "then": [{"effect": "points.multiply", "ratio": 20_000}],
}
LIMITED = GIFT | {"limits": [{"per": "all", "period": "month", "budget": 5000}]}


def back(shop: Shop, sold: dict[str, Any], *lines: BackLine) -> dict[str, Any]:
    request = ReturnRequest(shop.store, sold["receipt_id"], lines, "size", cashier="amy", approved_by="boss")
    return services.take_back(request, key=f"back:{next(shop.numbers)}", now=NOON).answer


def lots(shop: Shop) -> list[tuple[str, int, str]]:
    return [(lot.source, lot.points, lot.rule) for lot in sorted(shop.rows(Lot), key=lambda lot: lot.id)]


def sound(shop: Shop) -> None:
    with reading() as session:
        assert list(points_read.audit(session)) == []


def test_a_quote_tells_them_and_the_sale_gives_them(every_shop: Shop) -> None:
    shop = every_shop
    product, member = shop.product(25_000), shop.member()
    with book(GIFT, DOUBLE):
        assert shop.quote(product, member_id=member).as_plain()["points"] == 800
        sold = shop.sell(product, member_id=member)
    assert (sold["points"], sold["balance"], sold["credit"]) == (800, 800, 25_000)
    assert lots(shop) == [("purchase", 250, ""), ("bonus", 250, "double"), ("bonus", 300, "gift")]
    assert [row.points for row in shop.rows(Receipt)] == [800]
    assert [(row.amount, row.points) for row in shop.rows(Credit)] == [(25_000, 500)]
    sound(shop)


def test_they_go_back_with_the_threshold_and_not_before(every_shop: Shop) -> None:
    """Whoever brings everything back keeps nothing of them."""
    shop = every_shop
    member = shop.member()
    codes = [shop.product(10_000) for _ in range(3)]
    with book(GIFT):
        sold = shop.sell(*codes, member_id=member)
        assert sold["points"] == 600
        assert [back(shop, sold, BackLine(line, 1))["points"] for line in (3, 2, 1)] == [100, 400, 100]
    with reading() as session:
        account = session.get_one(Account, member)
        assert (account.balance, account.pending) == (0, 0)
    assert [row.points for row in shop.rows(Credit)] == [300, -100, -100, -100]
    sound(shop)


def test_they_cost_a_budget_and_used_up_the_sale_goes_on_without_them(every_shop: Shop) -> None:
    shop = every_shop
    product = shop.product(20_000)
    with book(LIMITED):
        sold = [shop.sell(product, member_id=shop.member()) for _ in range(2)]
        assert [each["points"] for each in sold] == [500, 200]
        assert sold[1]["points_not_given"] == [{"rule": "gift", "points": 300}]
        assert [(use.count, use.cost) for use in shop.rows(RuleUse)] == [(1, 3000)]
        back(shop, sold[0], BackLine(1, 1))
    assert [(use.count, use.cost) for use in shop.rows(RuleUse)] == [(0, 0)]
    sound(shop)


def test_nobody_gets_none(shop: Shop) -> None:
    anybody = {name: value for name, value in GIFT.items() if name != "when"}
    with book(anybody):
        assert shop.sell(shop.product(25_000))["points"] == 0
    assert lots(shop) == []
