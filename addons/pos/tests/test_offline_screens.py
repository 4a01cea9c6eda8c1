"""Screens of sales made offline: conflicts of one's stores are seen, and settled with a reason by those who may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from addons.pos.models import Conflict, OfflineSale
from addons.pos.tests.conftest import Caller
from addons.pos.tests.test_offline_calls import bring, sale
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from core.testing.screens import Browser, BrowserAs

A_FORM = "/resetmypassword/form"  # open to everybody, and carries the token that forms are sent with
LIST = "/posconflictview/list/"


@pytest.fixture
def brought(shop: Any, till: Caller) -> str:
    """One sale too cheap and one of a product nobody knows; the pack they were sold by."""
    code = shop.product(10_000)
    pack = str(till.get("/offline/pack").json["pack"])  # type: ignore[index]
    bring(till, sale(pack, "cheap", code, 9_000), sale(pack, "unknown", "P2", 5_000))
    return pack


def settle(browser: Browser, conflict: int, step: str, reason: str) -> Any:
    page = browser.get(f"/posconflictview/edit/{conflict}").text
    fields = dict(re.findall(r'<input[^>]*name="(key|seen)"[^>]*value="([^"]*)"', page))
    return browser.post(f"/posconflictview/edit/{conflict}", fields | {"step": step, "reason": reason})


def test_a_store_manager_sees_what_does_not_fit_and_who_bears_it(browser_as: BrowserAs, brought: str) -> None:
    browser = browser_as("StoreManager")
    text = browser.get(LIST).text
    for said in ("少收", "按規則與價格應付 100.00，實收 90.00", "10.00", "未入帳", "第 1 行：本品牌沒有商品 P2"):
        assert said in text, said
    assert "待處理的離線差異" in browser.get("/").text
    assert 'href="/posconflictview/list/' in browser.get("/").text
    browser.get("/lang/en")
    assert "Rules and prices make it 100.00, 90.00 was paid." in browser.get(LIST).text
    browser.get("/lang/zh_Hant_TW")


def test_a_conflict_is_settled_with_a_reason(browser_as: BrowserAs, shop: Any, brought: str) -> None:
    browser = browser_as("StoreManager")
    cheap = shop.rows(Conflict)[0].id
    empty = settle(browser, cheap, "resolve", "")
    assert empty.status_code == 200
    assert shop.rows(Conflict)[0].resolved_at is None
    assert settle(browser, cheap, "resolve", "till was wrong").status_code == 302
    row = shop.rows(Conflict)[0]
    assert (row.reason, row.resolved_by) == ("till was wrong", "storemanager")
    assert "till was wrong" in browser.get(f"/posconflictview/show/{cheap}").text
    again = settle(browser, cheap, "resolve", "again")
    assert "storemanager 已經處理了" in again.text
    assert shop.rows(Conflict)[0].reason == "till was wrong"


def test_a_held_sale_is_posted_once_its_product_is_there(browser_as: BrowserAs, shop: Any, brought: str) -> None:
    browser = browser_as("StoreManager")
    waiting = shop.rows(Conflict)[1].id
    not_held = settle(browser, shop.rows(Conflict)[0].id, "post", "x")
    assert "並未待人處理" in not_held.text
    settle(browser, waiting, "post", "tried")
    assert len(shop.rows(Receipt)) == 1
    assert shop.product(5_000) == "P2"
    newest = shop.rows(Conflict)[-1].id
    assert settle(browser, newest, "post", "product added").status_code == 302
    assert [row.cash for row in shop.rows(Receipt)] == [9_000, 5_000]
    assert all(row.resolved_at for row in shop.rows(Conflict)[1:])
    assert {row.state for row in shop.rows(OfflineSale)} == {"posted"}


def test_both_moments_are_shown(browser_as: BrowserAs, shop: Any, brought: str) -> None:
    browser = browser_as("StoreManager")
    [posted] = [row for row in shop.rows(OfflineSale) if row.state == "posted"]
    sold, written = "2026-05-04 13:00", "2026-05-04 20:00"
    for page in (
        "/posofflinesaleview/list/",
        f"/posofflinesaleview/show/{posted.id}",
        f"/receiptview/show/{posted.receipt_id}",
    ):
        text = browser.get(page).text
        assert sold in text, page
        assert written in text, page
    assert NOON + timedelta(hours=1) == posted.sold_at
    assert "少收" in browser.get(f"/posofflinesaleview/show/{posted.id}").text
    receipt = browser.get(f"/receiptview/show/{posted.receipt_id}").text
    assert "差額" in receipt


def test_another_stores_conflicts_are_neither_seen_nor_settled(
    browser_as: BrowserAs, shop: Any, other_till: Caller
) -> None:
    code = shop.product(10_000)
    bring(other_till, sale("x", "theirs", code, 9_000))
    conflicts = shop.rows(Conflict)
    for role in ("StoreManager", "FranchiseAdmin"):
        browser = browser_as(role)
        for page in (LIST, "/posofflinesaleview/list/"):
            assert "theirs" not in browser.get(page).text
            assert "90.00" not in browser.get(page).text
        assert browser.get(f"/posconflictview/show/{conflicts[0].id}").status_code == 404
        browser.get(A_FORM)
        asked = {"step": "resolve", "reason": "x", "key": "k"}
        assert browser.post(f"/posconflictview/edit/{conflicts[0].id}", asked).status_code == 404
    assert not any(row.resolved_at for row in shop.rows(Conflict))


def test_who_reads_and_who_writes(browser_as: BrowserAs, shop: Any, brought: str) -> None:
    cheap = shop.rows(Conflict)[0].id
    auditor = browser_as("Auditor")
    for page in (LIST, f"/posconflictview/show/{cheap}", "/posofflinesaleview/list/"):
        assert auditor.get(page).status_code == 200
    auditor.get(A_FORM)
    assert auditor.post(f"/posconflictview/edit/{cheap}", {"step": "resolve", "reason": "x"}).status_code in (302, 403)
    for role in ("Cashier", "Guide", "SystemAdmin"):
        for page in (LIST, "/posofflinesaleview/list/"):
            assert browser_as(role).get(page).status_code == 403, (role, page)
    assert shop.rows(Conflict)[0].resolved_at is None
    assert settle(browser_as("HQMarketing"), cheap, "resolve", "x").status_code == 302
