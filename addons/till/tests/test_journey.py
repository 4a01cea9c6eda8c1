"""A day at the till in a real browser: from an unknown customer to a second receipt at 9.5 折, by keys and by thumb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from addons.till.tests.counter import open_shop
from core.testing.screens import PASSWORD

pytestmark = pytest.mark.browser
KEEP = Path(__file__).parents[3] / "var" / "screens" / "till"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log(self, *_given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address(product: Flask) -> Iterator[str]:
    """The product, served with the shop in it; the day is today."""
    open_shop()
    server = make_server("127.0.0.1", 0, product, threaded=False, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Cashier:
    """A page of the browser whose console and requests are watched."""

    def __init__(self, chromium: Any, address: str, size: dict[str, int], *, language: str, dark: bool) -> None:
        """Open the till as the cashier."""
        context = chromium.new_context(viewport=size, color_scheme="dark" if dark else "light")
        context.set_default_timeout(10_000)
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda problem: self.faults.append(str(problem)))
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self.faults.append(r.url))
        self.page.goto(f"{address}/login/")
        self.page.fill("[name=username]", "cashier")
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("[type=submit]")
        self.page.goto(f"{address}/lang/{language}")
        self.page.goto(f"{address}/till/")
        self.name = f"{language}-{size['width']}"

    def keep(self, step: str) -> None:
        """Keep a picture, and see that nothing scrolls sideways."""
        KEEP.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=KEEP / f"{self.name}-{step}.png", full_page=True)
        width = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], (step, width)


def test_by_keys_alone_from_an_unknown_customer_to_the_second_receipt(chromium: Any, address: str) -> None:
    cashier = Cashier(chromium, address, WIDE, language="zh_Hant_TW", dark=False)
    page, keys = cashier.page, cashier.page.keyboard
    cashier.keep("1-empty")
    keys.press("F2")
    keys.type("13700137000\n")
    page.wait_for_selector(".enrol[open]")
    cashier.keep("2-unknown")
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
    cashier.keep("3-basket")
    keys.press("F9")
    page.wait_for_url("**/till/receipt/*")
    assert "新會員" in page.inner_text(".news")
    cashier.keep("4-first-receipt")
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
    assert "按售價 9.5 折結算" in page.inner_text(".waterfall")
    cashier.keep("5-member-price")
    keys.press("F9")
    page.wait_for_url("**/till/receipt/*")
    assert "已升金卡" in page.inner_text(".news")
    cashier.keep("6-second-receipt")
    assert cashier.faults == []


def test_by_thumb_at_phone_width(chromium: Any, address: str) -> None:
    cashier = Cashier(chromium, address, NARROW, language="en", dark=True)
    page = cashier.page
    page.fill("#till-find", "13700137000")
    page.press("#till-find", "Enter")
    page.wait_for_selector(".enrol[open]")
    page.fill("#e-name", "Wong Siu-ming with a rather long name, Esq.")
    page.check("[name=birthday_declined]")
    cashier.keep("1-enrol")
    page.click("[name=how][value=sale]")
    page.wait_for_selector(".enrolled")
    page.click("#till-member [data-go=basket]")
    page.fill("#till-goods", "COAT-M")
    page.press("#till-goods", "Enter")
    page.wait_for_selector(".line")
    assert not page.is_visible("[data-pay]")
    page.click("[name=more][value='1']")
    page.wait_for_selector("#till-due:has-text('4,398.00')")
    cashier.keep("2-basket")
    page.click(".till-steps [data-go=pay]")
    page.click(".pay-kind:has-text('Alipay')")
    page.wait_for_selector(".pay-kind input[value=alipay]:checked")
    cashier.keep("3-pay")
    page.click("[data-pay] button")
    page.wait_for_url("**/till/receipt/*")
    cashier.keep("4-receipt")
    page.click("a:has-text('Wong')")
    page.wait_for_url("**/till/member/*")
    cashier.keep("5-file")
    page.goto(f"{address}/till/")
    page.click(".till-steps [data-go=member]")
    page.fill("#till-find", "13700137000")
    page.press("#till-find", "Enter")
    page.wait_for_selector(".customer-name")
    page.click("#till-member [data-go=basket]")
    page.fill("#till-goods", "TEE-S")
    page.press("#till-goods", "Enter")
    page.wait_for_selector("#till-due:has-text('95.00')")
    cashier.keep("6-second")
    assert cashier.faults == []
