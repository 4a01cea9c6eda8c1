"""The screens of vouchers as people of different roles see them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, update

from addons.catalog.models import Category, Style
from addons.membership.models import Member
from addons.stores.models import Staff
from addons.stores.queries import forget_places
from addons.vouchers import services
from addons.vouchers.models import Attempt, Batch, Budget, Download, Entry, Pattern, Print, Voucher
from addons.vouchers.tests.counter import Counter
from addons.vouchers.tests.shop import NOON, open_shop
from core import clock
from core.db.scope import system_scope
from core.db.session import reading, work
from core.testing.screens import BrowserAs

ANSWER = dict[str, Any]


@pytest.fixture
def counter(product: Flask) -> Iterator[Counter]:
    """A shop of two stores; the people of stores look after the first."""
    forget_places()
    with clock.fixed(NOON):
        with system_scope("test"), work() as session:
            shop = open_shop(session)
            session.add(Category(code="top", name="上衣"))
            made = Counter(shop, shop.member("1"))
            shop.member("2")
        yield made


def issued(counter: Counter, **more: Any) -> Voucher:
    """Issue a voucher and return its row."""
    with system_scope("test"), work() as session:
        own = Counter(type(counter.shop)(session, counter.shop.brand_id, 1, counter.shop.stores), counter.member)
        code = own.issue(**more)
    found: Voucher = rows(Voucher, code=code)[0]
    return found


def rows(model: Any, **wanted: Any) -> list[Any]:
    with system_scope("test"), reading() as session:
        return list(session.scalars(select(model).filter_by(**wanted).order_by(model.id)))


# -- a voucher --------------------------------------------------------------------------------------------------------


def test_the_page_of_a_voucher_tells_its_whole_life(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter, title="五週年")
    with system_scope("test"), work() as session:
        own = Counter(type(counter.shop)(session, counter.shop.brand_id, 1, counter.shop.stores), counter.member)
        receipt = own.pay(voucher.code, 25_000, store_id=counter.shop.stores[1], by="bruno")
        own.restore(receipt, (voucher.code, 10_000))
    page = browser_as("Cashier").get(f"/vouchers/{voucher.id}").text
    for said in ("五週年", "不找零作廢", "退回", "100.00", "300.00", "其他門市"):
        assert said in page
    assert voucher.code not in page
    assert "bruno" not in page  # what another store did is told, not who
    assert "bruno" in browser_as("Auditor").get(f"/vouchers/{voucher.id}").text


def test_the_page_of_a_voucher_says_its_rule_and_names_who_did_something(
    counter: Counter, browser_as: BrowserAs
) -> None:
    voucher = issued(counter, rule="points-to-voucher")
    with system_scope("test"), work() as session:
        session.add(Staff(store_id=counter.shop.stores[0], code="S1-7", name="林小雅", role="cashier"))
        own = Counter(type(counter.shop)(session, counter.shop.brand_id, 1, counter.shop.stores), counter.member)
        own.pay(voucher.code, 25_000, by="S1-7")
    page = browser_as("Auditor").get(f"/vouchers/{voucher.id}").text
    assert "每滿 3,000 積分換" in page
    assert "<code>points-to-voucher</code>" in page
    assert '<span title="S1-7">林小雅</span>' in page
    entries = browser_as("Auditor").get("/voucherentryview/list/").text
    assert '<span title="S1-7">林小雅</span>' in entries


def test_a_rule_that_no_book_knows_any_more_keeps_its_name(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter, rule="forgotten-offer")
    assert "<code>forgotten-offer</code>" in browser_as("Auditor").get(f"/vouchers/{voucher.id}").text


def test_a_voucher_of_another_store_has_no_page_until_its_whole_code_is_shown(
    counter: Counter, browser_as: BrowserAs
) -> None:
    voucher = issued(counter, store_id=counter.shop.stores[1])
    with system_scope("test"), work() as session:
        session.execute(update(Member).values(store_id=counter.shop.stores[1]))
    cashier = browser_as("Cashier")
    assert cashier.get(f"/vouchers/{voucher.id}").status_code == 404
    cashier.get("/vouchers/")
    assert cashier.post("/vouchers/", {"code": voucher.code[:-1]}).status_code == 200
    assert [(row.ending, row.store_id, row.by) for row in rows(Attempt)] == [
        (voucher.code[-5:-1], counter.shop.stores[0], "cashier")
    ]
    assert cashier.post("/vouchers/", {"code": voucher.code.lower()}).location == f"/vouchers/{voucher.id}"
    page = cashier.get(f"/vouchers/{voucher.id}").text
    assert "300.00" in page
    assert all(untold not in page for untold in (voucher.code, "門市2", "王1"))
    assert voucher.code[-4:] not in cashier.get("/voucherview/list/").text
    assert browser_as("Guide").get(f"/vouchers/{voucher.id}").status_code == 404  # somebody else did not see it
    with clock.fixed(NOON + timedelta(minutes=31)):
        assert cashier.get(f"/vouchers/{voucher.id}").status_code == 404
    hq = browser_as("HQMarketing")
    hq.get("/vouchers/")
    assert hq.post("/vouchers/", {"code": voucher.code.lower()}).location == f"/vouchers/{voucher.id}"


def test_a_list_cannot_be_asked_for_codes(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter)
    cashier = browser_as("Cashier")
    everything = cashier.get("/voucherview/list/").text
    assert f"…{voucher.code[-4:]}" in everything
    assert voucher.code not in everything
    nothing_told = cashier.get("/voucherview/list/", query_string={"_flt_0_code": "ZZZZ"}).text
    assert f"…{voucher.code[-4:]}" in nothing_told


def test_it_is_printed_and_each_print_is_counted(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter, title="五週年")
    cashier = browser_as("Cashier")
    cashier.get(f"/vouchers/{voucher.id}")
    papers = [cashier.post(f"/vouchers/service/{voucher.id}/paper", {}) for _ in range(2)]
    assert {paper.mimetype for paper in papers} == {"application/pdf"}
    [page] = PdfReader(io.BytesIO(papers[1].data)).pages
    text = page.extract_text()
    code = voucher.code
    assert " ".join(code[place : place + 4] for place in range(0, len(code), 4)) in text
    assert "300.00" in text
    assert [(row.number, row.by) for row in rows(Print)] == [(1, "cashier"), (2, "cashier")]
    assert "已列印 2 次" in cashier.get(f"/vouchers/{voucher.id}").text


def test_a_store_of_the_brand_serves_whoever_shows_the_code(counter: Counter, browser_as: BrowserAs) -> None:
    """As at checkout: it happens in one's own store, and the store that issued the voucher goes on owing it."""
    own, other = counter.shop.stores
    voucher = issued(counter, store_id=other)
    manager = browser_as("StoreManager")
    give, split = f"/vouchers/service/{voucher.id}/give", f"/vouchers/splitting/{voucher.id}"
    manager.get("/vouchers/")
    for address in (give, split, f"/vouchers/service/{voucher.id}/paper"):
        assert manager.post(address, {"member": "M2", "amount": "100", "step_key": "k"}).status_code == 404
    manager.post("/vouchers/", {"code": voucher.code})
    assert manager.post(f"/vouchers/service/{voucher.id}/paper", {}).mimetype == "application/pdf"
    assert [(row.store_id, row.number) for row in rows(Print)] == [(own, 1)]
    assert manager.post(split, {"amount": "100", "step_key": "a"}).status_code == 303
    first, second = rows(Voucher, source="split")
    assert {(part.store_id, part.value) for part in (first, second)} == {(other, 10_000), (other, 20_000)}
    page = manager.get(f"/vouchers/{voucher.id}").text
    assert all(f'href="/vouchers/{part.id}"' in page for part in (first, second))
    answer = manager.post(f"/vouchers/service/{first.id}/give", {"member": "M2", "step_key": "b"})
    [given] = rows(Voucher, source="gift")
    assert answer.location == f"/vouchers/{given.id}"
    assert manager.get(answer.location).status_code == 200
    assert {row.store_id for row in rows(Entry, voucher_id=given.id)} == {own}


def test_it_is_given_to_another_member(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter)
    cashier = browser_as("Cashier")
    cashier.get(f"/vouchers/{voucher.id}")
    address = f"/vouchers/service/{voucher.id}/give"
    assert cashier.post(address, {"member": "nobody", "step_key": "k"}).status_code == 404
    answer = cashier.post(address, {"member": "M2", "step_key": "k"})
    new = rows(Voucher, source="gift")[0]
    assert answer.location == f"/vouchers/{new.id}"
    assert cashier.post(address, {"member": "M2", "step_key": "k"}).location == answer.location  # the same click
    assert len(rows(Voucher)) == 2


def test_managers_split_and_headquarters_cancels(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter)
    cashier, manager, hq = browser_as("Cashier"), browser_as("StoreManager"), browser_as("HQApprover")
    for browser in (cashier, manager, hq):
        browser.get(f"/vouchers/{voucher.id}")
    split, cancel = f"/vouchers/splitting/{voucher.id}", f"/vouchers/cancelling/{voucher.id}"
    assert cashier.post(split, {"amount": "100", "step_key": "a"}).status_code == 403
    assert manager.post(cancel, {"reason": "x", "step_key": "b"}).status_code == 403
    wrong = manager.post(split, {"amount": "300.01", "step_key": "c"})
    assert "合計等於剩餘金額" in wrong.text
    assert manager.post(split, {"amount": "abc", "step_key": "d"}).status_code == 422
    assert manager.post(split, {"amount": "100", "step_key": "e"}).status_code == 303
    parts = rows(Voucher, source="split")
    assert [part.value for part in parts] == [10_000, 20_000]
    page = manager.get(f"/vouchers/{voucher.id}").text
    assert all(f'href="/vouchers/{part.id}"' in page for part in parts)
    gone = f"/vouchers/cancelling/{parts[0].id}"
    assert "要填寫原因" in hq.post(gone, {"reason": " ", "step_key": "f"}).text
    assert hq.post(gone, {"reason": "印錯了", "step_key": "g"}).status_code == 303
    assert rows(Voucher, id=parts[0].id)[0].status == "void"
    assert "印錯了" in hq.get(f"/vouchers/{parts[0].id}").text


def test_a_gift_is_handed_out_on_its_page(counter: Counter, browser_as: BrowserAs) -> None:
    voucher = issued(counter, kind="gift", title="絲巾")
    cashier = browser_as("Cashier")
    cashier.get(f"/vouchers/{voucher.id}")
    address = f"/vouchers/service/{voucher.id}/hand-over"
    assert cashier.post(address, {"ref": "", "step_key": "a"}).status_code == 422
    for named, status in (("", 409), ("M2", 409), ("nobody", 404)):
        refused = cashier.post(address, {"ref": "絲巾 X-1", "member": named, "step_key": f"no {named}"})
        assert refused.status_code == status  # it is hers, and she is not there
    assert cashier.post(address, {"ref": "絲巾 X-1", "member": "M1", "step_key": "b"}).status_code == 303
    assert "絲巾 X-1" in cashier.get(f"/vouchers/{voucher.id}").text


# -- batches ----------------------------------------------------------------------------------------------------------


def form(counter: Counter, **more: Any) -> ANSWER:
    return {
        "name": "春季", "reason": "開店五週年", "kind": "cash", "value": "50", "binding": "bearer", "count": "3",
        "valid_until": "2026-12-31", "store": str(counter.shop.store_id), "key": "k1", **more,
    }  # fmt: skip


def test_a_batch_is_asked_for_issued_and_taken_to_the_print_house(counter: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/voucherbatchview/add")
    assert hq.post("/voucherbatchview/add", form(counter, min_spend="200", categories="top")).status_code == 302
    [batch] = rows(Batch)
    assert (batch.state, batch.count, batch.asked_by) == ("approved", 3, "hqmarketing")
    page = hq.get(f"/voucherbatchview/show/{batch.id}").text
    assert "開始發放" in page
    answer = hq.post(f"/voucher-batches/{batch.id}/issue", {}, headers={"HX-Request": "true"})
    assert "已發放 3／3 張" in answer.text
    assert len(rows(Voucher)) == 3
    hq.get(f"/voucherbatchview/show/{batch.id}")
    listed = hq.post(f"/voucher-batches/{batch.id}/codes/csv", {})
    assert all(voucher.code in listed.text for voucher in rows(Voucher))
    assert hq.post(f"/voucher-batches/{batch.id}/codes/xlsx", {}).data.startswith(b"PK")
    assert [(row.file, row.codes, row.by) for row in rows(Download)] == [
        ("csv", 3, "hqmarketing"),
        ("xlsx", 3, "hqmarketing"),
    ]
    assert "200.00" in browser_as("Cashier").get(f"/vouchers/{rows(Voucher)[0].id}").text


def test_a_batch_is_limited_to_products_and_says_so_on_its_page_and_on_paper(
    counter: Counter, browser_as: BrowserAs
) -> None:
    with system_scope("test"), work() as session:
        session.add(Style(code="S1", name="羊絨大衣", brand_id=counter.shop.brand_id, category_code="top"))
    hq = browser_as("HQMarketing")
    hq.get("/voucherbatchview/add")
    assert "找不到商品 S9" in hq.post("/voucherbatchview/add", form(counter, products="S1\nS9")).text
    hq.post("/voucherbatchview/add", form(counter, products="S1\n", key="k2"))
    [batch] = rows(Batch)
    assert "限 羊絨大衣" in hq.get(f"/voucherbatchview/show/{batch.id}").text
    hq.post(f"/voucher-batches/{batch.id}/issue", {})
    voucher = rows(Voucher)[0]
    cashier = browser_as("Cashier")
    assert "限 羊絨大衣" in cashier.get(f"/vouchers/{voucher.id}").text
    paper = cashier.post(f"/vouchers/service/{voucher.id}/paper", {})
    assert "羊絨大衣" in PdfReader(io.BytesIO(paper.data)).pages[0].extract_text()


def test_a_large_batch_waits_for_another_person(counter: Counter, browser_as: BrowserAs) -> None:
    anna, bruno = browser_as("HQMarketing"), browser_as("HQApprover")
    anna.get("/voucherbatchview/add")
    anna.post("/voucherbatchview/add", form(counter, value="50000"))
    [batch] = rows(Batch)
    assert batch.state == "asked"
    assert "待核准的批量發券" in bruno.get("/").text
    page, steps = f"/voucherbatchview/show/{batch.id}", f"/action/{{}}/{batch.id}"
    assert not any(steps.format(step) in anna.get(page).text for step in ("approve", "refuse"))
    anna.post(f"/voucherbatchview/action/approve/{batch.id}", {})
    assert rows(Batch)[0].state == "asked"
    assert all(steps.format(step) in bruno.get(page).text for step in ("approve", "refuse"))
    bruno.post(f"/voucherbatchview/action/approve/{batch.id}", {})
    assert (rows(Batch)[0].state, rows(Batch)[0].decided_by) == ("approved", "hqapprover")


def test_a_batch_for_named_members_and_a_tier(counter: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/voucherbatchview/add")
    wrong = hq.post("/voucherbatchview/add", form(counter, binding="member", members="M1\nM77"))
    assert "查無 M77" in wrong.text
    nobody = hq.post("/voucherbatchview/add", form(counter, binding="member", key="k3"))
    assert "請寫明會員或等級" in nobody.text
    hq.post("/voucherbatchview/add", form(counter, binding="member", members="M1\n\nM1", tiers="ordinary", key="k2"))
    assert rows(Batch)[0].count == 2


def test_a_batch_is_stopped(counter: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/voucherbatchview/add")
    hq.post("/voucherbatchview/add", form(counter))
    [batch] = rows(Batch)
    hq.get(f"/voucherbatchview/show/{batch.id}")
    hq.post(f"/voucher-batches/{batch.id}/issue", {})
    hq.post(f"/voucher-batches/{batch.id}/stop", {"reason": ""})
    assert rows(Batch)[0].state == "issued"
    hq.post(f"/voucher-batches/{batch.id}/stop", {"reason": "印錯了"})
    assert rows(Batch)[0].state == "stopped"
    assert {voucher.status for voucher in rows(Voucher)} == {"void"}
    assert hq.post("/voucher-batches/99/issue", {}).status_code == 404


def test_a_batch_says_why_it_stopped(counter: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    hq.get("/voucherbatchview/add")
    hq.post("/voucherbatchview/add", form(counter, valid_until="2026-05-04"))
    [batch] = rows(Batch)
    with clock.fixed(NOON + timedelta(days=1)):
        later = browser_as("HQApprover")
        later.get(f"/voucherbatchview/show/{batch.id}")
        later.post(f"/voucher-batches/{batch.id}/issue", {})
        page = later.get(f"/voucherbatchview/show/{batch.id}").text
    assert page.count("的券有效至 2026-05-04，不再發放") == 2  # in the answer to the click, and as long as it stands
    assert rows(Batch)[0].state == "stopped"
    assert rows(Voucher) == []


@pytest.mark.parametrize("role", ["Cashier", "StoreManager", "FranchiseAdmin"])
def test_people_of_stores_have_no_batches(counter: Counter, browser_as: BrowserAs, role: str) -> None:
    browser = browser_as(role)
    browser.get("/voucherview/list/")
    for address in ("/voucherbatchview/list/", "/voucherbudgetview/list/", "/voucherpatternview/list/"):
        assert browser.get(address).status_code in (302, 403)
    assert browser.post("/voucher-batches/1/codes/csv", {}).status_code == 403


# -- set up -----------------------------------------------------------------------------------------------------------


def test_patterns_and_budgets_are_set_up(counter: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQApprover")
    brand = str(counter.shop.brand_id)
    hq.get("/voucherpatternview/add")
    wrong = hq.post("/voucherpatternview/add", {"brand": brand, "kind": "cash", "pattern": "VP???#"})
    assert "隨機字母少於十個" in wrong.text
    hq.post("/voucherpatternview/add", {"brand": brand, "kind": "cash", "pattern": "VP??????????#"})
    assert rows(Pattern)[0].pattern == "VP??????????#"
    assert issued(counter).code.startswith("VP")
    hq.get("/voucherbudgetview/add")
    hq.post("/voucherbudgetview/add", {"brand": brand, "name": "春季", "granted": "500", "rule": "spring"})
    budget = rows(Budget)[0]
    issued(counter, rule="spring")
    page = hq.get(f"/voucherbudgetview/edit/{budget.id}").text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    less = hq.post(f"/voucherbudgetview/edit/{budget.id}", {"granted": "299.99", "seen": seen})
    assert "已超過此數" in less.text
    hq.post(f"/voucherbudgetview/edit/{budget.id}", {"granted": "300", "seen": seen})
    assert rows(Budget)[0].granted == 30_000
    with pytest.raises(services.VoucherBudgetUsedUp):
        issued(counter, rule="spring")


# -- watching ---------------------------------------------------------------------------------------------------------


def test_the_accounts_come_to_nothing(counter: Counter, browser_as: BrowserAs) -> None:
    issued(counter)
    page = browser_as("StoreManager").get("/voucher-accounts/").text
    assert "300.00" in page
    assert "\N{MINUS SIGN}300.00" in page
    assert "全部帳戶合計" in page


def test_guessing_is_flagged(counter: Counter, browser_as: BrowserAs) -> None:
    with system_scope("test"), work() as session:
        for store in counter.shop.stores:
            for place in range(6 if store == counter.shop.store_id else 2):
                at = NOON - timedelta(minutes=place)
                tried = {"ending": "ABCD", "outcome": "unknown", "by": "x", "till": f"till {store}", "at": at}
                session.add(Attempt(store_id=store, **tried))
    manager, auditor = browser_as("StoreManager"), browser_as("Auditor")
    page = manager.get("/voucher-attempts/").text
    assert page.count("疑似猜券號") == 1
    assert "till 2" not in page
    assert "till 2" in auditor.get("/voucher-attempts/?days=30").text
    assert "疑似猜券號的收銀台" in manager.get("/").text
    assert manager.get("/voucherattemptview/list/").status_code == 200


def test_a_voucher_past_its_last_day_has_expired_before_the_night_runs(counter: Counter, browser_as: BrowserAs) -> None:
    """What a till would refuse is not shown as usable, in the list nor on its page; nobody reads a whole code there."""
    voucher = issued(counter)
    cashier = browser_as("Cashier")
    record = cashier.get(f"/voucherview/show/{voucher.id}").text
    assert voucher.code not in record
    with clock.fixed(NOON + timedelta(days=voucher_days(voucher) + 1)):
        assert rows(Voucher, id=voucher.id)[0].status == "active"  # the night has not run
        later = browser_as("Guide")
        for address in ("/voucherview/list/", f"/vouchers/{voucher.id}", f"/voucherview/show/{voucher.id}"):
            page = later.get(address).text
            assert ("已到期" in page, 'chip-good">可使用' in page) == (True, False), address


def voucher_days(voucher: Voucher) -> int:
    days: int = (voucher.valid_until - NOON.date()).days
    return days


def test_chosen_vouchers_are_cancelled_together_with_one_reason_or_not_at_all(
    counter: Counter, browser_as: BrowserAs
) -> None:
    hq, shop = browser_as("HQMarketing"), browser_as("Cashier")
    hq.get("/voucherbatchview/add")
    hq.post("/voucherbatchview/add", form(counter))
    [batch] = rows(Batch)
    hq.post(f"/voucher-batches/{batch.id}/issue", {})
    first, second, third = (voucher.id for voucher in rows(Voucher))
    hq.get("/voucherview/list/")
    marked = hq.post("/voucherview/action_post", {"action": "cancel", "rowid": [first, second]})
    assert marked.headers["Location"] == f"/vouchers/cancelling/?voucher={first}&voucher={second}"
    page = hq.get(marked.headers["Location"])
    assert ("取消 2 張券" in page.text, "100.00" in page.text) == (True, True)
    key = step_key(page.text)
    empty = hq.post("/vouchers/cancelling/", {"voucher": [first, second], "reason": " ", "step_key": key})
    assert (empty.status_code, {voucher.status for voucher in rows(Voucher)}) == (422, {"active"})
    for _ in range(2):  # a double click counts once
        asked = {"voucher": [first, second], "reason": "印錯", "step_key": key}
        assert hq.post("/vouchers/cancelling/", asked).status_code == 303
    assert [voucher.status for voucher in rows(Voucher)] == ["void", "void", "active"]
    asked = {"voucher": [second, third], "reason": "印錯", "step_key": "another"}
    assert hq.post("/vouchers/cancelling/", asked).status_code == 409
    assert rows(Voucher)[2].status == "active"
    for wrong in ("", "?voucher=x", f"?voucher={third}&voucher=999"):
        assert hq.get(f"/vouchers/cancelling/{wrong}").status_code == 404
    shop.get("/voucherview/list/")
    assert "action_post" not in shop.get("/voucherview/list/").text.partition("bulk-VoucherView")[2][:400]
    assert shop.post("/voucherview/action_post", {"action": "cancel", "rowid": [third]}).status_code == 403
    assert shop.get(f"/vouchers/cancelling/?voucher={third}").status_code == 403


def step_key(text: str) -> str:
    found = re.search(r'name="step_key" value="([^"]+)"', text)
    assert found is not None
    return found[1]
