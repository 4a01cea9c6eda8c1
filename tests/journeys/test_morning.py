"""A store manager's morning: what is waiting, whom to call, whose birthday it is, and a list to take along."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.testing.browsers import Look
from tests.journeys.conftest import Window
from tests.journeys.shop import Shop

pytestmark = pytest.mark.browser


def test_a_manager_opens_the_day_and_follows_up(window: Window, look: Look, shop: Shop) -> None:
    watched = window("manager", "morning")
    page = watched.page
    page.wait_for_selector("#sales-by-day canvas")
    page.wait_for_selector("#sales-by-tier canvas")
    assert page.locator(".tile").count() == 4
    watched.keep("home")

    page.click(".waiting a[href='/near-upgrades/']")
    page.wait_for_selector("tr:has-text('陳志強')")
    assert "399.00" not in watched.text("tr:has-text('陳志強')")
    assert "241.00" in watched.text("tr:has-text('陳志強')")  # 3,000 less two dresses and a T-shirt
    watched.keep("near-upgrades")

    page.click("a:has-text('陳志強')")
    page.wait_for_url(f"**/till/member/{shop.members['near']}")
    watched.keep("member")
    page.click("form[action$='/visit'] button")
    page.wait_for_selector(".notice-good")
    assert "10" in watched.text(".notice-good")
    watched.keep("visit-confirmed")

    watched.menu("/birthdays/")
    page.click(".tabs a >> nth=1")
    page.wait_for_url("**/birthdays/?month=2026-06")
    names = page.locator("tbody .open").all_inner_texts()
    assert names == ["何國華", "陳志強"]  # 2 and 18 June
    watched.keep("birthdays-next-month")
    page.emulate_media(media="print")
    assert page.is_visible(".on-paper")
    assert not page.is_visible("td:has-text('****')")
    watched.keep("birthdays-on-paper")
    page.emulate_media(media="screen")

    watched.menu("/memberview/list/")
    page.click("summary:has(.fa-file-export)")
    watched.keep("export")
    with page.expect_download() as started:
        page.click("a[href*='/export/csv']")
    rows = list(csv.reader(Path(started.value.path()).read_text("utf-8-sig").splitlines()))
    assert len(rows) == 1 + len(shop.members)
    assert {"何國華", "陳志強"} < {row[0] for row in rows}
    assert not any("1380000" in cell for row in rows for cell in row)  # contacts are masked in files too
