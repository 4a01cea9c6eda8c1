"""Search everywhere: what is there within one's stores, and nothing else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from addons.insights.queries import finding
from addons.insights.tests.conftest import TODAY, receipt
from core.db.scope import Scope, acting
from core.db.session import engine, reading
from core.testing.screens import Browser, BrowserAs

RECORD = re.compile(r"/show/|/till/member/")


def found(browser: Browser, typed: str, page: str = "/search/") -> str:
    answer = browser.get(f"{page}?q={quote(typed)}")
    assert answer.status_code == 200
    return answer.text.split("<main")[-1]


@pytest.mark.parametrize(
    "typed",
    ["王小明", "小明", "M0000011", "m0000011", "13900000011", "+86 139-0000-0011", "0011", "20260000011", " 王小明  "],
)
def test_a_member_is_found_by_name_phone_and_numbers(shops: Flask, browser_as: BrowserAs, typed: str) -> None:
    text = found(browser_as("Cashier"), typed)
    assert "/till/member/11" in text
    assert "+86139****0011" in text
    assert "13900000011 " not in text
    assert "/till/member/21" not in text


@pytest.mark.parametrize("typed", ["王大華", "大華", "M0000021", "13900000021", "0021", "20260000021", "R2-00004"])
def test_other_stores_are_found_by_headquarters_alone(shops: Flask, browser_as: BrowserAs, typed: str) -> None:
    for page in ("/search/", "/search/suggest"):
        assert not RECORD.search(found(browser_as("StoreManager"), typed, page))
        assert RECORD.search(found(browser_as("HQMarketing"), typed, page))
        assert RECORD.search(found(browser_as("Auditor"), typed, page))
        assert not RECORD.search(found(browser_as("SystemAdmin"), typed, page))


def test_receipts_and_products_are_found(shops: Flask, browser_as: BrowserAs) -> None:
    guide = browser_as("Guide")
    assert "/receiptview/show/1" in found(guide, "R1-00001")
    assert found(guide, "R1-").count("/receiptview/show/") == 3
    for typed in ("SKU-7", "羊毛", "ST1"):
        assert "/productview/show/1" in found(guide, typed)


@pytest.mark.parametrize("typed", ["s1-0004527", "S1-0004527", "s1-4527", "S1-004527", "0004527", "4527", "-4527"])
def test_a_receipt_is_found_by_its_running_number_and_without_capitals(
    shops: Flask, browser_as: BrowserAs, typed: str
) -> None:
    with engine().begin() as connection:
        connection.execute(text("UPDATE stores_store SET code = 'S' || id"))
        for key, number in ((6, "S1-0004527"), (7, "S1-9994527"), (9, "S2-0004527")):
            receipt(connection, key, TODAY, 100, number=number)
    shown = found(browser_as("Cashier"), typed)
    assert [key for key in (6, 7, 9) if f"/receiptview/show/{key}" in shown] == [6]
    assert ("/receiptview/show/9" in found(browser_as("HQMarketing"), typed)) is ("1" not in typed)  # another store's


def test_a_running_number_is_looked_up_in_an_index(shops: Flask) -> None:
    with acting(Scope(reads=frozenset({1, 2}), writes=frozenset())), reading() as session:
        seen: list[str] = []
        event.listen(engine(), "before_cursor_execute", lambda _c, _u, said, *_: seen.append(said))
        finding.receipts(session, "4527", 5)
        plans = [_plan(session, said) for said in seen if "sales_receipt" in said]
    assert len(plans) > 1
    for plan in plans:
        assert "store_id=? AND number" in plan
        assert "SCAN sales_receipt" not in plan


def _plan(session: Session, said: str) -> str:
    """Say how SQLite goes about a statement; what is asked for makes no difference."""
    connection: Any = session.connection().connection.driver_connection
    return " | ".join(row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {said}", [1] * said.count("?")))


@pytest.mark.parametrize("typed", ["", " ", "a", "1", "%", "__", "'; DROP TABLE", "=1+1", "x" * 500, "\U0010ffff" * 3])
def test_what_makes_no_sense_finds_nothing(shops: Flask, browser_as: BrowserAs, typed: str) -> None:
    text = found(browser_as("HQMarketing"), typed)
    assert not RECORD.search(text)


def test_one_chinese_character_is_enough_and_formulas_are_text(shops: Flask, browser_as: BrowserAs) -> None:
    assert "/till/member/12" in found(browser_as("StoreManager"), "李=")
    assert "/till/member/11" in found(browser_as("StoreManager"), "王")


def test_what_was_typed_is_shown_as_text(shops: Flask, browser_as: BrowserAs) -> None:
    text = browser_as("StoreManager").get("/search/?q=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in text


def test_strangers_search_nothing(shops: Flask) -> None:
    assert shops.test_client().get("/search/?q=王").status_code == 302
    assert shops.test_client().get("/search/suggest?q=王").status_code == 302
