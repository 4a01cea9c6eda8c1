"""A day at the till in a real browser: from an unknown customer to a second receipt at 9.5 折, by keys and by thumb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Route

from addons.till.tests.counter import open_shop
from core.testing.browsers import Look, Watched, chromium, served

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
SAID = {
    "zh_Hant_TW": ("新會員", "按售價 9.5 折結算", "已升金卡"),
    "en": ("New member", "pay 95 % of the selling price", "Climbed to Gold card"),
}


@pytest.fixture
def address(product: Flask) -> Iterator[str]:
    """The product, served with the shop in it; the day is today."""
    open_shop()
    with served(product) as found:
        yield found


@pytest.fixture
def cashier(chromium: Any, address: str, look: Look) -> Iterator[Watched]:
    """A cashier in front of the till."""
    watched = Watched(chromium, address, look, journey="first-visit")
    watched.login("cashier")
    watched.open("/till/")
    yield watched
    watched.leave()


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 1440), Look("en", 1440)], ids=str)
def test_by_keys_alone_from_an_unknown_customer_to_the_second_receipt(cashier: Watched, look: Look) -> None:
    enrolled, price, climbed = SAID[look.language]
    page, keys = cashier.page, cashier.page.keyboard
    cashier.keep("empty")
    keys.press("F2")
    keys.type("13700137000\n")
    page.wait_for_selector(".enrol[open]")
    cashier.keep("unknown")
    page.focus("#e-name")
    keys.type("新客")
    keys.press("Tab")
    keys.type("05201990")
    keys.press("Enter")
    page.wait_for_selector(".enrolled")
    keys.press("/")
    for code in ("JEANS-30", "TEE-S", "TEE-S"):  # a scanner does not wait
        keys.type(f"{code}\n")
    page.wait_for_selector("#till-to-pay:has-text('1,099.00')")
    page.fill("[data-received]", "1200")
    assert page.inner_text(".change output") == "101.00"
    cashier.keep("basket")
    keys.press("F9")
    page.wait_for_url("**/till/receipt/*")
    assert enrolled in page.inner_text(".news")
    cashier.keep("first-receipt")
    keys.press("Enter")  # the next customer is the button in focus
    page.wait_for_url("**/till/")
    keys.press("F2")
    keys.type("13700137000\n")
    page.wait_for_selector(".customer-name")
    keys.press("/")
    keys.type("大衣")
    page.wait_for_selector(".found-item")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_selector("#till-to-pay:has-text('2,089.05')")  # 2,199.00 at 9.5
    page.click(".why summary")
    assert price in page.inner_text(".waterfall")
    cashier.keep("member-price")
    keys.press("F9")
    page.wait_for_url("**/till/receipt/*")
    assert climbed in page.inner_text(".news")
    cashier.keep("second-receipt")


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 1440)], ids=str)
def test_a_slow_search_does_not_write_into_the_next_scan(cashier: Watched) -> None:
    page, held = cashier.page, list[Route]()
    page.route("**/till/products*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    cashier.expected = ["htmx:afterRequest", "htmx:sendAbort"]  # what is given up is said in the console
    page.focus("#till-goods")
    page.keyboard.type("TEE-S")
    page.wait_for_selector("#till-goods.htmx-request")  # the search is on its way
    page.keyboard.press("Enter")
    page.wait_for_selector(".line:has-text('TEE-S')")
    for route in held:
        route.continue_()  # the answer comes late
    page.unroute("**/till/products*")
    page.keyboard.type("JEANS-30")
    page.wait_for_selector("#till-found .found-item")
    page.keyboard.press("Enter")
    page.wait_for_selector("#till-to-pay:has-text('999.00')")
    assert page.input_value("#till-goods") == ""


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 1440)], ids=str)
def test_paying_asked_for_while_the_price_is_asked_waits_for_it(cashier: Watched) -> None:
    page, held = cashier.page, list[Route]()
    page.fill("#till-goods", "JEANS-30")
    page.press("#till-goods", "Enter")
    page.wait_for_selector("#till-to-pay:has-text('899.00')")
    page.route("**/till/{add,payment}", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.focus("#till-goods")
    page.keyboard.type("TEE-S\n")
    page.keyboard.press("F9")  # the price that is seen is not the one to come
    page.wait_for_selector(".take-button.busy")
    held.pop().continue_()
    page.wait_for_selector("#till-to-pay:has-text('999.00')")
    page.wait_for_selector(".take-button:not(.busy)")
    page.click(".pay-kind:has([value=alipay])")
    page.keyboard.press("F9")
    page.wait_for_selector(".take-button.busy")
    assert page.url.endswith("/till/")
    held.pop().continue_()
    page.wait_for_url("**/till/receipt/*")  # it was the same


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 1440), Look("en", 390)], ids=str)
def test_a_broken_line_at_the_moment_of_paying_leaves_the_basket_in_sight(cashier: Watched, look: Look) -> None:
    page = cashier.page
    cashier.expected += ["ERR_INTERNET_DISCONNECTED", "htmx:sendError"]  # as well of a price that was on its way
    if look.is_phone:
        page.click(".till-steps [data-go=basket]")
    page.fill("#till-goods", "TEE-S")
    page.press("#till-goods", "Enter")
    page.wait_for_selector(".line:has-text('TEE-S')")
    if look.is_phone:
        page.click(".till-steps [data-go=pay]")
    page.context.set_offline(True)
    page.click("[data-pay] button")
    page.wait_for_selector("#till-offline:not([hidden])")
    assert page.is_visible(".take-button:not(.busy)")
    cashier.keep("line-broken")
    page.context.set_offline(False)
    page.click("[data-pay] button")
    page.wait_for_url("**/till/receipt/*")


@pytest.mark.parametrize("look", [Look("en", 390, dark=True), Look("zh_Hant_TW", 390)], ids=str)
def test_by_thumb_at_phone_width(cashier: Watched, address: str) -> None:
    page = cashier.page
    page.fill("#till-find", "13700137000")
    page.press("#till-find", "Enter")
    page.wait_for_selector(".enrol[open]")
    page.fill("#e-name", "Wong Siu-ming with a rather long name, Esq.")
    page.check("[name=birthday_declined]")
    cashier.keep("enrol")
    page.click("[name=how][value=sale]")
    page.wait_for_selector(".enrolled")
    page.click("#till-member [data-go=basket]")
    page.fill("#till-goods", "COAT-M")
    page.press("#till-goods", "Enter")
    page.wait_for_selector(".line")
    assert not page.is_visible("[data-pay]")
    page.click("[name=more][value='1']")
    page.wait_for_selector("#till-due:has-text('4,398.00')")
    cashier.keep("basket")
    page.click(".till-steps [data-go=pay]")
    page.click(".pay-kind:has([value=alipay])")
    page.wait_for_selector(".pay-kind input[value=alipay]:checked")
    cashier.keep("pay")
    page.click("[data-pay] button")
    page.wait_for_url("**/till/receipt/*")
    cashier.keep("receipt")
    page.click("a:has-text('Wong')")
    page.wait_for_url("**/till/member/*")
    cashier.keep("file")
    page.goto(f"{address}/till/")
    page.click(".till-steps [data-go=member]")
    page.fill("#till-find", "13700137000")
    page.press("#till-find", "Enter")
    page.wait_for_selector(".customer-name")
    page.click("#till-member [data-go=basket]")
    page.fill("#till-goods", "TEE-S")
    page.press("#till-goods", "Enter")
    page.wait_for_selector("#till-due:has-text('95.00')")
    cashier.keep("second")


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 1440), Look("en", 1024, dark=True)], ids=str)
def test_paying_stays_in_sight_while_the_basket_grows(cashier: Watched, look: Look) -> None:
    page = cashier.page
    cashier.expected += ["htmx:sendAbort", "htmx:afterRequest"]  # a scanned code gives up the search on its way
    page.focus("#till-goods")
    for code in ("JEANS-30", "TEE-S", "COAT-M", "COAT-L"):
        page.keyboard.type(f"{code}\n")
    page.wait_for_selector(".lines .line:nth-child(4)")
    for summary in page.locator(".why > summary").all():
        summary.click()  # every price explained: far more than a screen
    height = page.evaluate("innerHeight")
    for place in (0, 200):
        page.evaluate(f"scrollTo(0, {place})")
        seen = page.locator(".take-button").bounding_box()
        assert seen is not None
        assert 0 < seen["y"] < height - 20
    cashier.keep("long-basket", whole=False)
