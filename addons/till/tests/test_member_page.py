"""The page of a member: what it shows to whom, and each step with its key."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import event

from addons.membership.models import Card, Consent, Member
from addons.membership.services import change_member, record_consent
from addons.points.models import Account, Entry, Visit
from addons.points.tests.pooled import share
from addons.sales.tests.book import book
from addons.till.tests.counter import Counter
from addons.vouchers.models import Terms, Voucher
from core import clock, periods, settings
from core.clock import now as moment
from core.db.scope import system_scope
from core.db.session import engine, work
from core.testing.screens import Browser, BrowserAs
from rules.birthday import lunar_keys_on

At = Callable[[str], Browser]


def page(browser: Browser, member_id: int) -> str:
    """Open the page."""
    answer = browser.get(f"/till/member/{member_id}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def take(browser: Browser, member_id: int, step: str, **values: object) -> tuple[int, str]:
    """Take a step and return the status and the page one then sees."""
    key = re.search(r'name="step_key" value="(\w+)"', page(browser, member_id))
    assert key
    answer = browser.post(f"/till/member/{member_id}/{step}", {"step_key": key[1], **values})
    if answer.status_code == 303:
        return 303, page(browser, member_id)
    return answer.status_code, html.unescape(answer.text)


def test_everything_about_a_member_is_on_one_page(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    friend = shop.enrolled("13800138001", name="新客", referrer_id=member)
    shop.sold(member, "COAT-M", "JEANS-30")
    shop.sold(friend, "TEE-S")
    shown = page(browser_as("StoreManager"), member)
    card = shop.rows(Card, member_id=member)[0].number
    voucher = shop.rows(Voucher, member_id=member)[0].code
    for part in (
        "王小明",
        "+8613800138000",
        card,
        "S1-0000001",
        "3,098.00",
        f"…{voucher[-4:]}",
        "已達金卡",
        "升鑽石卡",
    ):
        assert part in shown, part
    assert voucher not in shown
    assert "達金卡，因消費" in shown
    assert "待生效" in shown  # points for the friend
    assert page(browser_as("StoreManager"), friend).count("王小明") >= 1


def test_vouchers_and_points_from_other_stores_are_shown_their_receipts_are_not(
    shop: Counter, browser_as: BrowserAs
) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "COAT-M", "JEANS-30", store=shop.other)
    shown = page(browser_as("Cashier"), member)
    assert f"…{shop.rows(Voucher, member_id=member)[0].code[-4:]}" in shown
    assert "S2-0000001" not in shown


def test_a_page_takes_the_same_reads_however_much_there_is(shop: Counter, browser_as: BrowserAs) -> None:
    few, many = shop.enrolled("13800138000"), shop.enrolled("13800138001")
    for member in (few, many):
        shop.sold(member, "COAT-M", "JEANS-30")
    for code in ("TEE-S", "JEANS-30", "COAT-M", "COAT-L"):
        shop.sold(many, code)
    counted: list[str] = []
    browser = browser_as("StoreManager")
    page(browser, few)
    event.listen(engine(), "before_cursor_execute", lambda *given: counted.append(given[2]))
    page(browser, few)
    first = len(counted)
    page(browser, many)
    assert abs(len(counted) - first - first) <= 2  # stores are asked again after seconds
    assert first < 50


def test_what_a_page_leaves_out_is_counted_and_linked(shop: Counter, browser_as: BrowserAs) -> None:
    member, other = shop.enrolled("13800138000"), shop.enrolled("13800138001")
    with system_scope("test"), work() as session:
        for one, times in ((member, 50), (other, 3)):
            for number in range(times):
                change_member(session, member_id=one, changes={"street": f"road {number}"}, by="x", now=clock.now())
    manager = browser_as("StoreManager")
    manager.get("/lang/en")
    shown = page(manager, other).split('class="history"', 1)[1]
    assert "road 0" in shown
    assert "Not shown here" not in shown
    with system_scope("test"), work() as session:
        for _ in range(25):
            record_consent(
                session, member_id=member, purpose="messages", given=True, wording="1", by="x", now=clock.now(),
            )  # fmt: skip
    shown = page(manager, member).split('class="history"', 1)[1]
    assert "4 earlier entries" in shown  # file, member, card and its activation
    assert shown.count("<li>") == 44
    said = re.sub(r"<[^>]+>|\s+", " ", shown)
    assert re.search(r"Not shown here: +History of members +\( *30 more *\) *, +Consents +\( *5 more *\)", said)
    for address, rows in (
        (f"/memberchangeview/list/?_flt_0_member={member}", "50"),
        (f"/consentview/list/?_flt_0_member={member}", "25"),
    ):
        assert f'href="{address}"' in shown
        assert re.search(rf'class="count">[^<]*\b{rows}\b', manager.get(address).text)


def test_every_related_list_goes_on_elsewhere(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "COAT-M", "JEANS-30")
    with system_scope("test"), work() as session:
        mode = "points.exchange_mode"
        settings.change(session, name=mode, to="on_request", by="hq", reason="test", now=moment())
    for pieces in range(1, 22):
        shop.sold(member, *["TEE-S"] * pieces)
    manager = browser_as("StoreManager")
    manager.get("/lang/en")
    shown = page(manager, member)
    for view, count in (
        ("receiptview", 22),
        ("cardview", 1),
        ("voucherview", len(shop.rows(Voucher))),
        ("lotview", 22),
    ):
        address = f"/{view}/list/?_flt_0_member={member}"
        assert f'<a href="{address}">See all ({count})</a>' in shown
        assert manager.get(address).status_code == 200
    assert shown.count("2 more are not shown.") == 2  # of receipts and points


def test_members_of_other_stores_are_not_there(shop: Counter, browser_as: BrowserAs) -> None:
    other = shop.enrolled("13800138000", store=shop.other)
    cashier = browser_as("Cashier")
    page(cashier, shop.enrolled("13800138001"))
    assert cashier.get(f"/till/member/{other}").status_code == 404
    assert cashier.post(f"/till/member/{other}/visit", {"step_key": "K"}).status_code == 404
    assert shop.rows(Visit) == []


@pytest.mark.parametrize("role", ["Auditor", "HQMarketing"])
def test_who_only_reads_sees_no_button_and_cannot_post(shop: Counter, browser_as: BrowserAs, role: str) -> None:
    member = shop.enrolled("13800138000")
    browser = browser_as(role)
    shown = page(browser, member)
    assert "王小明" in shown
    assert "step_key" not in shown
    browser.get("/resetmypassword/form")
    assert browser.post(f"/till/member/{member}/visit", {"step_key": "K"}).status_code in (302, 403)
    assert shop.rows(Visit) == []


def test_a_prospect_becomes_a_member_with_a_card(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.prospect("13800138000")
    cashier = browser_as("Cashier")
    status, shown = take(cashier, member, "activate", name="王小明")
    assert status == 422
    assert 'value="王小明"' in shown
    said = {"birthday_lunar": "yes", "birthday": "nonsense", "number": "55"}
    shown = take(cashier, member, "activate", name="王小明", **said)[1]
    assert re.search(r'name="birthday_lunar" value="yes" checked', shown)
    assert not re.search(r'name="birthday_declined" value="yes" checked', shown)
    shown = take(cashier, member, "activate", birthday_declined="yes")[1]
    assert re.search(r'name="birthday_declined" value="yes" checked', shown)
    status, shown = take(cashier, member, "activate", name="王小明", birthday="1990-05-20")
    assert status == 303
    assert "已成為會員" in shown
    assert [card.status for card in shop.rows(Card, member_id=member)] == ["active"]


def test_a_lunar_birthday_is_shown_with_its_next_day(shop: Counter, browser_as: BrowserAs) -> None:
    """Born on 3 October 1990, the 15th of the eighth month."""
    member = shop.prospect("13800138000")
    cashier = browser_as("Cashier")
    said = {"name": "王小明", "birthday": "1990-10-03", "birthday_lunar": "yes"}
    assert take(cashier, member, "activate", **said)[0] == 303
    row = shop.rows(Member, id=member)[0]
    assert row.lunar_birthday == 815
    following = row.kept_birthday.next(periods.local_day(clock.now()))
    cashier.get("/lang/zh_Hant_TW")
    assert "農曆八月十五" in page(cashier, member)
    assert f"下一次 {following.month}月{following.day}日（週" in page(cashier, member)
    cashier.get("/lang/en")
    assert "lunar 8-15" in page(cashier, member)
    with system_scope("test"), work() as session:
        today = periods.local_day(clock.now())
        session.get_one(Member, member).lunar_birthday = max(lunar_keys_on(today))
    assert "Birthday today" in page(cashier, member)
    cashier.get("/lang/zh_Hant_TW")


def test_lost_replaced_and_activated(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    old = shop.rows(Card, member_id=member)[0]
    cashier = browser_as("Cashier")
    assert "已掛失" in take(cashier, member, "report_loss", card_id=old.id)[1]
    assert take(cashier, member, "report_loss", card_id=old.id)[0] == 409
    assert "已啟用" in take(cashier, member, "replace_card", card_id=old.id)[1]
    assert [card.status for card in shop.rows(Card, member_id=member)] == ["replaced", "active"]
    assert take(cashier, member, "activate_card", card_id="x")[0] == 404


def test_a_card_number_that_will_not_do_stays_typed(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "COAT-M", "JEANS-30")
    status, shown = take(browser_as("Cashier"), member, "convert_card", number="77777777")
    assert status in (409, 422)
    assert shown.count('value="77777777"') == 1


def test_a_visit_by_invitation_is_counted_apart(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    cashier = browser_as("Cashier")
    button = re.search(r'<button[^>]* name="(invited)" value="(yes)"[^>]*>.*?應邀到訪', page(cashier, member))
    assert button
    assert "應邀到訪：10 積分" in take(cashier, member, "visit", **{button[1]: button[2]})[1]


def test_a_step_sent_twice_is_taken_once(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    manager = browser_as("StoreManager")
    page(manager, member)
    for _ in range(2):
        assert manager.post(f"/till/member/{member}/visit", {"step_key": "SAME", "invited": "yes"}).status_code == 303
    visits = shop.rows(Visit)
    assert [(visit.points, visit.invited) for visit in visits] == [(10, True)]
    assert "應邀到訪：10 積分" in page(manager, member)


def test_points_become_vouchers_on_request(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    with system_scope("test"), work() as session:
        mode = "points.exchange_mode"
        settings.change(session, name=mode, to="on_request", by="hq", reason="test", now=moment())
    shop.sold(member, "COAT-M", "JEANS-30")
    assert shop.rows(Voucher) == []
    manager = browser_as("StoreManager")
    assert "積分換券" in page(manager, member)
    status, shown = take(manager, member, "exchange")
    assert status == 303
    assert "用 3,000 積分換了 1 張券" in shown
    assert shop.rows_of(Account, member).balance == 98
    assert take(manager, member, "exchange")[0] == 409


FOR_TOPS = {
    "rule": "for-tops", "event": "points_request", "when": {"fact": "points.purchase_12m", "at_least": 100},
    "then": [{
        "effect": "points.exchange", "points": 100, "voucher_kind": "cash", "voucher_value": 1000,
        "min_spend": 50_000, "categories": ["top"],
    }],
}  # fmt: skip


def test_what_limits_a_voucher_for_points_is_said_before_and_after(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "JEANS-30")
    manager = browser_as("StoreManager")
    with book(FOR_TOPS):
        shown = page(manager, member)
        assert re.findall("滿[^<]*上衣", shown) == ["滿 500.00 可用 · 限 上衣"]
        choice = re.search(r'name="choice" value="([^"]+)"', shown)
        assert choice is not None
        assert take(manager, member, "exchange", choice=choice[1])[0] == 303
    [voucher] = shop.rows(Voucher)
    [terms] = shop.rows(Terms)
    assert (terms.id, terms.min_spend, terms.categories) == (voucher.terms_id, 50_000, ["top"])
    assert "限 上衣" in html.unescape(manager.get(f"/vouchers/{voucher.id}").text)


def test_of_her_points_she_gets_as_many_vouchers_as_she_asks_for(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    with system_scope("test"), work() as session:
        mode = "points.exchange_mode"
        settings.change(session, name=mode, to="on_request", by="hq", reason="test", now=moment())
    shop.sold(member, *("COAT-M", "JEANS-30") * 3)
    manager = browser_as("StoreManager")
    assert 'name="quantity" min="1" max="3" value="1"' in page(manager, member)
    status, shown = take(manager, member, "exchange", quantity="2")
    assert (status, "用 6,000 積分換了 2 張券" in shown) == (303, True)
    for quantity in ("2", "0", "x", "9" * 30):
        assert take(manager, member, "exchange", quantity=quantity)[0] in (409, 422)
    assert len(shop.rows(Voucher)) == 2


def test_points_are_given_for_a_gift_that_the_ledger_keeps(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    shop.sold(member, "JEANS-30")
    cashier = browser_as("Cashier")
    before = shop.rows_of(Account, member).balance
    status, shown = take(cashier, member, "gift", gift="雨傘 藍", points="200")
    assert (status, f"用 200 積分換了雨傘 藍，餘額 {before - 200:,} 分。" in shown) == (303, True)
    [spent] = shop.rows(Entry, kind="spend")
    assert (spent.member_id, spent.change, spent.reason, spent.ref) == (member, -200, "雨傘 藍", "by:cashier")
    for wrong, status in (({"points": "99999"}, 409), ({"points": "0"}, 422), ({"gift": " "}, 422), ({}, 422)):
        asked = {"gift": "雨傘", **({} if "points" in wrong or not wrong else {"points": "10"}), **wrong}
        assert take(cashier, member, "gift", **asked)[0] == status
    assert shop.rows_of(Account, member).balance == before - 200


def test_a_family_that_spends_together_sees_what_it_has(shop: Counter, browser_as: BrowserAs) -> None:
    one, two = shop.enrolled("13800138000"), shop.enrolled("13800138001", name="王大明")
    shop.sold(one, "TEE-S")
    shop.sold(two, "JEANS-30")
    cashier = browser_as("Cashier")
    own, others = (shop.rows_of(Account, member).balance for member in (one, two))
    assert "與家人合用積分" not in page(cashier, one)
    with system_scope("test"), work() as session:
        share(session, shop.brand, shop.store, [one, two])
    assert f"全家共有 {own + others:,} 積分" in page(cashier, one)
    assert take(cashier, one, "gift", gift="雨傘", points=str(own + 10))[0] == 303
    assert [shop.rows_of(Account, member).balance for member in (one, two)] == [0, others - 10]
    assert take(cashier, two, "consent", purpose="family_points", given="no", wording="2026-01")[0] == 303
    assert "全家共有" not in page(cashier, one)
    assert take(cashier, one, "gift", gift="雨傘", points="1")[0] == 409


def test_answers_about_consent_are_kept_with_their_text(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    cashier = browser_as("Cashier")
    take(cashier, member, "consent", purpose="messages", given="yes", wording="2026-01")
    take(cashier, member, "consent", purpose="messages", given="no", wording="2026-01")
    assert [(row.given, row.wording, row.by) for row in shop.rows(Consent)] == [
        (True, "2026-01", "cashier"),
        (False, "2026-01", "cashier"),
    ]
    assert "不同意：訊息" in page(cashier, member)


def test_a_corrected_file_keeps_what_it_was_and_a_no_keeps_what_was_typed(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    shop.enrolled("13800138001")
    cashier = browser_as("Cashier")
    status, shown = take(cashier, member, "change", name="王大明", phone="13800138001")
    assert status == 409
    assert 'value="王大明"' in shown
    status, shown = take(cashier, member, "change", name="王大明", phone="13800138000", reason="筆誤")
    assert status == 303
    assert "姓名：王小明 → 王大明 (筆誤)" in shown
    assert shop.rows(Member, id=member)[0].name == "王大明"


def opened(browser: Browser, member_id: int) -> dict[str, str]:
    """Open the page, and return its form of the file as a browser would send it untouched."""
    form = page(browser, member_id).split(f'/till/member/{member_id}/change"', 1)[1].split("</form>", 1)[0]
    return filled(form)


def filled(form: str) -> dict[str, str]:
    """Read the fields of a form."""
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', form))
    chosen = re.search(r'<option value="(\w+)" selected', form)
    assert chosen
    return fields | {"sex": chosen[1]}


def test_two_people_correct_different_fields_and_both_are_kept(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    manager, cashier = browser_as("StoreManager"), browser_as("Cashier")
    mine, theirs = opened(cashier, member), opened(manager, member)
    address = f"/till/member/{member}/change"
    assert manager.post(address, theirs | {"email": "new@example.com", "sex": "female"}).status_code == 303
    assert cashier.post(address, mine | {"street": "南京路 1 號"}).status_code == 303
    row = shop.rows(Member, id=member)[0]
    assert (row.email, row.sex, row.street) == ("new@example.com", "female", "南京路 1 號")


def test_the_second_to_correct_one_field_sees_both_and_decides(shop: Counter, browser_as: BrowserAs) -> None:
    """Nothing of theirs is written at first; what they did not touch stays as the other one saved it."""
    member = shop.enrolled("13800138000")
    manager, cashier = browser_as("StoreManager"), browser_as("Cashier")
    mine, theirs = opened(cashier, member), opened(manager, member)
    address = f"/till/member/{member}/change"
    wrong = cashier.post(address, mine | {"street": "南京路 1 號", "phone": "1"})
    assert wrong.status_code == 422
    assert manager.post(address, theirs | {"street": "北京路 9 號", "email": "new@example.com"}).status_code == 303
    again = filled(wrong.text.split(f'{address}"', 1)[1].split("</form>", 1)[0]) | {"phone": "+8613800138000"}
    answer = cashier.post(address, again)
    assert answer.status_code == 409
    assert shop.rows(Member, id=member)[0].street == "北京路 9 號"
    told = answer.text.split('class="card conflict"', 1)[1].split("</section>", 1)[0]
    assert "北京路 9 號" in told
    assert "南京路 1 號" in told
    assert "example.com" not in told
    again = filled(answer.text.split(f'{address}"', 1)[1].split("</form>", 1)[0])
    assert again["street"] == "南京路 1 號"
    assert cashier.post(address, again).status_code == 303
    row = shop.rows(Member, id=member)[0]
    assert (row.email, row.street) == ("new@example.com", "南京路 1 號")


def test_there_are_no_other_steps(shop: Counter, browser_as: BrowserAs) -> None:
    member = shop.enrolled("13800138000")
    assert take(browser_as("Cashier"), member, "close_card")[0] == 404
