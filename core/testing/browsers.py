"""A real browser in tests: pages that are watched while somebody works with them, and pictures of each step.

The pictures of a run lie in var/screens, named JOURNEY-STEP-LANGUAGE-WIDTH.png.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from core.testing.screens import PASSWORD

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from playwright.sync_api import Browser, Page
    from werkzeug.test import Client

PICTURES = Path(__file__).parents[2] / "var" / "screens"
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_HEIGHTS = {1440: 900, 1280: 800, 1024: 768, 390: 844}
_PATIENCE = 15_000  # milliseconds; a busy machine is slow
_WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.__violations.push(e.violatedDirective + " " + e.blockedURI));
"""
_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at the product: in which language, at which width, light or dark."""

    language: str
    width: int
    dark: bool = False

    @property
    def is_phone(self) -> bool:
        """Tell whether it is a phone."""
        return self.width < 768

    def __str__(self) -> str:
        """Return the end of the names of pictures."""
        return f"{self.language}-{self.width}{'-dark' if self.dark else ''}"


DESKTOP = Look("zh_Hant_TW", 1440)
PHONE = Look("en", 390, dark=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser; skipped where there is none, a failure in CI."""
    if _CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM or "chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_given: Any) -> None:
        """Say nothing of each request."""


def _whole(app: Flask) -> WSGIApplication:
    """Have each answer whole before it is sent: werkzeug leaves a file open if the browser goes away meanwhile."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return list(parts)
        finally:
            parts.close()  # type: ignore[attr-defined]  # an answer of werkzeug has it

    return answer


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a port of this machine, on the day of the test."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=False, request_handler=_Quiet)
    thread = Thread(target=copy_context().run, args=(server.serve_forever,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


#: What htmx writes when a newer question takes the place of one that is still being answered.
_REPLACED = ("htmx:sendAbort", "htmx:afterRequest")


class Watched:
    """Somebody at a page: what goes wrong on it is written down, what it looks like is kept."""

    def __init__(self, chromium: Browser, address: str, look: Look, *, journey: str) -> None:
        """Open a window."""
        self.address, self.look, self.journey = address, look, journey
        self.faults: list[str] = []
        self.expected: list[str] = []
        self._steps = 0
        self.context = chromium.new_context(
            base_url=address,
            viewport={"width": look.width, "height": _HEIGHTS[look.width]},
            color_scheme="dark" if look.dark else "light",
            locale=look.language.replace("_Hant", "").replace("_Hans", "").replace("_", "-"),
            reduced_motion="reduce",
            has_touch=look.is_phone,
            accept_downloads=True,
        )
        self.context.set_default_timeout(_PATIENCE)
        self.context.add_init_script(_WATCH)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda m: self._note(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda problem: self._note(f"script: {problem}"))
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self._note(r.url))

    def _note(self, fault: str) -> None:
        if fault.startswith(_REPLACED):
            return
        if not any(part in fault for part in self.expected):
            self.faults.append(f"{self.page.url} {fault}")

    def login(self, username: str, password: str = PASSWORD) -> None:
        """Come in through the door, in the language of the look."""
        self.page.goto(f"/lang/{self.look.language}")
        self.page.goto("/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.page.click("[type=submit]")
        self.page.wait_for_url(f"{self.address}/")

    def come_as(self, client: Client) -> None:
        """Go on with the session of a client that logged in."""
        cookie = client.get_cookie("session")
        assert cookie is not None
        self.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])

    def open(self, path: str, status: int = 200) -> None:
        """Go to a page, and see that it is there."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, (path, answer.status)

    def menu(self, path: str) -> None:
        """Go to a page by the menu."""
        if self.look.is_phone:
            self.page.click("[data-drawer]")
        link = self.page.locator(f".side a[href='{path}']")
        if not link.is_visible():
            link.locator("xpath=ancestor::details").locator("summary").click()
        link.click()
        self.page.wait_for_url(f"**{path}")

    def keep(self, step: str, *, whole: bool = True) -> None:
        """Keep a picture, and look around."""
        self._steps += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        name = f"{self.journey}-{self._steps:02}-{step}-{self.look}.png"
        self.page.screenshot(path=PICTURES / name, full_page=whole)
        self.look_around()

    def look_around(self) -> None:
        """See that nothing scrolls sideways and no rule of the content policy was broken."""
        self.faults += [f"{self.page.url} policy: {one}" for one in self.page.evaluate("window.__violations")]
        if self.page.evaluate(_SIDEWAYS):
            self.faults.append(f"{self.page.url} scrolls sideways")

    def text(self, selector: str) -> str:
        """Return what is written somewhere."""
        return self.page.inner_text(selector)

    def leave(self) -> None:
        """Close the window, and see that nothing went wrong in it."""
        self.context.close()
        assert not self.faults, "\n".join(self.faults)
