"""The pages in a real browser: no content-policy violation, no console error, nothing from elsewhere; looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from core.testing.browsers import Look, Watched, chromium, served
from tests.web.conftest import PASSWORD, Client
from tests.web.test_lists import many

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
As = Callable[[str], Client]
DESK, THUMB = Look("zh_Hant_TW", 1280), Look("zh_Hant_TW", 390)
PAGES = {
    "home": "/",
    "list": "/customerview/list/",
    "list-filtered": "/customerview/list/?_flt_0_name=ALPHA&_flt_0_shop=1",
    "list-empty": "/noteview/list/?_flt_0_text=nothing",
    "show": "/customerview/show/10",
    "add": "/customerview/add",
    "edit": "/noteview/edit/1",
    "missing": "/nothing",
    "account": "/users/userinfo/",
    "password": "/resetmypassword/form",
}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as found:
        yield found


@pytest.mark.parametrize("look", [DESK, Look("zh_Hant_TW", 1024, dark=True), THUMB], ids=str)
def test_every_kind_of_page_is_clean(chromium: Any, address: str, look: Look) -> None:
    many(60)
    watched = Watched(chromium, address, look, journey="kinds")
    watched.expected = ["404"]
    watched.open("/login/")
    watched.keep("login")
    watched.login("one", PASSWORD)
    for name in ["home", "list", "show"] if look.width == 1024 else list(PAGES):
        watched.open(PAGES[name], 404 if name == "missing" else 200)
        watched.keep(name)
    watched.leave()


def test_a_row_is_deleted_after_asking(chromium: Any, address: str, as_: As) -> None:
    watched = Watched(chromium, address, DESK, journey="deleting")
    watched.come_as(as_("one").inner)
    page = watched.page
    watched.open("/customerview/list/")
    page.locator("tr", has_text="ALPHA-1").locator("form button").click()
    watched.keep("asking")
    page.locator("dialog .btn-default").click()
    assert page.locator("tr", has_text="ALPHA-1").count() == 1
    page.locator("tr", has_text="ALPHA-1").locator("form button").click()
    page.locator("dialog .btn-danger").click()
    page.wait_for_selector(".notice-good")
    assert page.locator("tr", has_text="ALPHA-1").count() == 0
    watched.leave()


def test_rows_are_marked_found_and_opened(chromium: Any, address: str, as_: As) -> None:
    watched = Watched(chromium, address, DESK, journey="marking")
    watched.come_as(as_("one").inner)
    page = watched.page
    watched.open("/customerview/list/")
    page.locator("[data-mark-all]").check()
    assert page.locator("[data-marked]").text_content() == "3"
    watched.keep("marked")
    page.locator(".bulk button").click()
    page.locator("dialog .btn-danger").click()
    page.locator("tr", has_text="2,498.20").first.wait_for()
    assert page.locator("tr", has_text="2,498.20").count() == 3
    page.locator(".filter-panel summary").click()
    page.locator(".filter-row select[data-operator]").first.select_option(index=3)
    page.locator("#name").fill("ALPHA-2")
    watched.keep("filter-open")
    page.locator(".filter-form button").click()
    page.wait_for_selector(".chip-filter")
    assert page.locator("tbody tr").count() == 1
    page.locator("tbody td[data-label=Spent]").click()
    page.wait_for_url("**/customerview/show/12")
    watched.leave()


def test_a_customer_is_looked_up_while_typing_and_theme_and_drawer_work(chromium: Any, address: str, as_: As) -> None:
    watched = Watched(chromium, address, THUMB, journey="typing")
    watched.come_as(as_("one").inner)
    page = watched.page
    watched.open("/noteview/add")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("alpha-2")
    page.locator(".select2-results__option", has_text="ALPHA-2").click()
    watched.keep("lookup")
    page.locator("#text").fill("a note")
    page.locator(".form-end button").click()
    page.wait_for_selector(".notice-good")
    page.locator("[data-drawer]").click()
    page.wait_for_timeout(250)
    watched.keep("drawer")
    page.locator(".side a", has_text="Shops").click()
    page.wait_for_url("**/shopview/list/")
    page.locator("[data-theme-switch]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    watched.leave()


def test_groups_of_the_menu_fold_and_stay_as_they_were_left(chromium: Any, address: str, as_: As) -> None:
    watched = Watched(chromium, address, DESK, journey="menu")
    watched.come_as(as_("one").inner)
    page = watched.page
    watched.open("/")
    group = page.locator(".side-group").last
    link = group.locator("a").first
    assert link.is_visible()
    group.locator("summary").click()
    assert not link.is_visible()
    watched.keep("folded")
    page.reload()
    assert not link.is_visible()
    group.locator("summary").click()
    link.click()
    page.wait_for_load_state()
    assert page.locator(".side [aria-current=page]").is_visible()
    watched.leave()


def test_as_icons_one_group_opens_beside_the_menu(chromium: Any, address: str, as_: As) -> None:
    watched = Watched(chromium, address, Look("zh_Hant_TW", 1024), journey="menu")
    watched.come_as(as_("one").inner)
    page = watched.page
    watched.open("/")
    first, last = page.locator(".side-group").first, page.locator(".side-group").last
    assert not page.locator(".side-group a:visible").count()
    first.locator("summary").click()
    last.locator("summary").click()
    assert not first.locator("a").first.is_visible()
    assert last.locator("a").first.is_visible()
    watched.keep("beside", whole=False)
    page.keyboard.press("Escape")
    assert not last.locator("a").first.is_visible()
    watched.leave()
