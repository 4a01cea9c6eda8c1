"""What pages do with the window: heads stay in sight, and paper shows no buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from core.testing.browsers import DESKTOP, Look, Watched, chromium, served
from core.testing.screens import Browser
from core.web import roles
from tests.product.world import World

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
BrowserFor = Callable[[str], Browser]
#: What on paper could only be pressed.
PRESSED = "main button:visible, main .btn:visible, main .verbs:visible, main .tick:visible, main input:visible"

HEADS = "[...document.querySelectorAll('.rows thead th')].map((head) => getComputedStyle(head).position === 'static')"


@pytest.fixture
def address(product: Flask) -> Iterator[str]:
    """The product on a port of this machine."""
    with served(product) as found:
        yield found


def window(chromium: Any, address: str, person: Browser, look: Look = DESKTOP) -> Watched:
    """Somebody's window."""
    watched = Watched(chromium, address, look, journey="looks")
    watched.come_as(person.client)
    return watched


def test_the_head_of_a_list_stays_below_the_bar(chromium: Any, address: str, browser_for: BrowserFor) -> None:
    watched = window(chromium, address, browser_for(roles.STORE_MANAGER))
    page = watched.page
    page.set_viewport_size({"width": 1440, "height": 300})
    watched.open("/entryview/list/")
    page.locator(".table-card.fits").wait_for()
    page.evaluate("scrollTo(0, document.querySelector('tbody tr:nth-child(3)').getBoundingClientRect().top - 60)")
    bar, head = page.locator(".top").bounding_box(), page.locator("table.rows thead th").first.bounding_box()
    assert page.evaluate("scrollY") > 0
    assert bar
    assert head
    assert head["y"] == pytest.approx(bar["y"] + bar["height"], abs=1)
    watched.keep("head", whole=False)
    watched.leave()


def test_a_list_wider_than_the_window_scrolls_in_its_card(chromium: Any, address: str, browser_for: BrowserFor) -> None:
    watched = window(chromium, address, browser_for(roles.STORE_MANAGER))
    watched.open("/memberview/list/")
    watched.page.locator(".table-card.fits").wait_for()
    watched.page.evaluate("document.querySelector('table.rows').style.minWidth = '2400px'")
    watched.page.locator(".table-card:not(.fits)").wait_for()
    watched.leave()


def test_paper_shows_nothing_to_press(chromium: Any, address: str, browser_for: BrowserFor, world: World) -> None:
    watched = window(chromium, address, browser_for(roles.STORE_MANAGER))
    watched.page.emulate_media(media="print")
    for path in ("/", f"/till/member/{world.own.members[0]}", "/memberview/list/", "/accounts/", "/receipt-decisions/"):
        watched.open(path)
        assert all(watched.page.evaluate(HEADS)), path
        assert watched.page.locator(PRESSED).count() == 0, (path, watched.page.locator(PRESSED).all_inner_texts())
    watched.keep("paper")
    watched.leave()


def test_a_field_that_is_left_empty_or_wrong_says_so_beside_it(
    chromium: Any, address: str, browser_for: BrowserFor
) -> None:
    """In the person's language, not in the browser's; it goes away as soon as it is mended."""
    watched = window(chromium, address, browser_for(roles.HQ_MARKETING))
    page = watched.page
    watched.open("/seasonview/add")
    page.focus("#code")
    page.keyboard.press("Tab")
    error = page.locator(".field:has(#code) .field-error")
    error.wait_for()
    assert error.inner_text() == "這一欄必填。"
    assert page.get_attribute("#code", "aria-describedby") == error.get_attribute("id")
    assert page.locator(".field-error").count() == 1
    watched.keep("left-empty")
    page.fill("#code", "27S")
    error.wait_for(state="detached")
    assert page.get_attribute("#code", "aria-describedby") is None
    watched.leave()
