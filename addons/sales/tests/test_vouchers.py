"""Vouchers at the counter: held by a till, good for some goods or some stores, and reconciled with the receipts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Product
from addons.rulebook.services.source import DatabaseVersions
from addons.sales.domain.refusals import VoucherNotTaken
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.queries import agreement
from addons.sales.services import take_back
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.vouchers import queries, services
from addons.vouchers.models import Terms, Voucher
from addons.vouchers.services import Hold, Issue
from core import settings
from core.db.session import reading, work
from core.policy.store import StoredDecision
from core.policy.version import BookVersion, digest_of, set_version_source, shipped_text
from core.testing.master import unguard
from rules.event import Event
from rules.yaml_text import read_yaml, write_yaml

TODAY = NOON.date()
TILL, OTHER = Hold("till-1", "a"), Hold("till-2", "b")


@pytest.fixture
def member(shop: Shop) -> int:
    return shop.member()


def issued(shop: Shop, member: int | None, value: int = 30_000, **more: Any) -> str:
    with work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", value, TODAY, NOON, "test")
        return services.issue_many(session, [replace(issue, **more)])[0]


def terms(**limits: Any) -> int:
    with work() as session:
        row = Terms(**limits)
        session.add(row)
        session.flush()
        return row.id


def in_category(shop: Shop, product: str, category: str) -> str:
    """Put a product into a category and return its code."""
    with work() as session:
        session.scalars(select(Product).where(Product.code == product)).one().category_code = category
    return product


def event_of(session: Session, receipt: int) -> Event:
    """Return what was given to the rules for a receipt, as it is kept."""
    return session.get_one(StoredDecision, session.get_one(Receipt, receipt).decision_id).given()


def test_a_voucher_that_a_till_holds_is_taken_there_alone(shop: Shop, member: int) -> None:
    code, product = issued(shop, member), shop.product(100_000)
    with work() as session:
        held: dict[str, Any] = {"store_id": shop.store, "day": TODAY, "now": NOON, "member_id": member}
        services.lock(session, codes=[code], hold=TILL, **held)
    for hold in (OTHER, None):
        with pytest.raises(services.VoucherLocked):
            shop.quote(product, member_id=member, vouchers=(code,), hold=hold)
        with pytest.raises(services.VoucherLocked):
            shop.sell(product, member_id=member, vouchers=(code,), hold=hold)
    assert shop.sell(product, member_id=member, vouchers=(code,), hold=TILL)["tendered"] == 30_000


def test_a_voucher_for_a_category_pays_for_its_goods(shop: Shop, member: int) -> None:
    shoes, tops = shop.product(20_000), shop.product(100_000)
    for_tops = issued(shop, member, terms_id=terms(min_spend=0, categories=["top"]))
    decision = shop.quote(shoes, tops, member_id=member, vouchers=(for_tops,)).decision
    assert decision.tendered == 30_000  # both are tops
    for_others = issued(shop, member, terms_id=terms(min_spend=0, categories=["bag"]))
    with pytest.raises(VoucherNotTaken):
        shop.sell(shoes, member_id=member, vouchers=(for_others,))


def test_a_voucher_for_a_category_pays_for_all_that_is_part_of_it(shop: Shop, member: int, database: Engine) -> None:
    with work() as session:
        session.add_all(
            [Category(code="knit", name="K", parent_code="top"), Category(code="vest", name="V", parent_code="knit")]
        )
    top, vest = shop.product(20_000), in_category(shop, shop.product(10_000), "vest")
    code = issued(shop, member, terms_id=terms(min_spend=0, categories=["knit"]))
    sold = shop.sell(top, vest, member_id=member, vouchers=(code,))
    assert sold["tendered"] == 10_000  # what is wider than the category is not part of it
    with reading() as session:
        kept = event_of(session, sold["receipt_id"])
        assert kept.vouchers[0].categories == frozenset({"knit", "vest"})  # so it can be decided again
        assert list(agreement.reconciled(session)) == []


@pytest.mark.parametrize("named", ["P", "S"])
def test_a_voucher_for_a_product_or_a_style_pays_for_it_alone(shop: Shop, member: int, named: str) -> None:
    other, wanted = shop.product(20_000), shop.product(10_000)
    with work() as session:
        product = session.scalars(select(Product).where(Product.code == wanted)).one()
        product.style.code = f"S{wanted}"
        name = product.code if named == "P" else product.style.code
    code = issued(shop, member, terms_id=terms(min_spend=0, products=[name]))
    with pytest.raises(VoucherNotTaken):
        shop.sell(other, member_id=member, vouchers=(code,))
    sold = shop.sell(other, wanted, member_id=member, vouchers=(code,))
    assert sold["tendered"] == 10_000
    with reading() as session:
        kept = event_of(session, sold["receipt_id"])
        assert (kept.vouchers[0].categories, kept.vouchers[0].products) == (None, frozenset({name}))


def test_a_voucher_may_ask_for_a_least_spend_or_a_store(shop: Shop, member: int) -> None:
    product = shop.product(100_000)
    dear = issued(shop, member, terms_id=terms(min_spend=100_001))
    elsewhere = issued(shop, member, terms_id=terms(min_spend=0, stores=[shop.other_store]))
    with pytest.raises(VoucherNotTaken):
        shop.sell(product, member_id=member, vouchers=(dear,))
    with pytest.raises(services.VoucherOfOtherStore):
        shop.sell(product, member_id=member, vouchers=(elsewhere,))
    shop.sell(product, member_id=member, vouchers=(elsewhere,), store_id=shop.other_store)


def test_money_of_another_market_is_not_taken(shop: Shop, member: int) -> None:
    code = issued(shop, member)
    with work() as session:
        session.get_one(Voucher, shop.rows(Voucher, code=code)[0].id).currency = "HKD"
    with pytest.raises(services.VoucherOfOtherCurrency):
        shop.sell(shop.product(100_000), member_id=member, vouchers=(code,))


def test_a_voucher_for_first_use_becomes_the_buyers(shop: Shop, member: int) -> None:
    code, product = issued(shop, None, binding="first_use"), shop.product(100_000)
    with pytest.raises(services.VoucherNeedsMember):
        shop.sell(product, vouchers=(code,))
    shop.sell(product, member_id=member, vouchers=(code,))
    assert shop.rows(Voucher, code=code)[0].member_id == member
    bearer = issued(shop, None, binding="bearer")
    shop.sell(product, vouchers=(bearer,))


def test_a_members_voucher_does_not_pay_without_her(shop: Shop, member: int) -> None:
    code, product = issued(shop, member), shop.product(100_000)
    with pytest.raises(services.VoucherNeedsMember):
        shop.quote(product, vouchers=(code,))
    with pytest.raises(services.VoucherNeedsMember):
        shop.sell(product, vouchers=(code,))
    assert shop.sell(product, member_id=member, vouchers=(code,))["tendered"] == 30_000


def test_what_was_paid_by_voucher_agrees_with_the_vouchers(shop: Shop, member: int, database: Engine) -> None:
    code, product = issued(shop, member), shop.product(20_000)
    receipt = shop.sell(product, member_id=member, vouchers=(code,))["receipt_id"]
    with reading() as session:
        assert list(agreement.reconciled(session)) == []
        assert [(row.redeemed, row.restored) for row in queries.redeemed_on(session, receipt)] == [(20_000, 0)]
        tender = agreement._T
        with database.begin() as connection:  # by somebody who is master of the database
            unguard(connection, "sales_tender")
            connection.execute(delete(tender).where(tender.c.voucher_id.is_not(None)))
        found = [each for each in agreement.reconciled(session) if each.problem == agreement.VOUCHERS]
        assert [(each.entry, each.expected) for each in found] == [(str(receipt), "20000")]


# -- discount coupons -------------------------------------------------------------------------------------------------


#: A tenth off for who shows the spring coupon.
SPRING = {
    "rule": "spring-coupon",
    "event": "quote",
    "group": "basket",
    "when": {"fact": "vouchers.coupon", "has": "SPRING"},
    "then": [{"effect": "price.amount_off", "amount": 10_000}],
}


class _MoreRules:
    """Versions with one more rule."""

    def __init__(self, rule: dict[str, Any]) -> None:
        whole = read_yaml(shipped_text() or "")
        assert isinstance(whole, dict)
        text = write_yaml({**whole, "rules": [*whole["rules"], rule]})
        self.version = BookVersion("coupon", digest_of(text), text)

    def live(self, *_: object) -> BookVersion:
        return self.version

    def by_digest(self, _: object, digest: str) -> BookVersion | None:
        return self.version if digest == self.version.digest else None

    def overruled(self, *_: object) -> bool:
        return False


@pytest.fixture
def coupons() -> Iterator[None]:
    set_version_source(_MoreRules(SPRING))
    yield
    set_version_source(DatabaseVersions())


@pytest.mark.usefixtures("coupons")
def test_a_coupon_lowers_the_price_and_is_used_up(shop: Shop, member: int) -> None:
    product = shop.product(100_000)
    names = ("SPRING", "SPRING", "AUTUMN")
    spring, again, autumn = (issued(shop, member, 0, kind="discount", title=name) for name in names)
    before = shop.quote(product, member_id=member).decision.cash
    assert shop.quote(product, member_id=member, vouchers=(spring, again, autumn)).untaken == [again, autumn]
    with pytest.raises(VoucherNotTaken):  # one that makes no difference is not used up
        shop.sell(product, member_id=member, vouchers=(autumn,))
    sold = shop.sell(product, member_id=member, vouchers=(spring,))
    assert (sold["cash"], sold["tendered"]) == (before - 10_000, 0)
    assert {voucher.code: voucher.status for voucher in shop.rows(Voucher)} == {
        spring: "used",
        again: "active",
        autumn: "active",
    }
    with pytest.raises(services.VoucherUsed):
        shop.sell(product, member_id=member, vouchers=(spring,))
    with reading() as session:
        assert queries.redeemed_on(session, sold["receipt_id"]) == []  # it paid nothing, so nothing goes back to it
        assert list(queries.audit(session)) == []
        assert list(agreement.reconciled(session)) == []


@pytest.mark.usefixtures("coupons")
def test_a_coupon_with_a_value_is_not_paid_twice(shop: Shop, member: int) -> None:
    """None is issued any more; who gave one in a batch bears what its rule takes off, and no voucher beside it."""
    spring, product = issued(shop, member, 10_000, title="SPRING"), shop.product(100_000)
    with work() as session:
        session.get_one(Voucher, shop.rows(Voucher, code=spring)[0].id).kind = "discount"
    before = shop.quote(product, member_id=member).decision.cash
    sold = shop.sell(product, member_id=member, vouchers=(spring,))
    assert (sold["cash"], sold["tendered"]) == (before - 10_000, 0)
    with reading() as session:
        assert [(row.redeemed, row.forfeited) for row in queries.used_on(session, sold["receipt_id"]).values()] == [
            (0, 10_000)
        ]
        assert list(queries.audit(session)) == []
        assert list(agreement.reconciled(session)) == []


def test_where_no_rule_asks_for_coupons_none_is_taken(shop: Shop, member: int) -> None:
    spring = issued(shop, member, 0, kind="discount", title="SPRING")
    with pytest.raises(VoucherNotTaken):
        shop.sell(shop.product(100_000), member_id=member, vouchers=(spring,))


@pytest.mark.parametrize(("days", "good_for"), [({}, 30), ({"days": 60}, 60)])
def test_a_voucher_of_a_rule_that_names_no_days_is_good_as_long_as_the_setting_says(
    shop: Shop, member: int, days: dict[str, int], good_for: int
) -> None:
    """C18."""
    then = {"effect": "voucher.issue", "kind": "cash", "value": 5_000, **days}
    present = {"fact": "member.present", "is": True}
    with work() as session:
        settings.change(session, name="vouchers.valid_days", to=30, by="hq", reason="C18", now=NOON)
    set_version_source(_MoreRules({"rule": "thank-you", "event": "quote", "when": present, "then": [then]}))
    try:
        shop.sell(shop.product(10_000), member_id=member)
    finally:
        set_version_source(DatabaseVersions())
    [voucher] = shop.rows(Voucher, rule="thank-you")
    assert (voucher.valid_until - TODAY).days == good_for


# -- returns ----------------------------------------------------------------------------------------------------------


def test_a_voucher_that_asked_for_a_least_spend_still_pays_for_what_is_kept(shop: Shop, member: int) -> None:
    code = issued(shop, member, terms_id=terms(min_spend=100_000))
    products = shop.product(60_000), shop.product(60_000)
    sold = shop.sell(*products, member_id=member, vouchers=(code,))
    back = ReturnRequest(shop.store, sold["receipt_id"], [BackLine(2, 1)], "size")
    answer = take_back(back, key="back", now=NOON).answer
    assert answer["vouchers_restored"][0][:2] == [code, 15_000]
    with reading() as session:
        assert [row[2:] for row in queries.redeemed_on(session, sold["receipt_id"])] == [(30_000, 15_000)]
        assert list(queries.audit(session)) == []


# -- limits that a rule gives -----------------------------------------------------------------------------------------

THANKS: dict[str, Any] = {
    "rule": "thank-you", "event": "quote", "when": {"fact": "member.present", "is": True},
    "totals": [{"measure": "amount", "at_least": 150_000}],
    "then": [{
        "effect": "voucher.issue", "kind": "cash", "value": 5000, "days": 60,
        "min_spend": {"parameter": "thank-you-spend"}, "categories": ["bag"],
    }],
    "funding": {"hq": 10_000},
}  # fmt: skip
SPEND: dict[str, Any] = {
    "parameter": "thank-you-spend", "kind": "money", "reference": "VOU-01",
    "label": {"zh_hant": "謝禮券最低消費", "zh_hans": "谢礼券最低消费", "en": "Least spend of thanks"},
    "values": {"2020-01-01": 30_000, "2026-05-05": 40_000},
}  # fmt: skip


def test_a_rule_gives_a_voucher_for_some_goods_from_some_spend(shop: Shop, member: int) -> None:
    with work() as session:
        session.add(Category(code="bag", name="包"))
    top, bag = shop.product(200_000), in_category(shop, shop.product(40_000), "bag")
    small = in_category(shop, shop.product(20_000), "bag")
    with book(THANKS, change=lambda whole: whole["parameters"].append(SPEND)):
        [code] = shop.sell(top, member_id=member)["vouchers"]
        with reading() as session:
            found = queries.by_code(session, [code])[code]
        assert (found.min_spend, found.categories, found.products, found.stores) == (30_000, ["bag"], None, None)
        with pytest.raises(VoucherNotTaken):
            shop.sell(small, member_id=member, vouchers=(code,))
        with pytest.raises(VoucherNotTaken):
            shop.sell(small, shop.product(40_000), member_id=member, vouchers=(code,))  # the least spend is on bags
        assert shop.sell(bag, member_id=member, vouchers=(code,))["tendered"] == 5000
        shop.sell(top, member_id=member)
    assert len(shop.rows(Terms)) == 1  # those that say the same are kept once
    with reading() as session:
        assert list(agreement.reconciled(session)) == []


def test_what_was_split_off_keeps_the_limits_of_its_rule(shop: Shop, member: int) -> None:
    with book(THANKS | {"then": [THANKS["then"][0] | {"min_spend": 30_000}]}):
        [code] = shop.sell(shop.product(200_000), member_id=member)["vouchers"]
    about: dict[str, Any] = {"store_id": shop.store, "day": TODAY, "now": NOON, "by": "amy"}
    with work() as session:
        voucher = queries.by_code(session, [code])[code]
        codes = services.split(session, voucher_id=voucher.id, parts=(2000, 3000), **about)
        parts = queries.by_code(session, codes).values()
        assert {(part.min_spend, tuple(part.categories or ())) for part in parts} == {(30_000, ("bag",))}
