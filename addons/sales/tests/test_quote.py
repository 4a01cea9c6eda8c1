"""Quotes: prices through the services, a constant number of queries, nothing written."""

from __future__ import annotations

from addons.sales.tests.shop import Shop


def test_a_gold_member_pays_nine_tenths(shop: Shop) -> None:
    quote = shop.quote(shop.product(128000), member_id=shop.member("gold"))
    assert [line.pay for line in quote.decision.lines] == [115200]
    assert quote.points == 1152
    assert quote.as_plain()["lines"][0]["steps"][0]["rule"] == "tier-gold"
    assert set(shop.written().values()) == {0}


def test_a_sale_is_written_whole(shop: Shop) -> None:
    answer = shop.sell(shop.product(128000), member_id=shop.member("gold"))
    assert answer["cash"] == 115200
    assert answer["points"] == answer["balance"] == 1152
