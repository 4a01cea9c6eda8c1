"""An auditor finds a receipt, sees why it cost what it did, and prints the decision."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from core.testing.browsers import Look, Watched
from tests.journeys.conftest import Window
from tests.journeys.shop import Shop

pytestmark = pytest.mark.browser
IDENTICAL = {"zh_Hant_TW": "完全相同", "en": "identical"}
PRINTED = {"zh_Hant_TW": ("小票決定", "上海淮海路旗艦店", "9 折"), "en": ("Decision of a receipt", "SH01", "90 %")}


def test_an_auditor_prints_the_decision_of_a_receipt(window: Window, look: Look, shop: Shop) -> None:
    watched = window("auditor", "auditing")
    page = watched.page
    watched.keep("home")
    page.click(search(watched, shop.receipt))
    page.wait_for_url("**/receiptview/show/*")
    assert page.locator("form[method=post]:visible").count() == 0  # an auditor changes nothing
    watched.keep("receipt")

    page.click(f"main a[href='/receipt-decisions/{shop.receipt_id}']")
    page.wait_for_url("**/receipt-decisions/*")
    assert IDENTICAL[look.language] in watched.text("main")
    watched.keep("decision")

    with page.expect_download() as started:
        page.click(f"a[href='/receipt-decisions/{shop.receipt_id}/pdf']")
    said = text_of(Path(started.value.path()).read_bytes())
    for words in (shop.receipt, "5,938.20", *PRINTED[look.language]):
        assert words in said, words


def search(watched: Watched, number: str) -> str:
    """Look for a number everywhere, by the key at a desk, on its page on a phone; return what is found."""
    page = watched.page
    if watched.look.is_phone:
        page.click(".search-button")
        page.fill("main [name=q]", number)
        page.press("main [name=q]", "Enter")
    else:
        page.keyboard.press("/")
        page.keyboard.type(number)
    found = f"{'main' if watched.look.is_phone else '#suggest'} a:has-text('{number}')"
    page.wait_for_selector(found)
    watched.keep("found")
    return found


def text_of(pdf: bytes) -> str:
    """Return what is printed, in one line."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
