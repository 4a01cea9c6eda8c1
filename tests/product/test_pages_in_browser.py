"""Every page of the menu in Chromium: usable by everybody (axe), silent, and all of it from this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.testing.browsers import DESKTOP, Look, Watched, chromium, served
from core.testing.screens import Browser
from core.web import roles
from tests.product.menu import addresses, of_records
from tests.product.world import World

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
BrowserFor = Callable[[str], Browser]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
JUDGE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + n.html.slice(0, 99)).join("; "));
}"""


@pytest.fixture
def address(product: Flask) -> Iterator[str]:
    """The product on a port of this machine, on the day of the test."""
    with served(product) as found:
        yield found


def opened(chromium: Any, address: str, person: Browser, look: Look) -> Watched:
    """Somebody's window."""
    watched = Watched(chromium, address, look, journey="pages")
    watched.come_as(person.client)
    return watched


def judge(watched: Watched, path: str) -> None:
    """Open a page and note what is wrong with it."""
    watched.open(path)
    watched.look_around()
    # The judge is put into the page from outside; what the policy says of the page itself was noted before.
    watched.page.evaluate(AXE)
    watched.faults += [f"{path} axe: {fault}" for fault in watched.page.evaluate(JUDGE)]


def test_every_page_of_the_menu_is_usable_by_everybody(
    chromium: Any, product: Flask, address: str, browser_for: BrowserFor
) -> None:
    """The store's and headquarters' pages all; of the auditor's and the administrator's those that are theirs alone."""
    faults, judged = [], set()
    for role in (roles.STORE_MANAGER, roles.HQ_APPROVER, roles.AUDITOR, roles.SYSTEM_ADMIN):
        person = browser_for(role)
        watched = opened(chromium, address, person, DESKTOP)
        fresh = [path for path in addresses(product, person) if path == "/" or path not in judged]
        for path in fresh:
            judge(watched, path)
        judged |= set(fresh)
        watched.context.close()
        faults += [f"{role} {fault}" for fault in watched.faults]
    assert len(judged) > 40
    assert not faults, "\n".join(faults)


def test_every_form_is_usable_by_everybody(
    chromium: Any, product: Flask, address: str, browser_for: BrowserFor, world: World
) -> None:
    """The form for a new record and the one to change it, of every list, and pages of addons."""
    faults: list[str] = []
    judged: set[str] = set()
    for role in (roles.STORE_MANAGER, roles.HQ_MARKETING, roles.SYSTEM_ADMIN):
        person, pages = browser_for(role), {"/addons/points", "/accounts/new"}
        if role != roles.SYSTEM_ADMIN:
            pages = {path for path in of_records(product, person, world.own) if "/add" in path or "/edit/" in path}
        watched = opened(chromium, address, person, DESKTOP)
        for path in sorted(pages - judged):
            judge(watched, path)
        judged |= pages
        watched.context.close()
        faults += [f"{role} {fault}" for fault in watched.faults]
    assert len(judged) > 30
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", [Look("zh_Hans_CN", 1024, dark=True), Look("zh_Hant_TW", 390)], ids=str)
def test_pages_behind_the_menu_fit_every_width(
    chromium: Any, address: str, browser_for: BrowserFor, world: World, look: Look
) -> None:
    """Records, forms and books that the menu leads to in a second step."""
    person, place = browser_for(roles.HQ_APPROVER), world.own
    person.get(f"/lang/{look.language}")
    watched = opened(chromium, address, person, look)
    for step, path in {
        "voucher": f"/vouchers/{place.vouchers[0]}",
        "batch": f"/voucherbatchview/show/{place.batch}",
        "new-batch": "/voucherbatchview/add",
        "statement": f"/settlement/2026-05/{place.franchisee}/CNY",
        "trial-balance": "/settlement/trial-balance",
        "dispute": "/disputeview/edit/1",
        "closing": "/settlementcloseview/show/2",
        "ask-for-closing": "/pointscloseview/add",
        "books": "/points-books/?month=2026-05",
        "return": f"/till/return/{place.returns[0]}",
        "claim": "/reviewview/edit/1",
    }.items():
        judge(watched, path)
        watched.keep(step)
    watched.leave()


@pytest.mark.parametrize("look", [Look("zh_Hant_TW", 390), Look("en", 390, dark=True)], ids=str)
def test_pages_fit_a_phone(chromium: Any, address: str, browser_for: BrowserFor, world: World, look: Look) -> None:
    person = browser_for(roles.STORE_MANAGER)
    person.get(f"/lang/{look.language}")
    watched = opened(chromium, address, person, look)
    member, receipt = world.own.members[0], world.own.receipts[0]
    for step, path in {
        "home": "/",
        "members": "/memberview/list/",
        "member": f"/till/member/{member}",
        "till": "/till/",
        "record": f"/memberview/show/{member}",
        "decision": f"/receipt-decisions/{receipt}",
        "receipt": f"/receiptview/show/{receipt}",
    }.items():
        judge(watched, path)
        watched.keep(step)
    watched.leave()


def test_a_list_is_filtered_by_words(chromium: Any, address: str, browser_for: BrowserFor) -> None:
    """Codes are chosen as the list writes them; nobody types them, and the chip says the word."""
    watched = opened(chromium, address, browser_for(roles.STORE_MANAGER), DESKTOP)
    page = watched.page
    for path, column, code, word in (
        ("/voucherview/list/", "status", "used", "已用完"),
        ("/entryview/list/", "kind", "purchase", "消費"),
        ("/memberview/list/", "tier", "gold", "金卡"),
    ):
        watched.open(path)
        page.locator(".filter-panel summary").click()
        page.select_option(f"#{column}", code)
        page.locator(".filter-form button").click()
        page.wait_for_selector(".chip-filter")
        assert word in watched.text(".chip-filter"), path
    watched.leave()
