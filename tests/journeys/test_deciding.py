"""Headquarters changes a programme decision, and the next receipt shows it."""

from __future__ import annotations

import pytest

from core.db.scope import system_scope
from core.db.session import reading
from core.testing.browsers import Look
from tests.journeys.conftest import Window
from tests.journeys.shop import Shop, tier_of
from tests.journeys.till import Till

pytestmark = pytest.mark.browser
SETTING = "tiers.activation"
AT_ONCE = {"zh_Hant_TW": "立即", "en": "At once"}
HOLDS = {"zh_Hant_TW": "下一筆消費起生效", "en": "holds from the next purchase on"}


def test_a_new_tier_holds_at_once_after_headquarters_says_so(window: Window, look: Look, shop: Shop) -> None:
    office = window("marketing", "deciding")
    page = office.page
    office.menu("/decisions/")
    row = page.locator(f"[id='{SETTING}']")
    row.scroll_into_view_if_needed()
    office.keep("decisions", whole=False)

    row.locator(f"a[href$='/change/{SETTING}']").click()
    page.wait_for_selector("select#value")
    office.keep("change")
    page.select_option("#value", "at_once")
    page.click("form.record-form [type=submit]")
    assert page.locator("#reason:invalid").count() == 1  # no change without a reason
    page.fill("#reason", "會員當場升等，當場享有")
    page.click("form.record-form [type=submit]")
    page.wait_for_url(f"**/decisions/#{SETTING}")
    assert AT_ONCE[look.language] in office.text(".notice-good")
    assert AT_ONCE[look.language] in row.inner_text()
    office.keep("changed", whole=False)

    row.locator(f"a[href$='/history/{SETTING}']").click()
    page.wait_for_selector("text=會員當場升等")
    assert "李行銷" in office.text("main")  # by name, not by login
    office.keep("history")

    counter = window("cashier", "deciding-till")
    till = Till(counter)
    till.open()
    till.find("13800000003")
    till.scan("JEANS-30")
    till.expect_due("854.05")  # 899.00 at 9.5
    till.pay()
    assert HOLDS[look.language] in counter.text(".news")
    counter.keep("climbed")
    with system_scope("tests"), reading() as session:
        assert tier_of(session, shop.members["near"]) == "gold"
    till.open()
    till.find("13800000003")
    till.scan("KNIT-M")
    till.expect_due("900.00")
    counter.keep("gold-price")
