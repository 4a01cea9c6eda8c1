"""Goods that come back at the till: seen before they are taken, approved by another person, once, and traceable."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pyotp
import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from addons.membership.models import Lookup
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.models import Receipt, Return
from addons.sales.services import checkout
from addons.stores.models import Staff
from addons.tiers.services import convert_due
from addons.till.tests.counter import Counter
from addons.till.views.brought_back import PLACE as OPEN_RETURN
from addons.vouchers.models import Voucher
from core import clock, settings
from core.db.scope import system_scope
from core.db.session import work
from core.testing import screens
from core.testing.screens import PASSWORD, Browser
from core.web.security import factor
from core.web.security.models import FactorRole, User

At = Callable[[str], Browser]
HX = {"HX-Request": "true"}
MANAGER = {"approver": "storemanager", "password": PASSWORD}


@pytest.fixture
def cashier(at_till: At) -> Browser:
    """A cashier who reads English."""
    browser = at_till("Cashier")
    with browser.client.session_transaction() as kept:
        kept.pop(OPEN_RETURN, None)
    browser.get("/lang/en")
    return browser


def decide(name: str, *, value: Any) -> None:
    """Change a setting."""
    with system_scope("test"), work() as session:
        settings.change(session, name=name, to=value, by="test", reason="test", now=clock.now())


def find(cashier: Browser, number: str) -> str:
    """Open a receipt and return the page."""
    answer = cashier.post("/returns/find", {"number": number})
    return html.unescape(cashier.get("/returns/").text if answer.status_code == 303 else answer.text)


def preview(cashier: Browser, **typed: Any) -> str:
    """Return what the pane of consequences says."""
    answer = cashier.post("/returns/preview", typed, headers=HX)
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def confirm(cashier: Browser, *step: str, **typed: Any) -> Any:
    """Send the form as the page does."""
    key = re.search(r'name="key" value="([^"]*)"', cashier.get("/returns/").text)
    assert key
    return cashier.post(f"/returns/{(*step, 'confirm')[0]}", {"key": key[1], "reason": "size", **typed})


def number_of(shop: Counter, receipt_id: int) -> str:
    return str(shop.rows(Receipt, id=receipt_id)[0].number)


def test_a_line_comes_back_and_the_slip_tells_what_was_told(shop: Counter, cashier: Browser) -> None:
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, "JEANS-30", "TEE-S")
    page = find(cashier, number_of(shop, sold["receipt_id"]))
    assert "牛仔褲" in page
    told = preview(cashier, **{"quantity-1": 1})
    assert "Money back CNY 899.00" in told
    assert "899 points are taken back, balance 100" in told
    assert "899.00 of tier credit" in told
    assert not shop.rows(Return)
    answer = confirm(cashier, **{"quantity-1": 1, "told": 89900, "note": "too long"})
    assert answer.status_code == 303, answer.text
    slip = cashier.get(answer.location).text
    for said in ("899.00", "too long", "Size does not fit", "cashier", f'href="{answer.location}/pdf"'):
        assert said in slip
    paper = cashier.get(f"{answer.location}/pdf")
    printed = PdfReader(BytesIO(paper.data)).pages[0].extract_text().replace("\N{NO-BREAK SPACE}", " ")
    for said in ("899.00", "too long", "Size does not fit", "Signature of the customer", "Points taken back"):
        assert said in printed
    row = shop.rows(Return)[0]
    assert (row.cash, row.reason, row.cashier, row.approved_by) == (89900, "size", "cashier", "")
    assert "Partly returned" in cashier.get(f"/till/receipt/{sold['receipt_id']}").text
    assert "Partly returned" in cashier.get(f"/till/member/{member}").text


def test_of_several_receipts_with_one_number_the_cashier_chooses(shop: Counter, cashier: Browser) -> None:
    """An import keeps foreign numbers: two stores have 0001. This store stands first, and none is opened unasked."""
    for store, code in ((shop.other, "JEANS-30"), (shop.store, "COAT-M")):
        request = SaleRequest(store, [SaleLine(code)], number="0001", source="import", at=clock.now())
        with system_scope("test"):
            checkout(request, key=f"import:{store}", now=clock.now())
    page = find(cashier, "0001")
    assert "Several stores gave out the number 0001" in page
    stores = re.findall(r'name="store" value="(\d+)"', page)
    assert stores == [str(shop.store), str(shop.other)]
    assert cashier.post("/returns/find", {"number": "0001", "store": stores[1]}).status_code == 303
    assert "牛仔褲" in cashier.get("/returns/").text
    decide("sales.return_anywhere", value=False)
    cashier.post("/returns/leave", {})
    assert "羊毛大衣" in find(cashier, "0001")  # there is only one choice


@pytest.mark.parametrize("holds", [False, True])
def test_the_cashier_is_told_what_is_short_of_keeping_the_tier(shop: Counter, cashier: Browser, holds: bool) -> None:
    member = shop.enrolled("13800138001")
    sold = shop.sold(member, *["JEANS-30"] * 4)  # 3596 yuan: gold
    if holds:
        with system_scope("test"), work() as session:
            assert convert_due(session, day=date(2030, 1, 1), now=clock.now(), limit=9)
    find(cashier, number_of(shop, sold["receipt_id"]))
    told = preview(cashier, **{"quantity-1": 1})
    assert "303.00 short of keeping Gold" in told
    assert ("Gold card is kept all the same" in told) is holds
    assert "short of" not in preview(cashier, **{"price-1": "800"})


def test_the_slip_names_the_person_behind_the_login(shop: Counter, cashier: Browser) -> None:
    """ "Cashier 王靜", not "Cashier cashier"."""
    with system_scope("test"), work() as session:
        login = session.execute(text("SELECT id FROM ab_user WHERE username = 'cashier'")).scalar_one()
        session.add(Staff(store_id=shop.store, code="S1-9", name="王靜", role="cashier", user_id=login))
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    slip = cashier.get(confirm(cashier, **{"quantity-1": 1, "told": 89900}).location).text
    assert "Cashier 王靜" in slip
    assert "Cashier cashier" not in slip


def test_the_same_form_sent_twice_takes_goods_back_once(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "JEANS-30", "TEE-S")
    find(cashier, number_of(shop, sold["receipt_id"]))
    key = re.search(r'name="key" value="([^"]*)"', cashier.get("/returns/").text)
    assert key
    form = {"key": key[1], "reason": "size", "quantity-1": 1, "told": 89900}
    with cashier.client.session_transaction() as kept:
        before = dict(kept[OPEN_RETURN])
    first = cashier.post("/returns/confirm", form)
    with cashier.client.session_transaction() as kept:
        kept[OPEN_RETURN] = before  # the second click was on its way already
    assert cashier.post("/returns/confirm", form).location == first.location
    assert len(shop.rows(Return)) == 1


def test_a_changed_amount_is_refused_with_what_was_typed(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "JEANS-30", "TEE-S")
    find(cashier, number_of(shop, sold["receipt_id"]))
    answer = confirm(cashier, **{"quantity-1": 1, "told": 80000, "note": "typed before"})
    assert answer.status_code == 409
    for said in ("changed from 800.00 to 899.00", "typed before", 'name="quantity-1" min="0" max="1" value="1"'):
        assert said in answer.text
    assert not shop.rows(Return)


# -- a second person --------------------------------------------------------------------------------------------------

PRICE = {"price-1": "800", "told": 9900}
NO: dict[str, tuple[dict[str, str], str]] = {
    "nobody": ({}, "A store manager must approve this return."),
    "a wrong password": (MANAGER | {"password": "wrong"}, "is not right"),
    "oneself": ({"approver": "cashier", "password": PASSWORD}, "Another person than cashier"),
    "another cashier": ({"approver": "guide", "password": PASSWORD}, "guide may not approve this here."),
    "an auditor": ({"approver": "auditor", "password": PASSWORD}, "auditor may not approve this here."),
}


@pytest.mark.parametrize("case", NO)
def test_a_corrected_price_needs_another_person_with_the_permission(shop: Counter, cashier: Browser, case: str) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    assert "A price is corrected." in preview(cashier, **{"price-1": "800"})
    typed, said = NO[case]
    answer = confirm(cashier, **PRICE, **typed)
    assert answer.status_code == 403
    assert said in html.unescape(answer.text)
    assert 'value="800.00"' in answer.text
    assert f'name="approver" value="{typed.get("approver", "")}"' in answer.text
    assert PASSWORD not in answer.text
    assert not shop.rows(Return)


@pytest.mark.parametrize("role", ["StoreManager", "FranchiseAdmin", "HQApprover"])
def test_who_may_approve_does_and_is_named(shop: Counter, cashier: Browser, role: str) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    answer = confirm(cashier, **PRICE, approver=role.lower(), password=PASSWORD)
    assert answer.status_code == 303, answer.text
    row = shop.rows(Return)[0]
    assert (row.kind, row.cash, row.cashier, row.approved_by) == ("correction", 9900, "cashier", role.lower())
    with cashier.client.session_transaction() as kept:
        assert PASSWORD not in str(dict(kept))


def test_a_manager_of_another_store_does_not_approve_here(
    shop: Counter, cashier: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    app = cashier.client.application
    scope_of = app.extensions["guibin_scope_of"]
    elsewhere = frozenset({shop.other})

    def limited(session: Any, user_id: int) -> Any:
        scope = scope_of(session, user_id)
        manager = session.get(app.extensions["appbuilder"].sm.user_model, user_id).username == "storemanager"
        return type(scope)(reads=elsewhere, writes=elsewhere, user_id=user_id) if manager else scope

    monkeypatch.setitem(app.extensions, "guibin_scope_of", limited)
    answer = confirm(cashier, **PRICE, **MANAGER)
    assert answer.status_code == 403
    assert "storemanager may not approve this here." in answer.text
    assert not shop.rows(Return)


def test_five_wrong_passwords_lock_the_second_person_out(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    for _ in range(5):
        confirm(cashier, **PRICE, **(MANAGER | {"password": "wrong"}))
    assert confirm(cashier, **PRICE, **MANAGER).status_code == 403
    assert not shop.rows(Return)


def with_factor() -> str:
    """Give the store manager a second factor and return its secret."""
    with work() as session:
        user = session.scalars(select(User.id).filter_by(username="storemanager")).one()
        secret = factor.begin(session, user)
        factor.confirm(session, user, pyotp.TOTP(secret).at(clock.now() - timedelta(seconds=30)), clock.now())
    return secret


def test_a_second_person_who_has_a_second_factor_types_its_code_too(shop: Counter, cashier: Browser) -> None:
    secret = with_factor()
    code = {"code": pyotp.TOTP(secret).at(clock.now())}
    sold = [shop.sold(None, "JEANS-30"), shop.sold(None, "JEANS-30", "TEE-S")]
    find(cashier, number_of(shop, sold[0]["receipt_id"]))
    assert "Code of the second factor, for whoever has one" in preview(cashier, **{"price-1": "800"})
    for wrong in ({}, {"code": "000000"}, {"code": " "}):
        answer = confirm(cashier, **PRICE, **MANAGER, **wrong)
        assert answer.status_code == 403
        assert "storemanager has a second factor: type the code of her phone too." in html.unescape(answer.text)
    assert confirm(cashier, **PRICE, **(MANAGER | {"password": "wrong"}), **code).status_code == 403
    assert not shop.rows(Return)
    assert confirm(cashier, **PRICE, **MANAGER, **code).status_code == 303
    assert [back.approved_by for back in shop.rows(Return)] == ["storemanager"]
    find(cashier, number_of(shop, sold[1]["receipt_id"]))
    assert confirm(cashier, **PRICE, **MANAGER, **code).status_code == 403  # each code is good once
    assert len(shop.rows(Return)) == 1


def test_a_second_person_who_must_have_a_second_factor_sets_it_up_first(shop: Counter, cashier: Browser) -> None:
    with work() as session:
        session.add(FactorRole(role="StoreManager", since=clock.now(), by="test"))
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    answer = confirm(cashier, **PRICE, **MANAGER)
    assert answer.status_code == 403
    assert "storemanager must set up a second factor first." in html.unescape(answer.text)
    assert not shop.rows(Return)


# -- finding ----------------------------------------------------------------------------------------------------------


def test_a_receipt_of_another_store_is_found_by_its_whole_number_and_who_asked_is_kept(
    shop: Counter, cashier: Browser
) -> None:
    member = shop.enrolled("13800138002", store=shop.other)
    number = number_of(shop, shop.sold(member, "TEE-S", store=shop.other)["receipt_id"])
    assert "There is no receipt" in find(cashier, number[:-1])
    page = find(cashier, number)
    assert "白T恤" in page
    assert "13800138002" not in page
    assert [(row.member_id, row.how, row.by) for row in shop.rows(Lookup)] == [
        (None, "number", "cashier"),
        (member, "number", "cashier"),
    ]
    answer = confirm(cashier, **{"quantity-1": 1, "told": 10000})
    assert answer.status_code == 303
    assert "白T恤" in cashier.get(answer.location).text


def test_only_at_home_where_the_programme_says_so(shop: Counter, cashier: Browser) -> None:
    decide("sales.return_anywhere", value=False)
    number = number_of(shop, shop.sold(None, "TEE-S", store=shop.other)["receipt_id"])
    assert "was made in another store" in find(cashier, number)
    assert "白T恤" not in cashier.get("/returns/").text


# -- swaps and exchanges ----------------------------------------------------------------------------------------------


def test_a_size_is_swapped_without_money(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "COAT-M")
    assert "COAT-L" in find(cashier, number_of(shop, sold["receipt_id"]))
    assert "Money back CNY 0.00" in preview(cashier, **{"swap-1": "COAT-L"})
    answer = confirm(cashier, **{"swap-1": "COAT-L", "told": 0})
    assert "COAT-L" in cashier.get(answer.location).text
    assert shop.rows(Return)[0].kind == "swap"


@pytest.mark.parametrize(
    ("code", "words", "paid"), [("TEE-S", "Paid back", "799.00"), ("COAT-M", "Paid by", "1,300.00")]
)
def test_goods_are_taken_in_exchange_in_one_posting(
    shop: Counter, cashier: Browser, code: str, words: str, paid: str
) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    assert confirm(cashier, "exchange", **{"quantity-1": 1, "told": 89900}).location.endswith("/till/")
    assert not shop.rows(Return)
    pane = cashier.post("/till/add", {"q": code}, headers=HX).text
    assert paid in pane
    page = cashier.get("/till/").text
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in ("key", "told")}
    answer = cashier.post("/till/pay", {name: match[1] for name, match in found.items() if match})
    assert answer.status_code == 303, answer.text
    slip = cashier.get(answer.location).text
    assert words in slip
    assert paid in slip
    assert shop.rows(Return)[0].kind == "exchange"
    assert shop.receipts() == 2
    assert "worth" not in cashier.get("/till/").text


def test_giving_the_basket_up_gives_the_exchange_up(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    confirm(cashier, "exchange", **{"quantity-1": 1, "told": 89900})
    assert "worth" in cashier.get("/till/").text
    cashier.post("/till/clear")
    assert "worth" not in cashier.get("/till/").text
    assert not shop.rows(Return)


def test_an_exchange_that_needs_approval_does_not_go_on_without(shop: Counter, cashier: Browser) -> None:
    sold = shop.sold(None, "COAT-M")
    find(cashier, number_of(shop, sold["receipt_id"]))
    answer = confirm(cashier, "exchange", **{"quantity-1": 1, "told": 219900})
    assert answer.status_code == 403
    assert confirm(cashier, "exchange", **{"quantity-1": 1, "told": 219900}, **MANAGER).status_code == 303


# -- without a receipt ------------------------------------------------------------------------------------------------


def test_without_a_receipt_only_where_the_programme_takes_it(shop: Counter, cashier: Browser) -> None:
    assert cashier.get("/returns/unreceipted/").status_code == 404
    member = shop.enrolled("13800138003")
    shop.sold(None, "TEE-S")
    decide("sales.without_receipt", value="voucher")
    cashier.get("/returns/unreceipted/")
    typed = {"member": "13800138003", "product": "TEE-S", "quantity": 1, "reason": "quality", "key": "k" * 24}
    for pieces, value in ((2, "200.00"), (1, "100.00")):
        asked = typed | {"quantity": pieces}
        assert value in cashier.post("/returns/unreceipted/preview", asked, headers=HX).text
    assert cashier.post("/returns/unreceipted/confirm", typed).status_code == 403
    answer = cashier.post("/returns/unreceipted/confirm", {**typed, **MANAGER})
    assert answer.status_code == 303, answer.text
    assert "storemanager" in cashier.get(answer.location).text
    assert [(row.member_id, row.value) for row in shop.rows(Voucher)] == [(member, 10000)]
    assert [row.member_id for row in shop.rows(Lookup)] == [member]  # kept once, not with each answer of the page


# -- afterwards -------------------------------------------------------------------------------------------------------


def test_managers_and_auditors_read_what_came_back_and_nobody_changes_it(
    shop: Counter, cashier: Browser, browser_as: screens.BrowserAs
) -> None:
    sold = shop.sold(None, "JEANS-30")
    find(cashier, number_of(shop, sold["receipt_id"]))
    confirm(cashier, **{"quantity-1": 1, "told": 89900})
    row = shop.rows(Return)[0]
    assert cashier.get("/returnview/list/").status_code == 403
    for role in ("StoreManager", "Auditor"):
        browser = browser_as(role)
        browser.get("/lang/en")
        assert row.number in browser.get("/returnview/list/").text
        assert "JEANS-30" in browser.get(f"/returnview/show/{row.id}").text
        assert "Wholly returned" in browser.get("/receiptview/list/").text
        assert row.number in browser.get(f"/receiptview/show/{sold['receipt_id']}").text
