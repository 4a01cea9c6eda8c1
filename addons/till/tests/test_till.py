"""The till by its forms: from scan to receipt, and every "no" on the way."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from addons.catalog.models import Product
from addons.membership.models import Card, Lookup, Member
from addons.membership.services.numbers import with_check_digit
from addons.points.models import Visit
from addons.sales.models import Receipt
from addons.sales.tests.book import book
from addons.stores.domain import Recurring
from addons.stores.models import Brand, Store
from addons.stores.services import DoubleDays, add_double_day
from addons.till.tests.counter import Counter
from addons.till.views.opened import PLACE as OPEN_BASKET
from addons.vouchers.models import Voucher
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.periods import local_day
from core.testing import screens
from core.testing.screens import Browser

At = Callable[[str], Browser]
HX = {"HX-Request": "true"}


def hidden(page: str, name: str) -> str:
    """Return a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def pay(browser: Browser, **other: str) -> str:
    """Take the payment for what is in the basket and return where it led."""
    page = browser.get("/till/").text
    answer = browser.post("/till/pay", {"key": hidden(page, "key"), "told": hidden(page, "told"), **other})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def ask(browser: Browser, path: str, **data: object) -> str:
    """Send a form as the page does and return the pane."""
    answer = browser.post(f"/till/{path}", dict(data), headers=HX)
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return html.unescape(answer.text)


# -- a sale -----------------------------------------------------------------------------------------------------------


def test_an_anonymous_sale_from_scan_to_receipt(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    answer = cashier.post("/till/add", {"q": "JEANS-30"}, headers=HX)
    assert answer.headers["Till"] == "added"
    assert "899.00" in answer.text
    receipt = cashier.get(pay(cashier)).text
    assert "S1-0000001" in receipt
    assert "899.00" in receipt
    assert "JEANS-30" not in cashier.get("/till/").text


def test_the_till_says_when_points_are_doubled(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    cashier.get("/lang/en")
    assert "Double points today" not in cashier.get("/till/").text
    today = local_day(clock.now())
    with system_scope("test"), work() as session:
        brand, store = session.get_one(Brand, shop.brand), session.get_one(Store, shop.store)
        add_double_day(session, DoubleDays(brand, "anniversary", "店慶", Recurring(today, today), store))
    assert "Double points today" in cashier.get("/till/").text
    member = shop.enrolled("13800138088")
    ask(cashier, "find", q="13800138088")
    assert "more points" in ask(cashier, "add", q="TEE-S")
    assert shop.sold(member, "TEE-S")["points"] == 200
    assert shop.sold(member, "TEE-S", store=shop.other)["points"] == 95  # her second receipt, no anniversary there


def test_the_same_forms_work_without_script(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    assert cashier.post("/till/add", {"q": "TEE-S"}).status_code == 303
    assert cashier.post("/till/line", {"product": "TEE-S", "quantity": "3"}).status_code == 303
    found = cashier.post("/till/add", {"q": "大衣"})
    assert found.status_code == 200
    assert "COAT-M" in found.text
    assert "COAT-L" in found.text
    assert "300.00" in cashier.get("/till/").text


@pytest.mark.parametrize("typed", ["大衣 M", "coat-m", "駝色 m"])
def test_a_product_is_found_by_name_size_and_colour(shop: Counter, at_till: At, typed: str) -> None:
    pane = ask(at_till("Cashier"), "add", q=typed)
    assert "COAT-M" in pane
    assert "2,199.00" in pane


def test_goods_are_found_at_the_price_that_holds_in_the_store(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    assert "2,199.00" in cashier.get("/till/products?q=COAT-M").text
    with system_scope("test"), work() as session:
        session.get_one(Store, shop.store).no_discount = True
    found = cashier.get("/till/products?q=COAT-M").text
    assert "2,599.00" in found
    assert "2,199.00" not in found


def test_what_is_new_is_found_first_from_the_smallest_size_and_the_rest_is_told(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    with system_scope("test"), work() as session:
        coat = session.scalars(select(Product).filter_by(code="COAT-L")).one()
        same = {"style_id": coat.style_id, "brand_id": coat.brand_id, "category_code": coat.category_code}
        for size in ("L", "XL", "S", "XS"):
            session.add(Product(code=f"NEW-{size}", size=size, list_price=9900, launched_on=date(2026, 4, 1), **same))
    found = cashier.get("/till/products?q=羊毛大衣").text
    order = re.findall(r'value="((?:NEW|COAT)-[XSML]+)"', found)
    assert order == ["NEW-XS", "NEW-S", "NEW-L", "NEW-XL", "COAT-M", "COAT-L"]
    assert "還有更多" not in found
    with system_scope("test"), work() as session:
        session.add_all(Product(code=f"OLD-{n}", size=str(n), list_price=9900, **same) for n in range(8))
    found = cashier.get("/till/products?q=羊毛大衣").text
    assert found.count("found-item") == 12
    assert "還有更多" in found


def test_what_is_not_found_is_said_and_stays_typed(shop: Counter, at_till: At) -> None:
    pane = ask(at_till("Cashier"), "add", q="no-such-thing")
    assert 'data-typed="no-such-thing"' in pane
    assert pane.count("找不到「no-such-thing」") == 1


def test_typed_wildcards_are_letters(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    assert "found-item" not in cashier.get("/till/products?q=%25").text
    assert cashier.get("/till/products?q=TEE").text.count("found-item") == 1


def test_quantities_go_up_and_down_and_out(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    ask(cashier, "add", q="TEE-S")
    assert "200.00" in ask(cashier, "line", product="TEE-S", quantity="2")
    assert "300.00" in ask(cashier, "line", product="TEE-S", quantity="2", more="1")
    assert "TEE-S" not in ask(cashier, "line", product="TEE-S", quantity="1", more="-1")


def test_money_may_come_by_another_way(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    ask(cashier, "payment", payment="wechat")
    receipt = cashier.get(pay(cashier)).text
    assert "微信支付" in receipt


# -- once and only once, and nothing lost -----------------------------------------------------------------------------


def test_a_double_click_makes_one_receipt(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    page = cashier.get("/till/").text
    form = {"key": hidden(page, "key"), "told": hidden(page, "told")}
    first, second = cashier.post("/till/pay", form), cashier.post("/till/pay", form)
    assert first.location == second.location
    assert shop.receipts() == 1


def test_a_second_click_before_the_session_knows_makes_one_receipt(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    page = cashier.get("/till/").text
    form = {"key": hidden(page, "key"), "told": hidden(page, "told")}
    with cashier.client.session_transaction() as kept:
        open_still = dict(kept[OPEN_BASKET])
    first = cashier.post("/till/pay", form)
    with cashier.client.session_transaction() as kept:
        kept[OPEN_BASKET] = open_still
    assert cashier.post("/till/pay", form).location == first.location
    assert shop.receipts() == 1


def test_a_price_that_changed_is_refused_and_the_basket_stays(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    page = cashier.get("/till/").text
    answer = cashier.post("/till/pay", {"key": hidden(page, "key"), "told": "9900"})
    assert answer.status_code == 409
    assert "TEE-S" in answer.text
    assert hidden(answer.text, "key") != hidden(page, "key")
    assert shop.receipts() == 0
    assert "S1-0000001" in cashier.get(pay(cashier)).text


def test_a_stale_form_sells_nothing(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    answer = cashier.post("/till/pay", {"key": "ANOTHERKEY", "told": "10000"})
    assert answer.status_code == 409
    assert "TEE-S" in answer.text
    assert shop.receipts() == 0


def test_goods_for_members_only_wait_in_the_basket(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    shop.enrolled("13800138000")
    assert "CLUB-1" in (pane := ask(cashier, "add", q="CLUB-1"))
    assert "till-to-pay" not in pane
    assert "500.00" in ask(cashier, "find", q="138 0013 8000")


# -- the customer -----------------------------------------------------------------------------------------------------


def test_a_member_pays_the_member_price_from_the_second_receipt(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138000")
    cashier = at_till("Cashier")
    assert "王小明" in ask(cashier, "find", q="13800138000")
    ask(cashier, "add", q="TEE-S")
    pay(cashier)
    ask(cashier, "find", q="13800138000")
    pane = ask(cashier, "add", q="TEE-S")
    assert "95.00" in pane
    assert "按售價 9.5 折結算" in pane
    assert "tier-ordinary" in pane
    assert "前再消費 2,805.00 升金卡" in pane
    pay(cashier)
    assert [receipt.cash for receipt in shop.rows(Receipt, member_id=member)] == [10000, 9500]


def test_a_member_of_another_store_is_served_masked_and_the_question_is_kept(shop: Counter, at_till: At) -> None:
    other = shop.enrolled("13800138000", store=shop.other, name="歐陽詩韻")
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="+86 13800138000")
    assert "歐陽詩韻" in pane
    assert "****8000" in pane
    assert "13800138000" not in pane.replace('value="13800138000"', "")
    assert f"/till/member/{other}" not in pane
    assert cashier.get(f"/till/member/{other}").status_code == 404
    assert [(row.member_id, row.how, row.by) for row in shop.rows(Lookup)] == [(other, "phone", "cashier")]
    ask(cashier, "add", q="TEE-S")
    pay(cashier)
    assert [receipt.member_id for receipt in shop.rows(Receipt)] == [other]


def test_by_card_number_too_but_not_by_name(shop: Counter, at_till: At) -> None:
    other = shop.enrolled("13800138000", store=shop.other, name="歐陽詩韻")
    cashier = at_till("Cashier")
    assert "****8000" not in ask(cashier, "find", q="歐陽")
    assert "****8000" not in ask(cashier, "find", q="8000")
    assert "歐陽詩韻" in ask(cashier, "find", q=shop.rows(Card, member_id=other)[0].number)


def test_names_find_members_of_ones_own_stores(shop: Counter, at_till: At) -> None:
    members = [shop.enrolled(f"1380013800{n}", name=f"王小{n}") for n in range(2)]
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="王小")
    assert f'value="{members[0]}"' in pane
    assert "王小1" in ask(cashier, "member", member_id=members[1])


def test_a_foreign_member_cannot_be_taken_by_number(shop: Counter, at_till: At) -> None:
    other = shop.enrolled("13800138000", store=shop.other)
    cashier = at_till("Cashier")
    assert cashier.post("/till/member", {"member_id": str(other)}, headers=HX).status_code == 404
    assert cashier.post("/till/member", {"member_id": "99999"}, headers=HX).status_code == 404


def test_vouchers_are_ticked_and_paid_with(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "COAT-M", "JEANS-30")  # 3,098 points: a voucher of 300
    voucher = shop.rows(Voucher, member_id=member)[0]
    cashier = at_till("Cashier")
    ask(cashier, "find", q="13800138000")
    ask(cashier, "add", q="JEANS-30")
    pane = ask(cashier, "vouchers", voucher=voucher.code)
    assert "554.05" in pane  # 854.05 less 300
    receipt = cashier.get(pay(cashier)).text
    assert "554.05" in receipt
    assert shop.rows(Voucher, id=voucher.id)[0].status == "used"


def test_a_voucher_that_cannot_be_used_is_put_back_with_a_word(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    pane = ask(cashier, "vouchers", code="NOSUCHVOUCHER")
    assert "notice-bad" in pane
    assert "till-to-pay" in pane
    assert "100.00" in pane


# -- enrolment --------------------------------------------------------------------------------------------------------

PROFILE = {"phone": "13700137000", "name": "新客", "birthday": "1990-05-20", "how": "sale"}


def test_an_unknown_customer_becomes_a_member_with_the_sale(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="13700137000")
    assert "+8613700137000" in pane
    assert "請問您有貴賓卡嗎" in pane
    assert "結帳後即成為會員" in ask(cashier, "enrol", **PROFILE)
    assert shop.rows(Member) == []
    pane = ask(cashier, "add", q="TEE-S")
    assert "100.00" in pane
    receipt = cashier.get(pay(cashier)).text
    member = shop.rows(Member)[0]
    card = shop.rows(Card, member_id=member.id)[0]
    assert (member.name, member.status, member.tier, card.status) == ("新客", "active", "ordinary", "active")
    assert card.number in receipt
    ask(cashier, "find", q=card.number)
    assert "95.00" in ask(cashier, "add", q="TEE-S")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "name"),
        ({"birthday": ""}, "birthday"),
        ({"birthday": "2999-01-01"}, "birthday"),
        ({"birthday": "yesterday"}, "yesterday"),
        ({"phone": "12"}, "12"),
        ({"number": "1100008"}, "1100008"),
        ({"referred_by": "13600136000"}, "13600136000"),
    ],
)
def test_an_enrolment_that_will_not_do_is_said_at_once_and_stays_typed(
    shop: Counter, at_till: At, wrong: dict[str, str], said: str
) -> None:
    cashier = at_till("Cashier")
    pane = ask(cashier, "enrol", **{**PROFILE, "street": "南京路 1 號", **wrong})
    assert "notice-bad" in pane
    assert said in pane
    assert "南京路 1 號" in pane
    assert "結帳後即成為會員" not in pane
    assert shop.rows(Member) == []


@pytest.mark.parametrize(
    ("field", "typed", "wanted"),
    [
        ("phone", "12", "不是電話號碼"),
        ("phone", "13800138000", "已有人使用"),
        ("phone", "13800138009", ""),  # of another store: not told while one types
        ("phone", "13700137000", ""),
        ("birthday", "2999-01-01", "生日須是過去的日子"),
        ("birthday", "1990-01-01", ""),
        ("number", "1234", "不是"),
        ("number", with_check_digit(119_999), ""),
    ],
)
def test_a_field_of_the_enrolment_is_looked_at_when_it_is_left(
    shop: Counter, at_till: At, *, field: str, typed: str, wanted: str
) -> None:
    shop.enrolled("13800138000")
    shop.enrolled("13800138009", store=shop.other)
    cashier = at_till("Cashier")
    before = len(shop.rows(Lookup))
    said = cashier.post(f"/till/check/enrol?field={field}", {field: typed}, headers={"HX-Request": "true"})
    assert said.status_code == 200
    assert said.headers["Till"] == "field"
    assert wanted in said.text
    assert bool(wanted) == bool(said.text.strip())
    assert len(shop.rows(Lookup)) == before  # nobody was looked up
    assert len(shop.rows(Member)) == 2


def test_what_is_no_field_of_the_enrolment_is_not_found(shop: Counter, at_till: At) -> None:
    assert shop.store
    for field in ("", "name", "key"):
        assert at_till("Cashier").post(f"/till/check/enrol?field={field}", {"name": "x"}).status_code == 404


def test_who_enrols_with_a_sale_may_keep_the_lunar_birthday(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    assert "結帳後即成為會員" in ask(cashier, "enrol", **PROFILE, birthday_lunar="yes")
    ask(cashier, "add", q="TEE-S")
    pay(cashier)
    assert [(str(m.birthday), m.lunar_birthday) for m in shop.rows(Member)] == [("1990-05-20", 426)]


def test_somebody_who_is_there_is_not_enrolled_again(shop: Counter, at_till: At) -> None:
    shop.enrolled("13700137000")
    pane = ask(at_till("Cashier"), "enrol", **PROFILE)
    assert "notice-bad" in pane
    assert len(shop.rows(Member)) == 1


def test_only_the_number_makes_a_prospect_who_is_served_and_may_join_later(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "enrol", phone="13700137000", how="prospect", step_key="ONE")
    ask(cashier, "enrol", phone="13700137000", how="prospect", step_key="ONE")
    assert [(m.phone, m.status) for m in shop.rows(Member)] == [("+8613700137000", "prospect")]
    assert "結帳後即成為會員" in ask(cashier, "enrol", name="新客", birthday_declined="yes", how="sale")
    ask(cashier, "add", q="TEE-S")
    pay(cashier)
    assert [(m.name, m.status) for m in shop.rows(Member)] == [("新客", "active")]
    assert len(shop.rows(Card)) == 1


def test_a_friend_brings_a_friend(shop: Counter, at_till: At) -> None:
    friend = shop.enrolled("13800138000")
    cashier = at_till("Cashier")
    ask(cashier, "enrol", **PROFILE, referred_by="13800138000")
    ask(cashier, "add", q="TEE-S")
    pay(cashier)
    assert shop.rows(Member, name="新客")[0].referrer_id == friend


# -- conversion, visits -----------------------------------------------------------------------------------------------


def test_a_card_that_is_due_is_converted_at_the_till_once(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "COAT-M", "JEANS-30")
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="13800138000")
    assert "已達金卡：請轉卡" in pane
    key = hidden(pane, "step_key")
    pane = ask(cashier, "step/convert_card", step_key=key)
    assert "轉卡完成" in pane
    assert "已達金卡" not in pane
    ask(cashier, "step/convert_card", step_key=key)
    assert [(card.tier, card.status) for card in shop.rows(Card)] == [("ordinary", "converted"), ("gold", "active")]
    assert "809.10" in ask(cashier, "add", q="JEANS-30")


def test_a_visit_gives_points_once_a_click(shop: Counter, at_till: At) -> None:
    shop.enrolled("13800138000", store=shop.other)
    cashier = at_till("Cashier")
    key = hidden(ask(cashier, "find", q="13800138000"), "step_key")
    assert "到訪得 10 積分，餘額 10" in ask(cashier, "step/visit", step_key=key)
    assert "餘額 10" in ask(cashier, "step/visit", step_key=key)


def test_a_visit_whose_points_find_no_budget_says_so(shop: Counter, at_till: At) -> None:
    def limit(whole: dict[str, Any]) -> None:
        [rule] = [rule for rule in whole["rules"] if rule["rule"] == "visit-points"]
        rule["limits"] = [{"per": "store", "period": "month", "budget": 99}]

    cashier = at_till("Cashier")
    shop.enrolled("13800138001")
    with book(change=limit):
        pane = ask(cashier, "find", q="13800138001")
        said = ask(cashier, "step/visit", step_key=hidden(pane, "step_key"))
    assert "到訪得 0 積分，餘額 0。另有 10 積分未贈送：預算已用完。" in said
    assert [visit.not_given for visit in shop.rows(Visit)] == [10]


def test_a_visit_by_invitation_is_counted_apart(shop: Counter, at_till: At) -> None:
    shop.enrolled("13800138000")
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="13800138000")
    button = re.search(r'<button[^>]* name="(invited)" value="(yes)"[^>]*>.*?應邀到訪', pane)
    assert button
    ask(cashier, "step/visit", step_key=hidden(pane, "step_key"), **{button[1]: button[2]})
    assert [visit.invited for visit in shop.rows(Visit)] == [True]


def test_a_card_number_that_will_not_do_stays_typed(shop: Counter, at_till: At) -> None:
    shop.sold(shop.enrolled("13800138000"), "COAT-M", "JEANS-30")
    cashier = at_till("Cashier")
    pane = ask(cashier, "find", q="13800138000")
    pane = ask(cashier, "step/convert_card", step_key=hidden(pane, "step_key"), number="77777777")
    assert "notice-bad" in pane
    assert 'value="77777777"' in pane
    answer = cashier.post("/till/step/convert_card", {"step_key": hidden(pane, "step_key"), "number": "77777778"})
    assert 'value="77777778"' in answer.text  # without script too


def test_other_steps_are_not_for_the_till(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    shop.enrolled("13800138000")
    ask(cashier, "find", q="13800138000")
    assert cashier.post("/till/step/report_loss", {}, headers=HX).status_code == 404


# -- who and where ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Cashier", "Guide", "StoreManager", "FranchiseAdmin"])
def test_people_of_stores_sell(shop: Counter, at_till: At, role: str) -> None:
    browser = at_till(role)
    ask(browser, "add", q="TEE-S")
    assert "/till/receipt/" in pay(browser)


@pytest.mark.parametrize(("who", "there"), [("cashier", True), ("guide", False)])
def test_a_basket_outlasts_a_session_that_ended_for_whoever_filled_it(
    shop: Counter, at_till: At, product: Flask, who: str, *, there: bool
) -> None:
    browser = at_till("Cashier")
    ask(browser, "add", q="TEE-S")
    with clock.fixed(clock.now() + timedelta(minutes=61)):
        assert browser.get("/till/").status_code == 302
        screens.come_in(product, browser, who)
        assert ("TEE-S" in browser.get("/till/").text) == there


@pytest.mark.parametrize("role", ["HQMarketing", "HQApprover", "Auditor", "SystemAdmin"])
def test_others_do_not(shop: Counter, at_till: At, role: str) -> None:
    browser = at_till(role)
    browser.get("/resetmypassword/form")
    answer = browser.post("/till/add", {"q": "TEE-S"})
    assert answer.status_code in (302, 403)
    assert "TEE-S" not in answer.text
    with browser.client.session_transaction() as kept:
        assert OPEN_BASKET not in kept


def test_of_several_stores_one_is_chosen_and_another_is_not_reached(
    shop: Counter, at_till: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "OWN_STORES", {shop.store, shop.other})
    cashier = at_till("Cashier")
    assert "今天在哪家門市" in cashier.get("/till/").text
    cashier.get(f"/till/?store={shop.other}")
    ask(cashier, "add", q="TEE-S")
    assert "S2-0000001" in cashier.get(pay(cashier)).text
    monkeypatch.setattr(screens, "OWN_STORES", {shop.store})
    page = cashier.get(f"/till/?store={shop.other}").text
    assert "南京路店" in page
    assert "淮海路店" not in page


def test_a_store_that_was_closed_sells_nothing(shop: Counter, at_till: At) -> None:
    cashier = at_till("Cashier")
    ask(cashier, "add", q="TEE-S")
    with system_scope("test"), work() as session:
        store = session.get(Store, shop.store)
        assert store is not None
        store.closed_on = store.opened_on
    assert cashier.post("/till/pay", {"key": "x", "told": "10000"}).status_code == 303
    assert "您沒有可以收銀的門市" in cashier.get("/till/").text
    assert shop.receipts() == 0


def test_the_decision_and_its_paper_are_one_click_away_for_those_who_may(shop: Counter, at_till: At) -> None:
    number = shop.sold(None, "TEE-S")["receipt_id"]
    manager, cashier = at_till("StoreManager"), at_till("Cashier")
    assert f"/receipt-decisions/{number}/pdf" in manager.get(f"/till/receipt/{number}").text
    assert f"/receipt-decisions/{number}" not in cashier.get(f"/till/receipt/{number}").text


def test_receipts_are_seen_in_their_store_only(shop: Counter, at_till: At) -> None:
    theirs = shop.sold(None, "TEE-S", store=shop.other)["receipt_id"]
    own = shop.sold(None, "TEE-S")["receipt_id"]
    cashier = at_till("Cashier")
    assert cashier.get(f"/till/receipt/{theirs}").status_code == 404
    assert cashier.get(f"/till/receipt/{own}").status_code == 200
    auditor = at_till("Auditor")
    assert "S2-0000001" in auditor.get(f"/till/receipt/{theirs}").text
