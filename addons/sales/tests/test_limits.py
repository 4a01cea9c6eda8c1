"""Limits per member: who buys is who is counted, whoever she was when she came in, and a return frees exactly that."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from addons.membership.models import CardSegment
from addons.membership.services import merge_members
from addons.sales import services
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt, RuleUse
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from core.db.session import reading, work
from core.policy.live import live_program
from core.policy.store import StoredDecision
from rules.explain import explain

TEN_OFF: dict[str, Any] = {
    "rule": "ten-off",
    "event": "quote",
    "group": "basket",
    "limits": [{"per": "member", "period": "month", "count": 1}],
    "then": [{"effect": "price.amount_off", "amount": 1000}],
}
PROFILE = {"name": "王", "phone": "13800138000", "birthday": date(1990, 1, 1)}


def back(shop: Shop, sold: dict[str, Any]) -> dict[str, Any]:
    request = ReturnRequest(shop.store, sold["receipt_id"], [BackLine(1, 1)], "size", cashier="amy", approved_by="boss")
    return services.take_back(request, key=f"back:{next(shop.numbers)}", now=NOON).answer


def uses(shop: Shop) -> list[tuple[int, int, int]]:
    return [(use.subject_id, use.count, use.cost) for use in shop.rows(RuleUse, per="member")]


@pytest.fixture
def cards(every_shop: Shop) -> Shop:
    with work() as session:
        session.add(CardSegment(store_id=every_shop.store, tier="ordinary", first=1000, last=1999, next=1000))
    return every_shop


def test_who_is_enrolled_with_a_sale_has_used_what_it_used(cards: Shop) -> None:
    shop = cards
    with book(TEN_OFF):
        product = shop.product(10_000)
        first = shop.sell(product, enrol=PROFILE)
        member = first["member_id"]
        assert (first["cash"], uses(shop)) == (9000, [(member, 1, 1000)])
        assert shop.sell(product, member_id=member)["cash"] == 9500  # her second receipt (C07): the rate, not the offer
        back(shop, first)
        assert uses(shop) == [(member, 0, 0)]
        again = shop.sell(product, member_id=member)
        assert again["cash"] == 8500
        assert shop.sell(product, member_id=member)["cash"] == 9500
        back(shop, again)
        assert uses(shop) == [(member, 0, 0)]


def test_goods_of_the_first_receipt_come_back_after_those_of_the_second(cards: Shop) -> None:
    shop = cards
    with book(TEN_OFF):
        product = shop.product(10_000)
        first = shop.sell(product, enrol=PROFILE)
        second = shop.sell(product, member_id=first["member_id"])
        back(shop, second)
        assert back(shop, first)["cash"] == 9000
    assert uses(shop) == [(first["member_id"], 0, 0)]


def test_each_newcomer_of_a_batch_is_another_person(cards: Shop) -> None:
    shop = cards
    product = shop.product(10_000)
    profiles = [PROFILE, PROFILE | {"phone": "13800138001"}]
    requests = [shop.request(product, enrol=profile, at=NOON, source="demo") for profile in profiles]
    with book(TEN_OFF):
        services.sell_batch(requests, ["one", "two"], NOON)
    assert [receipt.cash for receipt in shop.rows(Receipt)] == [9000, 9000]
    assert sorted(count for _, count, _ in uses(shop)) == [1, 1]


def test_a_merged_member_has_used_what_both_used_and_gives_it_back(shop: Shop) -> None:
    first, second = shop.member(), shop.member()
    with book(TEN_OFF):
        product = shop.product(10_000)
        sold = shop.sell(product, member_id=first)
        with work() as session:
            merge_members(session, from_id=first, into_id=second, by="test", reason="same person", now=NOON)
        assert uses(shop) == [(second, 1, 1000)]
        back(shop, sold)
    assert uses(shop) == [(second, 0, 0)]


def test_without_a_member_what_is_limited_per_member_is_not_given_and_it_is_said_why(shop: Shop) -> None:
    with book(TEN_OFF):
        product = shop.product(10_000)
        assert [shop.sell(product)["cash"] for _ in range(2)] == [10_000, 10_000]
        with reading() as session:
            live = live_program(session, "GB", NOON)
        stored = shop.rows(StoredDecision)[0]
        told = explain(live.program.book, live.program.vocabulary, stored.given(), stored.decided(), language="en")
        [missed] = [each for each in told.missed if each.rule == "ten-off"]
        assert [(reason.why, reason.text) for reason in missed.reasons] == [
            ("limits", "it is limited per member, and no member is named")
        ]
        assert live.program.decide(stored.given()) == stored.decided()
    assert uses(shop) == []


def test_a_limit_in_all_counts_without_a_member_too(shop: Shop) -> None:
    with book(TEN_OFF | {"limits": [{"per": "all", "period": "month", "count": 1}]}):
        product = shop.product(10_000)
        assert [shop.sell(product)["cash"] for _ in range(2)] == [9000, 10_000]
