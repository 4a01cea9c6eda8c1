"""Headquarters look at one store, then at all again, by the keyboard alone; a manager reads the name of hers."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Window
from tests.product.test_pages_in_browser import AXE, JUDGE

pytestmark = pytest.mark.browser


def test_a_store_is_chosen_in_the_top_bar_by_the_keyboard(window: Window) -> None:
    watched = window("approver", "working-store")
    page = watched.page
    page.focus("summary.store-here")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.drop-menu button[value='']")
    watched.keep("menu", whole=False)
    page.evaluate(AXE)
    assert page.evaluate(JUDGE) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice-good")
    assert page.locator("summary.store-here .store-code").is_visible() == watched.look.is_phone
    watched.open("/memberview/list/")
    watched.keep("one-store", whole=False)
    page.click("summary.store-here")
    page.click("form.drop-menu button[value='']")
    page.wait_for_selector(".notice-good")
    watched.open("/working/")
    watched.keep("page")
    page.evaluate(AXE)
    assert page.evaluate(JUDGE) == []


def test_a_manager_of_one_store_reads_its_name(window: Window) -> None:
    watched = window("manager", "own-store")
    assert watched.page.locator("form.drop-menu").count() == 0
    assert watched.page.locator(".store-here").count() == 1
    watched.keep("home", whole=False)
