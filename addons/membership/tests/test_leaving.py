"""A field that was left is looked at by the server: within one's stores, by those who may send it, nothing saved."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from addons.catalog.models import Category
from addons.membership.models import Card, Member
from addons.membership.services.numbers import with_check_digit
from addons.till.tests.counter import Counter, open_shop
from core.db.scope import system_scope
from core.db.session import reading
from core.testing import screens
from core.testing.screens import Browser, BrowserAs

OPEN, REFUSED, NOT_FOUND, TOO_MANY = 200, 403, 404, 429
TAKEN = "There is already somebody"


@pytest.fixture
def shop(product: Flask, now: object) -> Iterator[Counter]:
    """The shop; its own store is the manager's."""
    assert product.name == "guibin"
    made = open_shop()
    before = set(screens.OWN_STORES)
    screens.OWN_STORES.clear()
    screens.OWN_STORES.add(made.store)
    yield made
    screens.OWN_STORES.clear()
    screens.OWN_STORES.update(before)


def left(browser: Browser, field: str, view: str = "memberview", at: str | None = "add", **typed: object) -> str:
    """Leave a field and return what the server says of it."""
    browser.get("/lang/en")
    browser.get("/users/userinfo/")
    path = f"/{view}/form/check" if at is None else f"/{view}/check/{at}"
    answer = browser.post(f"{path}?field={field}", typed, headers={"HX-Request": "true"})
    assert answer.status_code == OPEN, answer.text
    assert "<html" not in answer.text
    return html.unescape(answer.text)


def test_a_phone_of_ones_own_store_that_is_taken_or_none_is_told_at_once(shop: Counter, browser_as: BrowserAs) -> None:
    held = shop.enrolled("13800138001")
    manager = browser_as("StoreManager")
    assert TAKEN in left(manager, "phone", phone="138 0013 8001", store=shop.store)
    assert "is no phone number" in left(manager, "phone", phone="12", store=shop.store)
    assert left(manager, "phone", phone="13800138002", store=shop.store).strip() == ""
    assert left(manager, "phone", at=f"edit/{held}", phone="13800138001").strip() == ""  # her own
    other = shop.enrolled("13800138003")
    assert TAKEN in left(manager, "phone", at=f"edit/{other}", phone="13800138001")


def test_what_another_store_knows_is_told_by_nobody_before_the_form_is_sent(
    shop: Counter, browser_as: BrowserAs
) -> None:
    foreign = shop.enrolled("13800138001", store=shop.other)
    manager = browser_as("StoreManager")
    assert left(manager, "phone", phone="13800138001", store=shop.store).strip() == ""
    assert left(manager, "phone", phone="13800138001", store=shop.other).strip() == ""
    for store in ("", "x", "987654"):
        assert left(manager, "phone", phone="12", store=store).strip() == ""
    assert left(manager, "phone", phone="12").strip() == ""
    for pk in (foreign, 987654, "x"):
        answer = manager.post(f"/memberview/check/edit/{pk}?field=phone", {"phone": "13800138001"})
        assert answer.status_code == NOT_FOUND


def test_nothing_is_saved(shop: Counter, browser_as: BrowserAs) -> None:
    held = shop.enrolled("13800138001")
    manager = browser_as("StoreManager")
    left(manager, "phone", phone="13800138009", store=shop.store, name="Nobody")
    left(manager, "name", at=f"edit/{held}", name="Somebody Else")
    with system_scope("test"), reading() as session:
        assert session.scalar(select(func.count(Member.id))) == 1
        assert session.get_one(Member, held).name == "王小明"


def test_codes_that_must_be_unique_lengths_and_patterns(shop: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    with system_scope("test"), reading() as session:
        code = session.scalars(select(Category.code)).first()
    assert "Already exists" in left(hq, "code", view="categoryview", code=code)
    assert left(hq, "code", view="categoryview", code="new").strip() == ""
    assert "longer than" in left(hq, "code", view="categoryview", code="x" * 99)
    assert "can be guessed" in left(hq, "pattern", view="voucherpatternview", pattern="VP??#")
    assert left(hq, "pattern", view="voucherpatternview", pattern="VP?????????????#").strip() == ""
    assert left(hq, "pattern", view="voucherpatternview", pattern="").strip() == ""


def test_a_card_number_that_is_mistyped_given_or_of_another_store(shop: Counter, browser_as: BrowserAs) -> None:
    held, free = shop.enrolled("13800138001"), str(shop.prospect("13800138002", name="新客"))
    (card,) = shop.rows(Card, member_id=held)
    manager = browser_as("StoreManager")

    def said(number: str, **typed: object) -> str:
        return left(manager, "card_number", "cardview", "add", card_number=number, **typed).strip()

    to_her = {"store": shop.store, "member": held}
    unused = with_check_digit(119_999)
    assert said(unused, **to_her) == ""
    assert "given already" in said(card.number, **to_her)
    assert "no card number of this store" in said(with_check_digit(219_999), **to_her)  # of the other store
    assert "no card number" in said(f"{unused[:-1]}{(int(unused[-1]) + 1) % 10}")  # before a member was chosen
    assert said(unused, store=shop.store, member=free) == ""  # no tier yet: its digits alone
    assert said(with_check_digit(219_999), store=shop.other, member=held) == ""  # not one's own: said when it is sent
    assert "given already" in left(manager, "card_number", "cardview", f"edit/{card.id}", card_number=card.number)
    assert not shop.rows(Card, number=unused)


def test_forms_that_are_not_of_a_table_say_it_too(shop: Counter, browser_as: BrowserAs) -> None:
    member, foreign = shop.enrolled("13800138001"), shop.enrolled("13800138003", store=shop.other)
    numbers = {key: shop.rows_of(Member, key).number for key in (member, foreign)}
    manager = browser_as("StoreManager")
    assert 'hx-post="/mergeview/form/check?field=goes"' in manager.get("/mergeview/form").text
    for goes, wanted in ((numbers[member], ""), (numbers[foreign], "There is no member"), ("1", "There is no member")):
        said = left(manager, "goes", view="mergeview", at=None, goes=goes)
        assert wanted in said
        assert bool(wanted) == bool(said.strip())
    assert "is no phone number" in left(manager, "to_phone", "transferformview", None, to_phone="12", store=shop.store)
    assert left(manager, "phone", "transferformview", None, phone="13700137000", store=shop.store).strip() == ""
    assert manager.post("/resetmypassword/form/check?field=current", {"current": "guess"}).status_code == NOT_FOUND
    auditor = browser_as("Auditor")
    auditor.get("/users/userinfo/")
    assert auditor.post("/mergeview/form/check?field=goes", {"goes": "1"}).status_code == REFUSED


def test_a_rule_book_and_a_batch_of_vouchers_are_read_when_they_are_left(shop: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQMarketing")
    said = left(hq, "text", view="rulebook/draft", at=None, text="rules: 1\nnothing: [")
    assert said.strip()

    def batch(field: str, **typed: str) -> str:
        return left(hq, field, view="voucherbatchview", store=shop.store, **typed)

    assert "can be guessed" in batch("pattern", pattern="VP??#")
    assert batch("pattern", pattern="vp-?????????????#").strip() == ""
    assert "MISSING" in batch("products", products="COAT-M\nMISSING")
    assert batch("products", products="COAT-M").strip() == ""
    assert "the last day is before the first" in batch("valid_until", valid_from="2026-05-02", valid_until="2026-05-01")


def test_only_whoever_may_send_the_form_may_ask(shop: Counter, browser_as: BrowserAs) -> None:
    for role, view in (("Cashier", "categoryview"), ("Auditor", "memberview"), ("Guide", "voucherpatternview")):
        browser = browser_as(role)
        browser.get("/users/userinfo/")
        assert browser.post(f"/{view}/check/add?field=code", {"code": "x"}).status_code == REFUSED, role


@pytest.mark.parametrize("field", ["", "nothing", "csrf_token", "_id", "store_id", "key", "validate"])
def test_what_is_no_field_that_is_typed_is_not_found(shop: Counter, browser_as: BrowserAs, field: str) -> None:
    manager = browser_as("StoreManager")
    manager.get("/users/userinfo/")
    assert manager.post(f"/memberview/check/add?field={field}", {"phone": "1"}).status_code == NOT_FOUND


def test_it_is_not_asked_without_end(shop: Counter, browser_as: BrowserAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.web.leaving.RATE", "3 per minute")
    manager = browser_as("StoreManager")
    manager.get("/users/userinfo/")
    asked = [
        manager.post("/memberview/check/add?field=phone", {"phone": "1", "store": shop.store}).status_code
        for _ in range(4)
    ]
    assert asked == [OPEN, OPEN, OPEN, TOO_MANY]


def test_the_form_asks_for_what_is_typed_and_not_for_what_is_ticked(shop: Counter, browser_as: BrowserAs) -> None:
    page = browser_as("StoreManager").get("/memberview/add").text
    assert 'hx-post="/memberview/check/add?field=phone"' in page
    assert "field=birthday_declined" not in page
