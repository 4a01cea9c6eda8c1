"""An approver sets up a second factor, logs in with it, and is asked for a code before a rule book is published."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from core.testing.screens import PASSWORD
from tests.journeys.conftest import Window
from tests.journeys.shop import NOW
from tests.product.test_pages_in_browser import AXE, JUDGE

pytestmark = pytest.mark.browser


def code_at(secret: str, steps: int) -> str:
    return pyotp.TOTP(secret).generate_otp(int(NOW.timestamp()) // 30 + steps)


def test_an_approver_sets_it_up_and_comes_in_with_it(window: Window) -> None:
    watched = window("approver", "second-factor")
    page = watched.page

    def clean(step: str) -> None:
        watched.keep(step)
        page.evaluate(AXE)
        assert page.evaluate(JUDGE) == []

    watched.open("/users/userinfo/")
    page.click("a[href='/second-factor/']")
    page.wait_for_url("**/second-factor/")
    clean("off")
    page.click("form[action$='/begin'] button")
    page.wait_for_selector(".secret code")
    secret = re.sub(r"\s", "", page.inner_text(".secret code"))
    clean("key")
    page.fill("#code", code_at(secret, 0))
    page.click("form[action$='/confirm'] button")
    page.wait_for_selector(".recovery li")
    assert page.locator(".recovery li").count() == 8
    clean("codes")
    watched.open("/second-factor/")
    clean("on")

    watched.open("/logout/")
    watched.open("/login/")
    page.fill("[name=username]", "approver")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/login/code")
    page.fill("#code", "000000")
    page.click("[type=submit]")
    page.wait_for_selector(".notice")
    clean("wrong-code")
    page.fill("#code", code_at(secret, 1))
    page.click("[type=submit]")
    page.wait_for_url(f"{watched.address}/")
    watched.open("/second-factor-roles/")
    clean("roles")


def test_the_page_that_asks_again_keeps_what_was_typed(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = window("admin", "stepping-up")
    page = watched.page
    watched.expected = ["403"]
    watched.open("/accounts/new")
    monkeypatch.setattr("core.web.security.stepping_up.GOOD_FOR", timedelta(seconds=-1))
    page.fill("#name", "新收銀")
    page.fill("#username", "newcomer")
    page.check("[name=role][value=Cashier]")
    page.check("[name=place][value^='store:'] >> nth=0")
    page.click(".form-end [type=submit]")
    page.wait_for_selector("#proof")
    watched.keep("asked")
    page.evaluate(AXE)
    assert page.evaluate(JUDGE) == []
    page.fill("#proof", PASSWORD)
    page.click("form.card [type=submit]")
    page.wait_for_selector(".once .secret")
    assert "新收銀" in watched.text("h1")
