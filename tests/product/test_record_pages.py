"""One record, one page: lists, search and the home page lead to the same place, and only where one may go."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.services import checkout
from core import clock
from core.db.scope import system_scope
from core.db.session import reading
from core.testing.screens import Browser
from core.testing.statements import statements
from core.web import roles
from tests.product.world import World

BrowserFor = Callable[[str], Browser]
MANY = 12


def test_a_member_has_one_page_wherever_one_comes_from(browser_for: BrowserFor, world: World) -> None:
    manager, member = browser_for(roles.STORE_MANAGER), world.own.members[0]
    page = f'href="/till/member/{member}"'
    assert f"data-{page}><input" not in manager.get("/memberview/list/").text
    for path in (
        "/memberview/list/",
        "/cardview/list/",
        "/receiptview/list/",
        "/entryview/list/",
        "/tierchangeview/list/",
        "/voucherview/list/",
        f"/search/?q={world.own.number}",
    ):
        assert page in manager.get(path).text, path
    assert manager.get(f"/till/member/{member}").status_code == 200


def test_points_and_credit_lead_to_their_receipt(browser_for: BrowserFor, world: World) -> None:
    auditor, receipt = browser_for(roles.AUDITOR), world.own.receipts[0]
    for path in ("/entryview/list/", "/creditview/list/", "/voucherentryview/list/"):
        assert "/receiptview/show/" in auditor.get(path).text, path
    page = auditor.get("/creditview/list/").text
    named = f'<span class="whole">{world.own.receipt}</span>'  # by the number on its paper
    assert f'href="/receiptview/show/{receipt}">{named}</a>' in page


def test_a_list_asks_the_database_as_much_for_many_rows_as_for_two(
    product: Flask, browser_for: BrowserFor, world: World
) -> None:
    with system_scope("tests"):
        for number in range(MANY):
            sale = SaleRequest(world.own.store, [SaleLine("COAT-M")], member_id=world.own.members[number % 2])
            checkout(sale, key=f"tests:many:{number}", now=clock.now())
    auditor, asked = browser_for(roles.AUDITOR), {}
    for rule in product.url_map.iter_rules():
        view, _, method = rule.endpoint.partition(".")
        if method == "list" and not rule.arguments:
            with reading() as session:
                for size in (2, 2, 200):  # the first one warms up
                    with statements(session) as seen:
                        assert auditor.get(f"{rule.rule}?psize_{view}={size}").status_code in (200, 302, 403)
                    asked[view, size] = len(seen)
    views = {view for view, _ in asked}
    assert {"EntryView", "CreditView", "ReceiptView"} < views
    assert {view for view in views if asked[view, 200] - asked[view, 2] > MANY // 2} == set()


def test_a_member_of_another_store_is_named_on_ones_receipt_but_leads_nowhere(
    product: Flask, browser_for: BrowserFor, world: World
) -> None:
    stranger = world.foreign.members[0]
    with system_scope("tests"):
        sale = SaleRequest(world.own.store, [SaleLine("COAT-M")], member_id=stranger)
        number = checkout(sale, key="tests:stranger", now=clock.now()).answer["number"]
    text = browser_for(roles.STORE_MANAGER).get("/receiptview/list/").text
    assert number in text
    assert f"/till/member/{stranger}" not in text
    assert f"/till/member/{stranger}" in browser_for(roles.HQ_MARKETING).get("/receiptview/list/").text
