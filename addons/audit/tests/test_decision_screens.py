"""The page of a decision, on which what came back is decided again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests.shop import NOON, Shop
from core import clock
from core.db.scope import system_scope
from core.testing.screens import BrowserAs


@pytest.fixture
def receipt(browser_as: BrowserAs) -> Iterator[int]:
    """A receipt of which one of two pieces came back, and then the other."""
    browser_as("Auditor")
    with clock.fixed(NOON):
        with system_scope("test"):
            shop = Shop.opened()
            sold = shop.sell(shop.product(100000), shop.product(50000), member_id=shop.member("gold"))
            for line in (2, 1):
                request = ReturnRequest(shop.store, sold["receipt_id"], [BackLine(line, 1)], "size", cashier="amy")
                sales.take_back(request, key=f"r:{line}", now=NOON)
        yield sold["receipt_id"]


@pytest.mark.parametrize(
    ("language", "one", "nothing"),
    [
        ("en", "Decided again: identical", "Nothing was kept: there is nothing to decide"),
        ("zh_Hant_TW", "重算結果：完全相同", "已全數退回，無可重算"),
    ],
)
def test_the_page_decides_what_came_back_again(
    browser_as: BrowserAs, receipt: int, language: str, one: str, nothing: str
) -> None:
    auditor = browser_as("Auditor")
    auditor.get(f"/lang/{language}")
    page = auditor.get(f"/receipt-decisions/{receipt}").text
    assert "S1-0000001-R1" in page
    assert (page.count(one), page.count(nothing)) == (2, 1)  # the sale itself, and the first return
    auditor.get("/lang/zh_Hant_TW")
