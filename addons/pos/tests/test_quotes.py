"""Signed quotes: the price that was promised is paid, or the till is told why not; nothing is written then."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, update

from addons.catalog.models import Product
from addons.membership.models import Card, Member
from addons.pos import services
from addons.pos.models import SoldQuote
from addons.pos.queries import KnownTill
from addons.pos.tests.conftest import BASE, Caller, card_of, connect_till
from addons.rulebook import services as rulebook
from addons.sales.models import Line, Receipt, RuleUse
from addons.sales.tests.shop import NOON, Shop
from addons.sales.tests.test_quote import limited
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.scope import acting, system_scope
from core.db.session import reading, work
from core.policy.live import live_program
from core.policy.store import StoredDecision
from core.policy.version import shipped_text
from core.settings import change
from rules.yaml_text import read_yaml, write_yaml

LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def later() -> Iterator[datetime]:
    """Ten minutes go by."""
    with clock.fixed(LATER):
        yield LATER


def quoted(till: Caller, *products: str, at: datetime = NOON, **more: Any) -> dict[str, Any]:
    """The basket and its quote."""
    with clock.fixed(at):
        answer = till.quote(*products, **more)
    assert answer.status_code == 200, answer.text
    return {"lines": [{"product": code} for code in products], **more, "quote": answer.json["quote"]}  # type: ignore[index]


def sell(till: Caller, body: dict[str, Any], key: str = "k") -> Any:
    return till.post("/checkout", body, key=key)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def voucher(shop: Any, member: int, days: int = 180) -> str:
    with system_scope("test"), work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", 30_000, NOON.date(), NOON, "rule", days=days)
        return issue_many(session, [issue])[0]


def test_a_quote_is_good_for_a_while_and_says_until_when(shop: Any, till: Caller) -> None:
    answer = till.quote(shop.product(10_000)).json
    assert datetime.fromisoformat(answer["valid_until"]) == NOON + timedelta(minutes=15)  # type: ignore[index]
    assert not shop.rows(SoldQuote)


def test_what_was_promised_is_paid_although_price_tier_and_rules_changed(
    shop: Any, till: Caller, later: datetime
) -> None:
    member, code = shop.member("gold"), shop.product(100_000)
    body = quoted(till, code, member=till.member(card_of(shop, member)))
    with system_scope("test"), work() as session:
        session.execute(update(Product).values(list_price=120_000, special_price=119_000))
        session.execute(update(Member).where(Member.id == member).values(tier="diamond"))
        session.execute(update(Card).where(Card.member_id == member).values(tier="diamond"))
        draft = rulebook.import_book(
            session, brand_id=shop.brand, text=_other_rules(), note="gold pays more", by="ann", now=later
        )
        rulebook.submit(session, version_id=draft.id, by="ann", now=later)
        rulebook.approve(session, version_id=draft.id, by="bo", now=later)
        rulebook.publish(session, version_id=draft.id, since=later, by="bo", now=later)
    sold = sell(till, body)
    assert sold.status_code == 201, sold.text
    assert (sold.json["cash"], sold.json["points"]) == (90_000, 900)
    [receipt], [line] = shop.rows(Receipt), shop.rows(Line)
    assert (receipt.tier, receipt.at, line.list_price, line.special_price) == ("gold", later, 100_000, None)
    with system_scope("test"), reading() as session:
        live = live_program(session, "GB", later)
        stored = session.get_one(StoredDecision, receipt.decision_id)
        assert live.version == "v1"
        assert stored.digest == live_program(session, "GB", NOON).digest != live.digest
    assert till.quote(code).json["list_total"] == 120_000  # type: ignore[index]


def _other_rules() -> str:
    whole: Any = read_yaml(shipped_text() or "")
    [rate] = [each for each in whole["parameters"] if each["parameter"] == "gold-rate"]
    rate["values"] = {"2000-01-01": 9900}
    return str(write_yaml(whole))


def test_the_same_key_answers_the_same_even_when_the_quote_is_over(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    first = sell(till, body)
    with clock.fixed(NOON + timedelta(days=1)):
        again = sell(till, body)
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert (again.headers["Idempotency-Replayed"], len(shop.rows(Receipt))) == ("true", 1)


def test_a_quote_is_over_at_its_moment(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    with clock.fixed(NOON + timedelta(minutes=15)):
        answer = sell(till, body)
    assert refused(answer) == (409, "quote_expired")
    assert not shop.rows(Receipt)
    with clock.fixed(NOON + timedelta(minutes=14, seconds=59)):
        assert sell(till, body, "other").status_code == 201


def test_headquarters_say_how_long(shop: Any, till: Caller) -> None:
    with system_scope("test"), work() as session:
        change(session, name="pos.quote_minutes", to=60, by="hq", reason="fittings", now=NOON)
    body = quoted(till, shop.product(10_000))
    with clock.fixed(NOON + timedelta(minutes=59)):
        assert sell(till, body).status_code == 201


def test_a_quote_is_sold_once(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    number = sell(till, body, "one").json["number"]
    again = sell(till, body, "two")
    assert refused(again) == (409, "quote_used")
    assert again.json["facts"] == {"receipt": number}
    assert (len(shop.rows(Receipt)), len(shop.rows(SoldQuote))) == (1, 1)


def test_another_basket_or_another_till_has_no_use_for_it(
    product: Flask, shop: Any, till: Caller, other_till: Caller
) -> None:
    code, dear = shop.product(10_000), shop.product(90_000)
    member = till.member(card_of(shop, shop.member("gold")))
    body = quoted(till, code)
    for other in (
        {"lines": [{"product": dear}]},
        {"lines": [{"product": code, "quantity": 2}]},
        {"lines": [{"product": code}, {"product": code}]},
        {"member": member},
        {"currency": "CNY"},
    ):
        assert refused(sell(till, body | other, str(other)[:100].replace(" ", ""))) == (422, "quote_of_other_basket")
    beside = connect_till(product, shop.store, "beside")
    for stranger in (beside, other_till):
        assert refused(sell(stranger, body))[1] in ("quote_of_other_till", "quote_of_other_basket")
        assert refused(sell(beside, body)) == (409, "quote_of_other_till")
    assert not shop.rows(Receipt)
    assert not shop.rows(SoldQuote)


def test_a_quote_that_was_touched_is_refused(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    text = body["quote"]
    payload, _, signature = text.lstrip(".").rpartition(".")
    packed = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    plain = zlib.decompress(packed) if text.startswith(".") else packed
    assert b"10000" in plain
    cheaper = base64.urlsafe_b64encode(plain.replace(b"10000", b"1")).rstrip(b"=").decode()
    reference = till.member(card_of(shop, shop.member()))
    for number, touched in enumerate(
        [text[:-1], text + "A", f"{cheaper}.{signature}", payload, "x", ".", reference, "e30.e30", "." * 300]
    ):
        answer = sell(till, body | {"quote": touched}, f"t{number}")
        assert refused(answer) == (422, "bad_quote"), touched
    assert sell(till, body | {"quote": ""}).status_code == 422
    assert not shop.rows(Receipt)


def test_a_quote_of_another_installation_is_refused(shop: Any, till: Caller, product: Flask) -> None:
    body = quoted(till, shop.product(10_000))
    before = product.config["SECRET_KEY"]
    product.config["SECRET_KEY"] = before[::-1]
    try:
        assert refused(sell(till, body)) == (422, "bad_quote")
    finally:
        product.config["SECRET_KEY"] = before


def test_a_kill_switch_ends_every_quote_of_its_version(shop: Any, till: Caller, later: datetime) -> None:
    body = quoted(till, shop.product(10_000))
    with system_scope("test"), work() as session:
        rule = live_program(session, "GB", NOON).program.book.rules[0].name
        rulebook.switch_off(session, brand_id=shop.brand, rule=rule, reason="wrong", by="bo", now=later)
    answer = sell(till, body)
    assert refused(answer) == (409, "quote_withdrawn")
    assert answer.json["facts"] == {"version": "default"}
    assert not shop.rows(Receipt)
    fresh = till.quote(*[line["product"] for line in body["lines"]]).json
    assert sell(till, body | {"quote": fresh["quote"]}, "fresh").status_code == 201  # type: ignore[index]


def test_what_was_used_up_since_is_not_given_again(shop: Any, till: Caller) -> None:
    code = shop.product(50_000)
    with limited({"per": "all", "period": "ever", "count": 1}):
        first, second = quoted(till, code), quoted(till, code)
        assert sell(till, first, "one").json["cash"] == 49_000
        answer = sell(till, second, "two")
    assert refused(answer) == (409, "quote_overtaken")
    assert answer.json["facts"] == {"told": 49_000, "due": 50_000}
    assert (len(shop.rows(Receipt)), [use.count for use in shop.rows(RuleUse)]) == (1, [1])


def test_a_voucher_that_was_used_or_ended_since_is_refused(shop: Any, till: Caller) -> None:
    member, code = shop.member(), shop.product(50_000)
    reference = till.member(card_of(shop, member))
    one, other = voucher(shop, member), voucher(shop, member, days=1)
    first = quoted(till, code, member=reference, vouchers=[one])
    second = quoted(till, code, member=reference, vouchers=[one])
    assert sell(till, first, "one").json["tendered"] == 30_000
    assert refused(sell(till, second, "two")) == (409, "voucher_used")
    with system_scope("test"), work() as session:
        change(session, name="pos.quote_minutes", to=1440, by="hq", reason="test", now=NOON)
    third = quoted(till, code, at=NOON + timedelta(hours=30), member=reference, vouchers=[other])
    with clock.fixed(NOON + timedelta(hours=40)):
        assert refused(sell(till, third, "three")) == (409, "voucher_expired")
    assert [row.status for row in shop.rows(Voucher)] == ["used", "active"]


def test_the_amount_of_a_birthday_is_not_given_twice(shop: Any, till: Caller) -> None:
    member, code = shop.member("gold", birthday=date(1990, 5, 4)), shop.product(400_000)
    reference = till.member(card_of(shop, member))
    bodies = [quoted(till, code, member=reference) for _ in range(2)]
    assert sell(till, bodies[0], "one").json["cash"] == 312_000
    assert refused(sell(till, bodies[1], "two")) == (409, "quote_overtaken")


def test_the_first_purchase_is_first_once(shop: Any, till: Caller) -> None:
    """Ordinary members pay less from their second receipt on: what was quoted before the first is dearer."""
    member, code = shop.member(), shop.product(100_000)
    reference = till.member(card_of(shop, member))
    bodies = [quoted(till, code, member=reference) for _ in range(2)]
    assert sell(till, bodies[0], "one").json["cash"] == 100_000
    answer = sell(till, bodies[1], "two")
    assert (refused(answer), answer.json["facts"]) == ((409, "quote_overtaken"), {"told": 100_000, "due": 95_000})


def test_telling_another_price_or_paying_another_sum_is_refused(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    assert refused(sell(till, body | {"told": 9_999}, "a")) == (409, "price_changed")
    paid = {"payments": [{"kind": "cash", "amount": 9_999}]}
    assert refused(sell(till, body | paid, "b")) == (422, "wrong_payment")
    assert sell(till, body | {"told": 10_000}, "c").status_code == 201  # what was refused did not use it up


def test_a_product_that_left_the_catalogue_is_refused(shop: Any, till: Caller) -> None:
    body = quoted(till, shop.product(10_000))
    with system_scope("test"), work() as session:
        session.execute(update(Product).values(active=False))
    assert refused(sell(till, body)) == (422, "unknown_product")


def test_a_customer_who_becomes_a_member_pays_what_was_quoted(shop: Any, till: Caller) -> None:
    from addons.membership.models import CardSegment

    with system_scope("test"), work() as session:
        session.add(CardSegment(store_id=shop.store, tier="ordinary", first=1000, last=1999, next=1000))
    enrol = {"phone": "13800138000", "name": "王小明", "birthday": "1990-01-01"}
    body = quoted(till, shop.product(100_000), enrol=enrol)
    sold = sell(till, body)
    assert (sold.status_code, sold.json["cash"], sold.json["balance"]) == (201, 100_000, 1000), sold.text


def test_eight_checkouts_of_one_quote_under_keys_of_their_own_are_one_receipt(
    product: Flask, shop: Any, till: Caller
) -> None:
    body = quoted(till, shop.product(10_000))
    headers = {"Authorization": f"Bearer {till.credential}"}

    def call(key: int) -> Any:
        return product.test_client().post(
            f"{BASE}/checkout", json=body, headers=headers | {"Idempotency-Key": str(key)}
        )

    contexts = [copy_context() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: pair[1].run(call, pair[0]), enumerate(contexts)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len({answer.json["facts"]["receipt"] for answer in answers if answer.status_code == 409}) == 1
    assert (len(shop.rows(Receipt)), len(shop.rows(SoldQuote))) == (1, 1)


# -- both databases ---------------------------------------------------------------------------------------------------


def test_two_sales_of_one_quote_at_once_are_one_receipt_on_both_databases(every_database: Engine) -> None:
    secret = "a secret of the installation, for these tests"
    with system_scope("test"):
        shop = Shop.opened()
        code = shop.product(39_900)
        with work() as session:
            made = services.add_till(session, store_id=shop.store, name="till", by="hq", now=NOON)
    with reading() as session:
        till: KnownTill = services.recognise(session, made.credential, NOON)
    asked: dict[str, Any] = {"lines": [{"product": code, "quantity": 1}]}
    with acting(services.scope_of_till(till)):
        with reading() as session:
            asked["quote"] = services.price(session, till=till, asked=asked, now=NOON, secret=secret)["quote"]

        def sell_once(number: int) -> str:
            try:
                posted = services.sell(till=till, asked=asked, key=f"k{number}", now=LATER, secret=secret)
            except services.QuoteUsed as used:
                return str(used.receipt)
            return str(posted.answer["number"])

        contexts = [copy_context() for _ in range(6)]
        with ThreadPoolExecutor(6) as pool:
            numbers = list(pool.map(lambda pair: pair[1].run(sell_once, pair[0]), enumerate(contexts)))
    assert set(numbers) == {"S1-0000001"}
    with system_scope("test"):
        assert len(shop.rows(Receipt)) == 1
