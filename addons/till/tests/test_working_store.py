"""The store one works in: it takes away from what is seen and never adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from addons.membership.models import Card
from addons.sales.models import Receipt
from addons.till.tests.counter import Counter, open_shop
from core.db.session import reading
from core.testing import screens
from core.testing.screens import Browser, BrowserAs
from core.web.admin.models import AccountEvent
from core.web.security.models import User
from core.web.working import IN_MENU

REFUSED, NOT_FOUND = 403, 404


@pytest.fixture
def shop(product: Flask, now: object) -> Iterator[Counter]:
    """Two stores of one franchisee, both the manager's."""
    made = open_shop()
    before = set(screens.OWN_STORES)
    screens.OWN_STORES.clear()
    screens.OWN_STORES.update({made.store, made.other})
    yield made
    screens.OWN_STORES.clear()
    screens.OWN_STORES.update(before)


def choose(browser: Browser, store: object, **more: str) -> int:
    browser.get("/users/userinfo/")
    return browser.post("/working/choose", {"store": store, **more}).status_code


def names(browser: Browser, address: str = "/memberview/list/") -> set[str]:
    return set(re.findall(r"(?:Hier|Dort)\d*", browser.get(address).text))


def two_members(shop: Counter) -> tuple[int, int]:
    return (
        shop.enrolled("13800138001", name="Hier"),
        shop.enrolled("13800138002", name="Dort", store=shop.other),
    )


def test_lists_and_files_show_the_store_one_works_in(shop: Counter, browser_as: BrowserAs) -> None:
    two_members(shop)
    manager = browser_as("StoreManager")
    assert names(manager) == {"Hier", "Dort"}
    assert choose(manager, shop.other) == 303
    assert names(manager) == names(manager, "/memberview/export/csv") == {"Dort"}
    assert choose(manager, "") == 303
    assert names(manager) == {"Hier", "Dort"}


def test_a_record_of_ones_other_store_still_opens_and_is_found(shop: Counter, browser_as: BrowserAs) -> None:
    here, _there = two_members(shop)
    manager = browser_as("StoreManager")
    choose(manager, shop.other)
    assert "Hier" in manager.get(f"/memberview/show/{here}").text
    assert "Hier" in manager.get("/search/?q=Hier").text


def test_the_first_page_counts_the_store_one_works_in(shop: Counter, browser_as: BrowserAs) -> None:
    shop.sold(None, "COAT-M", store=shop.other)
    manager = browser_as("StoreManager")
    manager.get("/lang/en")
    of_all = manager.get("/").text
    choose(manager, shop.store)
    of_one = manager.get("/").text
    choose(manager, shop.other)
    assert "2,199.00" in of_all
    assert "2,199.00" not in of_one
    assert "2,199.00" in manager.get("/").text


def test_the_till_opens_where_one_works_and_takes_the_basket_along(shop: Counter, browser_as: BrowserAs) -> None:
    manager = browser_as("StoreManager")
    assert "In which store" in manager.get("/till/", headers={}).text or "今天在哪" in manager.get("/till/").text
    choose(manager, shop.store)
    assert f'value="{shop.store}" selected' in manager.get("/till/").text
    manager.post("/till/add", {"q": "JEANS-30"})
    choose(manager, shop.other)
    page = manager.get("/till/").text
    assert f'value="{shop.other}" selected' in page
    assert "JEANS-30" in page


def test_what_is_chosen_at_the_till_holds_everywhere(shop: Counter, browser_as: BrowserAs) -> None:
    two_members(shop)
    manager = browser_as("StoreManager")
    choose(manager, shop.store)
    manager.get(f"/till/?store={shop.other}")
    assert names(manager) == {"Dort"}
    manager.get("/till/?store=987654")
    assert names(manager) == {"Dort"}


@pytest.mark.parametrize("wanted", ["foreign", "987654321", "x", "1 OR 1", "9" * 30, "-1"])
def test_a_store_that_is_not_ones_own_is_refused(shop: Counter, browser_as: BrowserAs, wanted: str) -> None:
    two_members(shop)
    screens.OWN_STORES.discard(shop.other)
    manager = browser_as("StoreManager")
    assert choose(manager, shop.other if wanted == "foreign" else wanted) == REFUSED
    assert names(manager) == {"Hier"}
    with reading() as session:
        refused = [event.detail for event in session.scalars(select(AccountEvent).filter_by(what="store_refused"))]
        assert session.scalars(select(User.works_in).where(User.username == "storemanager")).one() is None
    number = {"foreign": shop.other, "987654321": 987654321}.get(wanted)
    assert refused == ([] if number is None else [{"place": f"store:{number}"}])


def test_a_store_that_was_taken_back_is_not_seen_any_more(shop: Counter, browser_as: BrowserAs) -> None:
    two_members(shop)
    manager = browser_as("StoreManager")
    choose(manager, shop.other)
    screens.OWN_STORES.discard(shop.other)
    assert names(manager) == {"Hier"}
    assert "store-here" in manager.get("/").text


def test_the_choice_is_there_again_at_the_next_login(shop: Counter, browser_as: BrowserAs) -> None:
    two_members(shop)
    manager = browser_as("StoreManager")
    choose(manager, shop.other)
    manager.get("/logout/")
    manager.get("/login/")
    manager.post("/login/", {"username": "storemanager", "password": screens.PASSWORD})
    assert names(manager) == {"Dort"}


def test_headquarters_look_at_one_store_and_go_back_to_the_page_they_came_from(
    shop: Counter, browser_as: BrowserAs
) -> None:
    two_members(shop)
    hq = browser_as("HQMarketing")
    hq.get("/users/userinfo/")
    to = f"/birthdays/?month=2026-06&store={shop.other}"
    answer = hq.post("/working/choose", {"store": shop.store, "next": to})
    assert answer.location == "/birthdays/?month=2026-06"
    assert hq.post("/working/choose", {"store": shop.store, "next": "https://elsewhere.example/"}).location[0] == "/"
    assert names(hq) == {"Hier"}


def test_whoever_has_one_store_reads_its_name_and_has_no_menu(shop: Counter, browser_as: BrowserAs) -> None:
    screens.OWN_STORES.discard(shop.other)
    page = browser_as("Cashier").get("/").text
    assert "store-here" in page
    assert "/working/choose" not in page


def test_many_stores_are_chosen_on_a_page_that_can_be_searched(
    shop: Counter, browser_as: BrowserAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.web.working.IN_MENU", 1)
    assert IN_MENU > 1
    manager = browser_as("StoreManager")
    page = manager.get("/").text
    assert 'href="/working/"' in page
    assert "/working/choose" not in page
    every = manager.get("/working/").text
    assert every.count('name="store"') == 3
    assert manager.get("/working/?q=zzz").text.count('name="store"') == 0


def test_the_administrator_of_the_product_has_no_store_and_no_menu(shop: Counter, browser_as: BrowserAs) -> None:
    screens.OWN_STORES.clear()
    assert "store-here" not in browser_as("SystemAdmin").get("/").text


@pytest.mark.parametrize(
    "address", ["/points-books/", "/voucher-accounts/", "/voucher-attempts/", "/tier-credit-balance/"]
)
def test_figures_by_store_say_which_stores_they_are_of(shop: Counter, browser_as: BrowserAs, address: str) -> None:
    for member, store in zip(two_members(shop), (shop.store, shop.other), strict=True):
        shop.sold(member, "COAT-M", store=store)
    hq = browser_as("HQMarketing")
    hq.get("/lang/en")
    assert "Figures of all your stores." in hq.get(address).text
    assert choose(hq, shop.other) == 303
    page = hq.get(address).text
    assert "Figures of 淮海路店 alone" in page
    assert "南京路店" not in re.sub(r"(?s)<header.*?</header>", "", page)
    # An address that names another store of one's own shows no more than the store one works in.
    assert "南京路店" not in re.sub(r"(?s)<header.*?</header>", "", hq.get(f"{address}?store={shop.store}").text)


def test_what_is_of_the_whole_company_says_that_the_store_does_not_matter(shop: Counter, browser_as: BrowserAs) -> None:
    hq = browser_as("HQApprover")
    hq.get("/lang/en")
    choose(hq, shop.other)
    for address in ("/seals/", "/programme-summary/"):
        assert "whichever one you work in" in hq.get(address).text, address


def test_the_statements_of_points_look_among_members_of_the_store_one_works_in(
    shop: Counter, browser_as: BrowserAs
) -> None:
    two_members(shop)
    manager = browser_as("StoreManager")
    manager.get("/lang/en")
    choose(manager, shop.other)
    assert "Nobody of 淮海路店" in manager.get("/points-statements/?member=Hier").text
    assert names(manager, "/points-statements/?member=Dort") == {"Dort"}


def test_a_member_of_another_store_is_told_by_her_card_alone(shop: Counter, browser_as: BrowserAs) -> None:
    """Her name and her file stay with her store; lists and pages of one's own store do not say that she is nobody."""
    carded = shop.enrolled("13800138001", store=shop.other, name="歐陽詩韻")
    (card,) = shop.rows(Card, member_id=carded)
    shop.sold(carded, "COAT-M")
    screens.OWN_STORES.clear()
    screens.OWN_STORES.add(shop.store)
    manager = browser_as("StoreManager")
    manager.get("/lang/en")
    (receipt,) = shop.rows(Receipt)
    for address in ("/receiptview/list/", f"/receiptview/show/{receipt.id}", "/creditview/list/"):
        page = manager.get(address).text
        assert f"Card ****{card.number[-4:]}, of another store" in page, address
        assert "歐陽詩韻" not in page
        assert card.number not in page
        assert f"/till/member/{carded}" not in page
    hq = browser_as("HQMarketing")
    assert "歐陽詩韻" in hq.get("/receiptview/list/").text
