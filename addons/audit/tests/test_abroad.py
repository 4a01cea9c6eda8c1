"""A store in another market: prices in its own money; points, tier credit and referrals in the brand's (C34)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from addons.audit import documents
from addons.audit.services import decided, reperform
from addons.points.models import Referral
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.services import take_back
from addons.sales.tests.shop import NOON, Shop
from addons.stores.domain import NoRate
from addons.stores.models import Market, Region, Store
from addons.stores.services import add_rate
from addons.tiers.queries import credit_half_year
from core import settings
from core.db.session import reading, work

TODAY = date(2026, 5, 4)


@pytest.fixture
def abroad(every_database: Engine, system: None) -> Shop:
    """A shop, whose other store is in Hong Kong; a Hong Kong dollar is worth 0.9123 yuan."""
    shop = Shop.opened()
    with work() as session:
        market = Market(code="HK", name="香港", currency="HKD", timezone="Asia/Hong_Kong")
        session.add(market)
        session.flush()
        store = session.get_one(Store, shop.other_store)
        store.region = Region(code="HK", name="HK", market_id=market.id)
        add_rate(session, currency="HKD", into="CNY", since=date(2026, 1, 1), millionths=912_300)
    return shop


def sold(shop: Shop, member: int | None, fen: int, **more: Any) -> dict[str, Any]:
    return shop.sell(shop.product(fen), member_id=member, store_id=shop.other_store, **more)


def test_the_price_is_in_the_stores_money_and_what_it_earns_in_the_brands(abroad: Shop) -> None:
    member = abroad.member("gold")
    answer = sold(abroad, member, 100_000)
    assert (answer["cash"], answer["points"], answer["credit"]) == (90_000, 821, 82_107)
    receipt = abroad.rows(Receipt)[0]
    assert (receipt.currency, receipt.cash, receipt.points, receipt.credit) == ("HKD", 90_000, 821, 82_107)
    with reading() as session:
        assert credit_half_year(session, member, TODAY) == 82_107


def test_a_threshold_is_reached_in_the_brands_money(abroad: Shop) -> None:
    """3,200 Hong Kong dollars are 2,919.36 yuan, 3,300 are 3,010.59: gold begins at 3,000 yuan."""
    short, enough = abroad.member("ordinary"), abroad.member("ordinary")
    assert "tier" not in sold(abroad, short, 320_000)
    assert sold(abroad, enough, 330_000)["tier"]["after"] == "gold"


def test_spend_at_home_and_abroad_adds_up(abroad: Shop) -> None:
    member = abroad.member("ordinary")
    abroad.sell(abroad.product(200_000), member_id=member)
    assert sold(abroad, member, 120_000)["tier"]["after"] == "gold"  # 2,000.00 and 95 % of 1,094.76


def test_the_rate_stays_with_the_decision_and_it_is_made_again_identically(abroad: Shop) -> None:
    answer = sold(abroad, abroad.member("gold"), 100_000)
    with work() as session:
        add_rate(session, currency="HKD", into="CNY", since=TODAY, millionths=500_000)
    with reading() as session:
        found = decided(session, answer["receipt_id"])
        assert found.event.rate == 912_300
        assert reperform(found).verdict == "identical"
        paper: Any = documents.decision_document(session, found, language="en", by="a", reason="test", now=NOON).data
    assert paper["points"]["rate"] == "1 HKD = 0.9123 CNY"
    assert (paper["points"]["net_paid"], paper["points"]["whole_yuan"], paper["credit"]) == (90_000, 821, 82_107)
    home = abroad.sell(abroad.product(10_000))
    with reading() as session:
        kept = decided(session, home["receipt_id"]).stored
    assert "rate" not in json.loads(kept.facts)  # at home nothing is converted


def test_goods_that_come_back_take_back_what_they_earned(abroad: Shop) -> None:
    member = abroad.member("gold")
    answer = sold(abroad, member, 100_000)
    request = ReturnRequest(abroad.other_store, answer["receipt_id"], [BackLine(1, 1)], "size", cashier="till")
    assert take_back(request, key="back", now=NOON).answer["cash"] == 90_000
    with reading() as session:
        assert credit_half_year(session, member, TODAY) == 0


def test_a_friends_first_receipt_abroad_counts_in_the_brands_money(abroad: Shop) -> None:
    referrer = abroad.member("gold")
    answer = sold(abroad, abroad.member("ordinary", referrer_id=referrer), 100_000)
    assert answer["referral_points"] == 273  # 30 % of 912.30
    assert abroad.rows(Referral)[0].first_net == 91_230


@pytest.mark.parametrize(("way", "points", "credit"), [("same", 900, 90_000), ("nothing", 0, 0)])
def test_headquarters_may_count_it_otherwise(abroad: Shop, way: str, points: int, credit: int) -> None:
    with work() as session:
        settings.change(session, name="stores.cross_market", to=way, by="hq", reason="test", now=NOON)
    answer = sold(abroad, abroad.member("gold"), 100_000)
    assert (answer["cash"], answer["points"], answer["credit"]) == (90_000, points, credit)
    settings.forget_values()


def test_without_a_rate_only_who_earns_is_refused_and_nothing_is_written(abroad: Shop) -> None:
    with work() as session:
        session.get_one(Store, abroad.other_store).brand.currency = "TWD"
    before = abroad.written()
    with pytest.raises(NoRate):
        sold(abroad, abroad.member("gold"), 100_000)
    assert abroad.written() == before
    assert sold(abroad, None, 100_000)["cash"] == 100_000
