"""The walk of those who see all stores, of the administrator, of tills that call; filters, orders and the search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from core.testing.screens import Browser
from core.web import roles
from core.web.crud import Crud
from tests.product.walk import Asking, Report, Walk, ask, fingerprint
from tests.product.world import OWN, World

BrowserFor = Callable[[str], Browser]


@pytest.mark.parametrize("role", [*roles.HQ, roles.AUDITOR])
def test_nothing_breaks_for_those_who_see_everything(
    product: Flask, world: World, browser_for: BrowserFor, role: str
) -> None:
    browser, report = browser_for(role), Report()
    before = fingerprint(world.foreign, whole=True)
    asking = None
    for asking in Walk(product, world.foreign).questions():
        report.look(asking, ask(browser, asking), world.foreign, texts=set())
    assert asking is not None
    if role == roles.AUDITOR:
        report.unchanged(asking, before, fingerprint(world.foreign, whole=True))
    assert not report.faults, "\n".join(report.faults)
    assert report.shown > 60


def test_the_administrator_of_the_system_sees_no_customer(
    product: Flask, world: World, browser_for: BrowserFor
) -> None:
    browser, report = browser_for(roles.SYSTEM_ADMIN), Report()
    for asking in Walk(product, world.foreign).questions():
        report.look(asking, ask(browser, asking), world.foreign, texts=world.foreign.of_customers())
    assert not report.faults, "\n".join(report.faults)
    assert report.shown > 5


# -- filters, orders, presets -----------------------------------------------------------------------------------------


def searches(view: Any, walk: Walk, texts: list[str]) -> Iterator[str]:
    """Yield the query strings that try a view: filters by rows and words of the other store, orders, sizes, presets."""
    name = type(view).__name__
    for column in view.search_columns:
        if view.datamodel.is_relation(column):
            keys = walk.keys_of(view.datamodel.get_related_model(column))
            yield f"_flt_0_{column}={keys[0] if keys else 1}"
        else:
            yield f"_flt_0_{column}={texts[0]}"
    for column in [*view.order_columns, "member.phone", "nothing"]:
        yield f"_oc_{name}={column}&_od_{name}=desc"
    yield f"psize_{name}=100000&page_{name}=0"
    yield f"page_{name}=x&_od_{name}=nothing&_flt_9_nothing=1&_flt_x_y=z"


def test_filters_orders_and_presets_reach_nothing_of_another_store(
    product: Flask, world: World, browser_for: BrowserFor
) -> None:
    browser, report, walk = browser_for(roles.STORE_MANAGER), Report(), Walk(product, world.foreign)
    for view in product.extensions["appbuilder"].baseviews:
        if not isinstance(view, Crud):
            continue
        for query in searches(view, walk, [world.foreign.mark[:4]]):
            asking = Asking(f"{view.endpoint}.list", "GET", f"{view.route_base}/list/?{query}")
            report.look(asking, ask(browser, asking), world.foreign)
        for verb in ("add", "edit/1") if "can_add" in view.base_permissions else ():
            for column in walk.relations(view):
                keys = walk.keys_of(view.datamodel.get_related_model(column)) or [1]
                asking = Asking(view.endpoint, "GET", f"{view.route_base}/{verb}?_flt_0_{column}={keys[0]}")
                report.look(asking, ask(browser, asking), world.foreign)
    assert not report.faults, "\n".join(report.faults)
    assert report.shown > 150


def test_a_filter_tells_nothing_about_rows_one_cannot_see(world: World, browser_for: BrowserFor) -> None:
    browser = browser_for(roles.STORE_MANAGER)
    phone = next(text for text in sorted(world.foreign.texts) if text.startswith("+86138"))
    answers = []
    for guess in (phone[:-3], phone[:-3][:-1] + "0"):  # a true beginning, and one that nobody's number has
        text = browser.get("/memberview/list/", query_string={"_flt_0_phone": guess}).text
        answers.append(re.sub(r'(nonce|value)="[^"]*"', "", text.replace(guess, "").replace(guess[1:], "")))
    assert answers[0] == answers[1]
    own = next(text for text in sorted(world.own.texts) if text.startswith("+86138"))
    assert OWN in browser.get("/memberview/list/", query_string={"_flt_0_phone": own[:-3]}).text


def test_the_search_finds_only_what_is_ones_own(world: World, browser_for: BrowserFor) -> None:
    browser, report = browser_for(roles.STORE_MANAGER), Report()
    for text in sorted(world.foreign.texts | {"BRAVO-會員", "會員"}):
        for address in ("/search/", "/search/suggest"):
            asking = Asking("SearchPage.page", "GET", f"{address}?q={quote(text)}", {"q": text})
            report.look(asking, browser.client.get(asking.address), world.foreign)
    assert not report.faults, "\n".join(report.faults)
    assert OWN in browser.get("/search/", query_string={"q": OWN}).text


# -- tills that call --------------------------------------------------------------------------------------------------


def test_a_till_gets_nothing_that_belongs_to_another_store(product: Flask, world: World) -> None:
    client, report = product.test_client(), Report()
    before = fingerprint(world.foreign)
    header = {"Authorization": f"Bearer {world.own.credential}"}
    for asking in Walk(product, world.foreign).questions():
        if not asking.endpoint.startswith("PosApi."):
            continue
        body = asking.body | {"lines": [{"product": "COAT-M"}], "member": world.foreign.number}
        for sent in (body, {"card": world.foreign.card}, {"vouchers": [world.foreign.voucher]}, {}):
            key = {"Idempotency-Key": f"walk-{asking.endpoint}-{len(sent)}"}
            answer = client.open(asking.address, method=asking.method, json=sent, headers=header | key)
            texts = world.foreign.texts if asking.endpoint != "PosApi.find" else world.foreign.contacts()
            report.look(replace(asking, body=sent), answer, world.foreign, texts)
    report.unchanged(Asking("PosApi", "POST", "/api/v1/pos"), before, fingerprint(world.foreign))
    assert not report.faults, "\n".join(report.faults)
    receipt = client.get(f"/api/v1/pos/receipts/{world.own.receipt}", headers=header)
    assert receipt.status_code == 200, receipt.text
