"""The pages in a real browser: no content-policy violation, no console error, nothing from elsewhere; looked at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.web.conftest import PASSWORD, Client
from tests.web.test_lists import many

pytestmark = pytest.mark.browser
As = Callable[[str], Client]
SCREENS = Path(__file__).parents[2] / "var" / "screens" / "web"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.__violations.push(e.violatedDirective + " " + e.blockedURI));
"""
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Watched:
    """A page that writes down what goes wrong on it."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.faults: list[str] = []
        self.context = browser.new_context(base_url=address, locale="zh-TW", **options)
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda m: self.faults.append(f"console: {m.text}") if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.faults.append(f"script: {e}"))
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self.faults.append(r.url))

    def open(self, path: str) -> None:
        self.page.goto(path)
        self.faults += self.page.evaluate("window.__violations")

    def come_as(self, person: Client) -> None:
        cookie = person.inner.get_cookie("session")
        assert cookie is not None
        self.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])

    def login(self, name: str) -> None:
        self.open("/login/")
        self.page.fill("#username", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/")

    def keep(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("size", "scheme"), [((1440, 900), "light"), ((1024, 768), "dark"), ((390, 844), "light")])
def test_every_kind_of_page_is_clean(browser: Browser, address: str, size: tuple[int, int], scheme: Any) -> None:
    many(60)
    named = ["home", "list", "show"] if size[0] == 1024 else list(PAGES)
    watched = Watched(browser, address, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    watched.open("/login/")
    watched.keep(f"login-{size[0]}-{scheme}")
    watched.login("one")
    for name in named:
        watched.open(PAGES[name])
        watched.keep(f"{name}-{size[0]}-{scheme}")
        assert not watched.scrolls_sideways(), name
    watched.context.close()
    expected = [fault for fault in watched.faults if "404" in fault]
    assert watched.faults == expected


def test_a_row_is_deleted_after_asking(browser: Browser, address: str, as_: As) -> None:
    watched = Watched(browser, address, viewport={"width": 1280, "height": 800})
    watched.come_as(as_("one"))
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
    watched.context.close()
    assert not watched.faults


def test_rows_are_marked_found_and_opened(browser: Browser, address: str, as_: As) -> None:
    watched = Watched(browser, address, viewport={"width": 1280, "height": 800})
    watched.come_as(as_("one"))
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
    watched.context.close()
    assert not watched.faults


def test_a_customer_is_looked_up_while_typing_and_theme_and_drawer_work(
    browser: Browser, address: str, as_: As
) -> None:
    watched = Watched(browser, address, viewport={"width": 390, "height": 844})
    watched.come_as(as_("one"))
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
    watched.context.close()
    assert not watched.faults
