"""A return in a real browser (E22): the line of 500 comes back after a voucher paid a part, by keys and by thumb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.models import Receipt, Return
from addons.sales.services import checkout
from addons.till.tests.counter import Counter, open_shop
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.periods import local_day
from core.testing.browsers import Look, Watched, chromium, served
from core.testing.screens import PASSWORD

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
LOOKS = [Look("zh_Hant_TW", 1440), Look("en", 390)]
REFUSED = {"zh_Hant_TW": "這筆退貨須由店長核准。", "en": "A store manager must approve this return."}


@pytest.fixture
def shop(product: Flask) -> Counter:
    """The shop; the day is today."""
    return open_shop()


@pytest.fixture
def address(product: Flask, shop: Counter) -> Iterator[str]:
    """The product, served."""
    with served(product) as found:
        yield found


@pytest.fixture
def cashier(chromium: Any, address: str, look: Look) -> Iterator[Watched]:
    """A cashier in front of the till."""
    watched = Watched(chromium, address, look, journey="return")
    watched.login("cashier")
    yield watched
    watched.leave()


def sold_with_voucher(shop: Counter) -> str:
    """Sell two products, a part of it paid by a voucher; returns the number of the receipt."""
    member = shop.enrolled("13800138022")
    shop.raised(member, "gold")
    now = clock.now()
    with system_scope("test"), work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", 20000, local_day(now), now, "test")
        [code] = issue_many(session, [issue])
    lines = [SaleLine("JEANS-30"), SaleLine("COAT-M")]
    with system_scope("test"):
        request = SaleRequest(shop.store, lines, member_id=member, vouchers=(code,), cashier="amy")
        answer = checkout(request, key="test:sold", now=now).answer
    return str(shop.rows(Receipt, id=answer["receipt_id"])[0].number)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_line_comes_back_with_its_share_of_the_voucher(shop: Counter, cashier: Watched) -> None:
    number, page = sold_with_voucher(shop), cashier.page
    cashier.menu("/returns/")
    cashier.keep("find")
    page.fill("#return-number", number)
    page.press("#return-number", "Enter")
    page.wait_for_selector("#return-form")
    cashier.keep("receipt")
    page.click("li:first-child [data-more]")
    page.wait_for_selector("#return-due")
    page.select_option("[name=reason]", "size")
    page.wait_for_load_state("networkidle")
    cashier.keep("effect")
    due = page.inner_text("#return-due")
    page.click("[formaction$=confirm]")
    page.wait_for_url("**/till/return/*")
    cashier.keep("slip")
    assert due in page.inner_text(".receipt")
    [row] = shop.rows(Return)
    assert row.to_vouchers > 0
    assert row.cash + row.to_vouchers == row.paid_back
    page.click(f".receipt-do a:has-text('{number}')")
    page.wait_for_selector(".receipt-back")
    cashier.keep("afterwards")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_without_a_second_person_a_price_is_not_corrected(shop: Counter, cashier: Watched, look: Look) -> None:
    number, page = sold_with_voucher(shop), cashier.page
    cashier.expected.append("403")
    cashier.open("/returns/")
    page.fill("#return-number", number)
    page.press("#return-number", "Enter")
    page.wait_for_selector("#return-form")
    page.click("li:first-child .why summary")
    page.fill("[name=price-1]", "800")
    page.press("[name=price-1]", "Tab")
    page.wait_for_selector(".approve")
    page.select_option("[name=reason]", "price")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('.approve input').forEach((field) => { field.required = false; })")
    page.click("[formaction$=confirm]")
    page.wait_for_selector(f"text={REFUSED[look.language]}")
    cashier.keep("refused")
    assert not shop.rows(Return)
    page.fill("[name=approver]", "storemanager")
    page.fill("[name=password]", PASSWORD)
    page.select_option("[name=reason]", "quality")  # what the second person typed is not asked for again
    page.wait_for_load_state("networkidle")
    page.click("[formaction$=confirm]")
    page.wait_for_url("**/till/return/*")
    cashier.keep("approved")
    assert shop.rows(Return)[0].approved_by == "storemanager"


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_goods_are_exchanged_with_the_credit_in_sight(shop: Counter, cashier: Watched, look: Look) -> None:
    sold = shop.sold(None, "JEANS-30")
    page = cashier.page
    cashier.open("/returns/")
    page.fill("#return-number", shop.rows(Receipt, id=sold["receipt_id"])[0].number)
    page.press("#return-number", "Enter")
    page.wait_for_selector("#return-form")
    page.click("[data-more]")
    page.wait_for_selector("#return-due")
    page.select_option("[name=reason]", "changed_mind")
    page.wait_for_load_state("networkidle")
    page.click("[formaction$=exchange]")
    page.wait_for_url("**/till/")
    if look.is_phone:
        page.click(".till-steps [data-go=basket]")
    page.fill("#till-goods", "COAT-M")
    page.press("#till-goods", "Enter")
    page.wait_for_selector(".line")
    if look.is_phone:
        page.click(".till-steps [data-go=pay]")
    cashier.keep("exchange")
    assert page.inner_text("#till-difference") == "1,300.00"
    page.click("[data-pay] button")
    page.wait_for_url("**/till/return/*")
    cashier.keep("exchanged")
    assert shop.rows(Return)[0].kind == "exchange"
