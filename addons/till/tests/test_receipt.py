"""The receipt on paper: all that its page says, for those who may see the page, in the language of who asks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from addons.sales.models import Receipt
from addons.sales.tests.book import book
from addons.sales.tests.test_points_budgets import TRIPLE
from addons.stores.models import Brand, Market
from addons.stores.queries import forget_places
from addons.till.tests.counter import Counter
from addons.till.views import priced
from addons.till.views import receipt as receipt_page
from addons.vouchers.models import Voucher
from addons.vouchers.services import open_budget
from core import clock
from core.db.scope import system_scope
from core.db.session import reading, work
from core.policy.live import program_of_digest
from core.testing.screens import Browser
from rules.book import Compare, Rule, Then, Total
from rules.decide import decide_plain
from rules.event import Event, Line
from rules.explain import explain
from tests.rules.random_prices import BEST, book_of
from tests.rules.shop import words as vocabulary

At = Callable[[str], Browser]


def text_of(paper: Any) -> str:
    """The words of all pages, with single spaces."""
    assert paper.status_code == 200
    assert paper.mimetype == "application/pdf"
    pages = PdfReader(BytesIO(paper.data)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def printed(browser: Browser, receipt_id: int, language: str = "en") -> str:
    """Download the paper of a receipt in a language and return its words."""
    browser.get(f"/lang/{language}")
    return text_of(browser.get(f"/till/receipt/{receipt_id}/pdf"))


def test_a_cashier_downloads_the_receipt_of_her_store(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138001")
    shop.sold(member, "TEE-S")
    sold = shop.sold(member, "COAT-M", "JEANS-30")
    cashier = at_till("Cashier")
    paper = cashier.get(f"/till/receipt/{sold['receipt_id']}/pdf")
    assert paper.headers["Content-Disposition"] == f'attachment; filename="receipt-{sold["number"]}.pdf"'
    said = printed(cashier, sold["receipt_id"])
    with system_scope("test"), reading() as session:
        receipt = session.get_one(Receipt, sold["receipt_id"])
        coat, version, number = receipt.lines[0], receipt.decision.version, receipt.member and receipt.member.number
    for amount in (coat.list_price, coat.pay, receipt.list_total, receipt.total):
        assert f"{amount / 100:,.2f}" in said
    for words in (
        "貴賓 南京路店",
        f"Receipt {sold['number']}",
        f"Member {number}",
        "Ordinary card",
        "羊毛大衣 M 駝色",
        "COAT-M × 1",
        "Special price",
        "Total CNY",
        "Cash",
        f"Points balance {sold['balance']:,}",
        f"Rules {version}",
        "see you soon",
    ):
        assert words in said


def test_a_voucher_that_its_budget_had_no_room_for_is_said_in_every_language(shop: Counter, at_till: At) -> None:
    with system_scope("test"), work() as session:
        open_budget(session, brand_id=shop.brand, name="春季", granted=0, rule="points-to-voucher")
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, *["COAT-M"] * 2)  # 4398 yuan: points for one voucher
    assert [each["points"] for each in sold["vouchers_not_given"]] == [3000]
    cashier = at_till("Cashier")
    for language, words in (
        ("en", "No voucher of 300.00{}: the voucher budget is used up"),
        ("zh_Hant_TW", "300.00 的券未發{}：券預算已用完"),
        ("zh_Hans_CN", "300.00 的券未发{}：券预算已用完"),
    ):
        paper = printed(cashier, sold["receipt_id"], language)
        assert words.format("").replace(" ", "") in paper.replace(" ", "")
        page = html.unescape(re.sub(r"<[^>]+>", "", cashier.get(f"/till/receipt/{sold['receipt_id']}").text))
        said = " for 3,000 points" if language == "en" else "（3,000 分）"
        assert words.format(said) in page.replace("¥", "")


def test_points_that_their_budget_had_no_room_for_are_said_in_every_language(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138001")
    with book(TRIPLE | {"limits": [{"per": "all", "period": "ever", "budget": 0}]}):
        sold = shop.sold(member, "COAT-M")
        [missed] = sold["points_not_given"]
        assert missed == {"rule": "triple", "points": 2 * sold["points"]}
        cashier, words = at_till("Cashier"), f"{missed['points']:,}"
        for language, page_says, paper_says in (
            ("en", "points are not given: the budget of “3 times the points” is used up", "more points are not given"),
            ("zh_Hant_TW", "積分未贈送：「", "積分未贈送"),
            ("zh_Hans_CN", "积分未赠送：“", "积分未赠送"),
        ):
            paper = printed(cashier, sold["receipt_id"], language)
            page = html.unescape(re.sub(r"<[^>]+>", "", cashier.get(f"/till/receipt/{sold['receipt_id']}").text))
            assert f"{words}{paper_says}".replace(" ", "") in paper.replace(" ", "")
            assert words in page
            assert page_says in page


def test_discounts_are_named_as_on_the_page_and_never_by_their_code(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138001")
    shop.sold(member, "TEE-S")
    sold = shop.sold(member, "JEANS-30")
    cashier = at_till("Cashier")
    said = printed(cashier, sold["receipt_id"], "zh_Hant_TW")
    page = cashier.get(f"/till/receipt/{sold['receipt_id']}").text
    with system_scope("test"), reading() as session:
        [rule] = {line.rules for line in session.get_one(Receipt, sold["receipt_id"]).lines}
    named = re.search(r'fall-words">([^<]*·[^<]*?)\s*<code', page)
    assert named
    assert named[1].strip() in said
    assert len(rule) > 5
    assert rule in page
    assert rule not in said


def test_the_shop_is_told_who_funds_it_and_the_customer_what_was_near(
    shop: Counter, at_till: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One decision at two levels: rules, version and funding for the shop, the nearest changes for the customer."""
    said = "滿 5,000.00 減 300.00；還差 211.80"
    monkeypatch.setattr(receipt_page, "stored", lambda *given: replace(priced.stored(*given), ahead=(said,)))
    member = shop.enrolled("13800138001")
    shop.sold(member, "TEE-S")
    sold = shop.sold(member, "JEANS-30")
    with system_scope("test"), reading() as session:
        kept = session.get_one(Receipt, sold["receipt_id"]).decision
        program = program_of_digest(session, kept.digest).program
        passed = explain(program.book, program.vocabulary, kept.given(), kept.decided(), language="en").missed
        version = kept.version
    assert passed
    cashier = at_till("Cashier")
    paper = printed(cashier, sold["receipt_id"])
    page = unescape(cashier.get(f"/till/receipt/{sold['receipt_id']}").text)
    assert "Nearly reached" in paper
    assert "".join(said.split()) in "".join(paper.split())
    assert "Not applied" not in paper
    assert re.search(rf"{re.escape(version)} · [A-Z][\w ]+ \d+ %", page)
    shown = page[page.index('class="missed"') :]
    assert [each.sentence for each in passed if each.sentence not in shown] == []
    assert page.index("Nearly reached") < page.index(said) < page.index('class="missed"')


def test_what_a_customer_nearly_had_is_what_more_would_bring() -> None:
    needs: dict[str, Any] = {
        "over": {"totals": (Total("amount", at_least=150_000),)},
        "gold": {"when": Compare("member.tier", "is", "gold")},
    }
    then = (Then("price.pay_ratio", {"ratio": 9000}),)
    offers = [Rule(name, name, "quote", then, group=BEST.name, **more) for name, more in needs.items()]
    book = book_of(*offers)
    event = Event(
        "quote", clock.now(), facts={"member.present": True, "member.tier": ""}, lines=[Line("A", 1, 100_000)]
    )
    told = priced.stored(decide_plain(book, vocabulary(), event), event, book, vocabulary())
    assert len(told.missed) == 2
    [near] = told.ahead
    assert "500" in near
    assert "over" not in near
    assert near.startswith("按售價 9 折結算")


def test_a_receipt_of_another_market_names_its_currency(shop: Counter, at_till: At) -> None:
    with system_scope("test"), work() as session:
        for model in (Brand, Market):
            session.execute(update(model).values(currency="HKD"))
    forget_places()
    number = shop.sold(None, "TEE-S")["receipt_id"]
    shop.brought_back(number, 1)
    manager = at_till("StoreManager")
    manager.get("/lang/en")
    for address in (
        "/receiptview/list/",
        f"/receiptview/show/{number}",
        "/receiptview/export/csv",
        "/returnview/list/",
        "/returnview/show/1",
        "/returnview/export/csv",
        "/receipt-decisions/list/",
        f"/receipt-decisions/{number}",
    ):
        page = manager.get(address).text.split("<main")[-1]
        assert "HKD" in page, address
        assert "Currency" in page, address
    forget_places()


def test_days_in_sentences_are_said_in_words(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, "COAT-M", "JEANS-30")
    due = date.fromisoformat(sold["tier"]["conversion_due"])
    cashier = at_till("Cashier")
    for language, said in (("zh_Hant_TW", f"{due.month}月{due.day}日（週"), ("en", due.strftime("%a %-d %b"))):
        paper = printed(cashier, sold["receipt_id"], language)
        assert said in paper
        assert due.isoformat() not in paper
        page = cashier.get(f"/till/receipt/{sold['receipt_id']}").text
        assert said in page
        assert due.isoformat() not in page


def test_times_are_those_of_the_market(shop: Counter, at_till: At) -> None:
    sold = shop.sold(None, "TEE-S")
    shanghai = clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{shanghai:%Y-%m-%d %H:%M}" in printed(at_till("Cashier"), sold["receipt_id"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_Hant_TW", ("小票", "定價合計", "現金", "謝謝光臨")),
        ("zh_Hans_CN", ("小票", "定价合计", "现金", "谢谢光临")),
        ("en", ("Receipt", "At list prices", "Cash", "Thank you")),
    ],
)
def test_it_speaks_the_language_of_who_asks(shop: Counter, at_till: At, language: str, words: tuple[str, ...]) -> None:
    said = printed(at_till("Cashier"), shop.sold(None, "TEE-S")["receipt_id"], language)
    for word in words:
        assert word in said


def test_what_the_purchase_brought_is_on_it(shop: Counter, at_till: At) -> None:
    """The tier that was reached, the vouchers with their whole codes, points and what is left of them."""
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, "COAT-M", "JEANS-30")
    [code] = [voucher.code for voucher in shop.rows(Voucher, member_id=member)]
    said = printed(at_till("Cashier"), sold["receipt_id"])
    assert sold["tier"]["after"] == "gold"
    assert "You have reached Gold card" in said
    assert code in said.replace(" ", "")
    assert f"Points of this purchase {sold['points']:,}" in said
    assert f"Points balance {sold['balance']:,}" in said


def test_a_voucher_pays_and_is_no_discount(shop: Counter, at_till: At) -> None:
    member = shop.enrolled("13800138001")
    shop.sold(member, "COAT-M", "JEANS-30")
    [voucher] = shop.rows(Voucher, member_id=member)
    sold = shop.sold(member, "JEANS-30", vouchers=(voucher.code,))
    said = printed(at_till("Cashier"), sold["receipt_id"])
    assert sold["tendered"] == 30_000
    assert "Voucher 300.00" in said
    assert f"{sold['total'] / 100:,.2f}" in said
    assert f"{sold['total'] / 100 - 300:,.2f}" in said
    assert said.count("Voucher") == 1


def test_without_a_member_there_are_no_points(shop: Counter, at_till: At) -> None:
    said = printed(at_till("Cashier"), shop.sold(None, "TEE-S")["receipt_id"])
    assert "Points" not in said
    assert "Member" not in said


def test_it_says_that_goods_came_back(shop: Counter, at_till: At) -> None:
    sold = shop.sold(None, "TEE-S", "JEANS-30")
    cashier = at_till("Cashier")
    assert "returned" not in printed(cashier, sold["receipt_id"])
    shop.brought_back(sold["receipt_id"], 1)
    assert "Partly returned" in printed(cashier, sold["receipt_id"])


def test_what_was_taken_in_exchange_tells_its_points(shop: Counter, at_till: At) -> None:
    """The exchange was posted once, and its answer holds that of the return too."""
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, "TEE-S")
    answer = shop.exchanged(sold["receipt_id"], 1, member, "JEANS-30")["sale"]
    cashier = at_till("Cashier")
    said = printed(cashier, answer["receipt_id"])
    assert "Goods that came back 100.00" in said
    assert answer["balance"] > 0
    assert f"Points balance {answer['balance']:,}" in said
    page = re.sub(r"\s*<[^>]+>\s*", " ", cashier.get(f"/till/receipt/{answer['receipt_id']}").text)
    assert re.search(rf"Points balance\s+{answer['balance']:,}", page)


def test_the_paper_is_had_in_its_store_only(shop: Counter, at_till: At) -> None:
    theirs = shop.sold(None, "TEE-S", store=shop.other)
    assert at_till("Cashier").get(f"/till/receipt/{theirs['receipt_id']}/pdf").status_code == 404
    assert theirs["number"] in printed(at_till("Auditor"), theirs["receipt_id"])


@pytest.mark.parametrize(("role", "decides"), [("Cashier", False), ("Guide", False), ("StoreManager", True)])
def test_the_page_offers_the_receipt_and_to_managers_the_decision(
    shop: Counter, at_till: At, role: str, decides: bool
) -> None:
    number = shop.sold(None, "TEE-S")["receipt_id"]
    browser = at_till(role)
    browser.get("/lang/en")
    page = browser.get(f"/till/receipt/{number}").text
    offered = dict(re.findall(r'href="([^"]+/pdf)">.*?</i> ([^<]+)</a>', page))
    decision = {f"/receipt-decisions/{number}/pdf": "Decision (PDF)"} if decides else {}
    assert offered == {f"/till/receipt/{number}/pdf": "Download PDF"} | decision
