"""Every page of the menu in Chromium: usable by everybody (axe), silent, and all of it from this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from core.testing.screens import Browser
from core.web import roles
from tests.product.menu import addresses
from tests.product.world import World

pytestmark = pytest.mark.browser
BrowserFor = Callable[[str], Browser]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SCREENS = Path(__file__).parents[2] / "var" / "screens" / "product"
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.__violations.push(e.violatedDirective + " " + e.blockedURI));
"""
JUDGE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + n.html.slice(0, 99)).join("; "));
}"""
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def served(product: Flask) -> Iterator[str]:
    """The product on a port of this machine, on the day of the test."""
    server = make_server("127.0.0.1", 0, product, threaded=False)
    thread = threading.Thread(target=copy_context().run, args=(server.serve_forever,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Watched:
    """A page that writes down what goes wrong on it."""

    def __init__(self, chromium: Chromium, address: str, person: Browser, **options: Any) -> None:
        self.faults: list[str] = []
        self.at = ""
        # The judge is put into the page from outside; what the policy says of the page itself is written down.
        self.context = chromium.new_context(base_url=address, reduced_motion="reduce", **options)
        cookie = person.client.get_cookie("session")
        assert cookie is not None
        self.context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda m: self.note(f"console: {m.text}") if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.note(f"script: {e}"))
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self.note(r.url))

    def note(self, fault: str) -> None:
        """Write a fault down with the page it is on."""
        self.faults.append(f"{self.at} {fault}")

    def judge(self, path: str, *, phone: bool = False) -> None:
        """Open a page and note what is wrong with it."""
        self.at = path
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for fault in self.page.evaluate("window.__violations"):
            self.note(f"policy: {fault}")
        self.page.evaluate(AXE)
        for fault in self.page.evaluate(JUDGE):
            self.note(f"axe: {fault}")
        if phone and self.page.evaluate(SIDEWAYS):
            self.note("scrolls sideways")


def test_every_page_of_the_menu_is_usable_by_everybody(
    chromium: Chromium, product: Flask, served: str, browser_for: BrowserFor
) -> None:
    """The store's and headquarters' pages all; of the auditor's and the administrator's those that are theirs alone."""
    faults, judged = [], set()
    for role in (roles.STORE_MANAGER, roles.HQ_APPROVER, roles.AUDITOR, roles.SYSTEM_ADMIN):
        person = browser_for(role)
        watched = Watched(chromium, served, person, locale="zh-TW", viewport={"width": 1280, "height": 800})
        fresh = [path for path in addresses(product, person) if path == "/" or path not in judged]
        for path in fresh:
            watched.judge(path)
        judged |= set(fresh)
        watched.context.close()
        faults += [f"{role} {fault}" for fault in watched.faults]
    assert len(judged) > 40
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_pages_fit_a_phone(
    chromium: Chromium, served: str, browser_for: BrowserFor, world: World, language: str
) -> None:
    person = browser_for(roles.STORE_MANAGER)
    person.get(f"/lang/{language}")
    watched = Watched(chromium, served, person, viewport={"width": 390, "height": 844}, has_touch=True)
    member = world.own.members[0]
    for path in ("/", "/memberview/list/", f"/till/member/{member}", "/till/", f"/memberview/show/{member}"):
        watched.judge(path, phone=True)
        SCREENS.mkdir(parents=True, exist_ok=True)
        watched.page.screenshot(path=SCREENS / f"{language}-{path.strip('/').replace('/', '-') or 'home'}.png")
    watched.context.close()
    assert not watched.faults, "\n".join(watched.faults)
