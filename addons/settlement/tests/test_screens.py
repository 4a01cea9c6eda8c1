"""Settlement on screen: statements, their papers, disputes by two persons, and nobody sees another's."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader

from addons.sales.tests.shop import NOON, Shop
from addons.settlement import documents, services
from addons.settlement.jobs import SETTLE
from addons.settlement.models import Dispute, Entry
from addons.settlement.tests.conftest import two_franchisees
from addons.settlement.tests.ground import back, in_hong_kong
from core import clock
from core.db.models import CloseRequest
from core.db.scope import system_scope
from core.testing.screens import OWN_STORES, BrowserAs

MONTH = "2026-05"


@pytest.fixture
def settled(product: Flask) -> Shop:
    """Points of the first store, spent as a voucher in the second, which is another franchisee's."""
    assert {1} == OWN_STORES
    with system_scope("test"):
        shop = two_franchisees()
        member = shop.member("gold")
        sold = shop.sell(shop.product(350000), member_id=member)
        shop.sell(shop.product(100000), member_id=member, vouchers=tuple(sold["vouchers"]), store_id=shop.other_store)
        services.settle(now=NOON)
    return shop


def test_headquarters_see_every_franchisee_and_a_total_of_nothing(settled: Shop, browser_as: BrowserAs) -> None:
    browser = browser_as("HQMarketing")
    page = browser.get("/settlement/").text
    assert "Own" in page
    assert "Other" in page
    assert (
        ">0.00<" in browser.get("/settlement/trial-balance").text
        or "0.00" in browser.get(f"/settlement/trial-balance?month={MONTH}").text
    )
    statement = browser.get(f"/settlement/{MONTH}/2/CNY").text
    assert "300.00" in statement


def test_what_is_settled_from_the_page_is_known_where_pages_are_served() -> None:
    """A process of the web imports views alone: tests have long met the jobs."""
    asked = "import addons.settlement.views; from core.jobs import run; print(*run.names())"
    known = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert SETTLE in known.stdout.split()


def test_a_franchisee_sees_its_own_month_alone(settled: Shop, browser_as: BrowserAs) -> None:
    browser = browser_as("FranchiseAdmin")
    page = browser.get("/settlement/").text
    assert "Own" in page
    assert "Other" not in page
    assert browser.get(f"/settlement/{MONTH}/1/CNY").status_code == 200
    for kind in ("", "/pdf", "/xlsx"):
        assert browser.get(f"/settlement/{MONTH}/2/CNY{kind}").status_code == 404
    trial = browser.get("/settlement/trial-balance").text
    assert set(re.findall(r"\bS[12]\b", trial)) == {"S1"}  # as words: the page has a nonce of any letters
    assert browser.post("/settlement/settle").status_code in (302, 403)


@pytest.mark.parametrize("path", ["/settlement/2026-05/9/CNY", "/settlement/x/1/CNY", "/settlement/2026-05/1/EURO"])
def test_what_is_no_statement_is_not_found(settled: Shop, browser_as: BrowserAs, path: str) -> None:
    assert browser_as("HQMarketing").get(path).status_code == 404


def test_the_paper_and_the_spreadsheet_hold_every_line(settled: Shop, browser_as: BrowserAs) -> None:
    browser = browser_as("FranchiseAdmin")
    paper = browser.get(f"/settlement/{MONTH}/1/CNY/pdf")
    assert paper.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.data)).pages)
    assert "350.00" in text  # the discount that headquarters make good
    book = load_workbook(BytesIO(browser.get(f"/settlement/{MONTH}/1/CNY/xlsx").data))
    rows = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
    assert any(350 in row or 350.0 in row for row in rows)


def test_a_rule_is_said_beside_its_name(settled: Shop, browser_as: BrowserAs) -> None:
    browser = browser_as("FranchiseAdmin")
    page = browser.get(f"/settlement/{MONTH}/1/CNY").text
    assert re.search(r"金卡[^<]*9 折[^<]*<code>tier-gold</code>", page)
    book = load_workbook(BytesIO(browser.get(f"/settlement/{MONTH}/1/CNY/xlsx").data))
    said = [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) if "tier-gold" in row]
    assert any("金卡" in str(cell) for row in said for cell in row)


def test_what_was_sold_in_another_currency_has_a_statement_of_its_own(product: Flask, browser_as: BrowserAs) -> None:
    with system_scope("test"):
        shop = two_franchisees()
        in_hong_kong(shop)
        shop.sell(shop.product(100_000), member_id=shop.member("gold"), store_id=shop.other_store)
        services.settle(now=NOON)
    browser = browser_as("HQMarketing")
    page = browser.get(f"/settlement/{MONTH}/2/HKD").text
    assert f'href="/settlement/{MONTH}/2/CNY"' in page
    assert f'href="/settlement/{MONTH}/2/HKD"' in browser.get(f"/settlement/{MONTH}/2/CNY").text
    trial = browser.get(f"/settlement/trial-balance?month={MONTH}").text
    chips = [re.sub(r"<[^>]+>", "", chip) for chip in re.findall(r'chip-good">(.*?)</span> ', trial, re.DOTALL)]
    assert [re.findall(r"CNY|HKD|0\.00", chip) for chip in chips] == [["CNY", "0.00"], ["HKD", "0.00"]], chips


def test_money_that_another_franchisee_paid_back_is_said(product: Flask, browser_as: BrowserAs) -> None:
    with system_scope("test"):
        shop = two_franchisees()
        sold = shop.sell(shop.product(100_000))
        back(shop, sold["receipt_id"], store=shop.other_store)
        services.settle(now=NOON)
    browser = browser_as("HQMarketing")
    for franchisee in (1, 2):
        page = browser.get(f"/settlement/{MONTH}/{franchisee}/CNY").text
        assert "代付退款" in page
        assert documents.SAYS["return"].zh_hant in page
    assert "代付退款" in browser.get("/settlemententryview/list/").text


def test_a_line_is_disputed_by_one_person_and_decided_by_another(settled: Shop, browser_as: BrowserAs) -> None:
    with system_scope("test"):
        line = settled.rows(Entry, to_party="franchisee:1", what="discount")[0]
    store = browser_as("FranchiseAdmin")
    record = store.get(f"/settlemententryview/show/{line.id}")
    assert (record.status_code, "franchisee:1" in record.text) == (200, False)  # parties are named in words
    assert "action/dispute" in record.text
    led = store.get(f"/settlemententryview/action/dispute/{line.id}")
    store.get(f"/disputeform/form?entry={line.id}")
    form = {"entry": str(line.id), "reason": "this receipt was cancelled", "key": "k1"}
    assert store.post(f"/disputeform/form?entry={line.id}", form).status_code == 302
    assert led.status_code in (302, 405)
    assert "this receipt was cancelled" in store.get("/disputeview/list/").text
    assert "action/dispute" not in store.get(f"/settlemententryview/show/{line.id}").text  # each is disputed once
    hq = browser_as("HQApprover")
    assert "/disputeview/edit/1" in hq.get("/disputeview/show/1").text
    assert "this receipt was cancelled" in hq.get("/disputeview/edit/1").text  # what is decided about
    assert hq.post("/disputeview/edit/1", {"accept": "y", "answer": "agreed"}).status_code == 302
    assert "/disputeview/edit/1" not in hq.get("/disputeview/show/1").text  # it is decided: nothing is left to answer
    with system_scope("test"):
        [decided] = settled.rows(Dispute)
        [counter] = settled.rows(Entry, source="dispute")
    assert (decided.state, decided.answer, decided.decided_by) == ("accepted", "agreed", "hqapprover")
    assert (counter.from_party, counter.to_party, counter.amount) == ("franchisee:1", line.from_party, line.amount)


def test_a_line_of_another_franchisee_cannot_be_disputed(settled: Shop, browser_as: BrowserAs) -> None:
    with system_scope("test"):
        foreign = settled.rows(Entry, to_party="franchisee:2")[0]
    store = browser_as("FranchiseAdmin")
    store.get("/disputeform/form")
    answer = store.post("/disputeform/form", {"entry": str(foreign.id), "reason": "mine", "key": "k2"})
    assert answer.status_code == 200  # what was typed is kept, with the refusal
    with system_scope("test"):
        assert settled.rows(Dispute) == []


def test_a_month_is_closed_on_screen_by_two_persons(settled: Shop, browser_as: BrowserAs) -> None:
    with clock.fixed(datetime(2026, 6, 10, 4, tzinfo=UTC)):
        asking, boss = browser_as("HQMarketing"), browser_as("HQApprover")
        page = asking.get("/settlementcloseview/add").text
        assert '<option value="2026-05">' in page
        assert '<option value="2026-06">' not in page
        assert asking.post("/settlementcloseview/add", {"wanted": "2026-06", "key": "k"}).status_code == 200
        assert asking.post("/settlementcloseview/add", {"wanted": "2026-05", "key": "k"}).status_code == 302
        assert "/settlementcloseview/list/" in boss.get("/").text  # it waits for somebody who may decide
        assert "2026-05" not in boss.get("/pointscloseview/list/").text  # another ledger's
        for browser, state in ((asking, "asked"), (boss, "approved")):
            browser.get("/settlementcloseview/show/1")
            assert browser.post("/settlementcloseview/action/approve/1").status_code == 302
            with system_scope("test"):
                assert [row.state for row in settled.rows(CloseRequest)] == [state]
        assert "HQApprover".lower() in boss.get(f"/settlement/?month={MONTH}").text
        assert "action/approve" not in boss.get("/settlementcloseview/show/1").text  # nothing is left to decide
    store = browser_as("FranchiseAdmin")
    assert store.get("/settlementcloseview/list/").status_code in (302, 403)


def test_figures_follow_the_store_one_works_in_and_say_so(settled: Shop, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    hq.get("/users/userinfo/")
    address = "/settlement/trial-balance"
    assert "Figures of all your stores." in hq.get(address).text
    assert hq.post("/working/choose", {"store": settled.store}).status_code == 303
    trial = hq.get(address).text
    assert set(re.findall(r"<td[^>]*>(S[12]) ", trial)) == {"S1"}
    assert re.search(r"Figures of \S+ alone", trial)
    assert "chip-good" in trial  # one store, too, totals nothing
    months = hq.get(f"/settlement/?month={MONTH}").text
    assert ">Own<" in months
    assert ">Other<" not in months
    assert "a statement is of all its stores" in months
    whole = hq.get(f"/settlement/{MONTH}/2/CNY").text  # by its address it opens as before
    assert "300.00" in whole
    assert "Of all stores of the franchisee" in whole
    assert hq.post("/working/choose", {"store": ""}).status_code == 303
    assert ">Other<" in hq.get(f"/settlement/?month={MONTH}").text
