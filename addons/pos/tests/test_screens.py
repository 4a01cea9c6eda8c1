"""The screens: who connects tills, that a secret is shown once, and the page that describes the calls."""

from __future__ import annotations

import re
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from addons.pos import schemas
from addons.pos.api import openapi
from addons.pos.api.endpoints import PosApi, description
from addons.pos.api.examples import EXAMPLES
from addons.pos.domain import credentials
from addons.pos.models import Till
from addons.pos.tests.conftest import BASE, Caller, connect_till
from addons.sales.tests.shop import NOON
from core.addons.registry import Registry
from core.testing.screens import Browser, BrowserAs

READERS = ("StoreManager", "FranchiseAdmin", "HQMarketing", "HQApprover", "Auditor")
OTHERS = ("Cashier", "Guide", "SystemAdmin")
A_FORM = "/resetmypassword/form"  # open to everybody, and carries the token that forms are sent with


def connect(browser: Browser, store: int, name: str = "till 2") -> Any:
    browser.get("/postillview/add")
    return browser.post("/postillview/add", {"store": store, "name": name})


def test_a_franchise_admin_connects_a_till_and_sees_its_secret_once(
    browser_as: BrowserAs, product: Flask, shop: Any
) -> None:
    browser = browser_as("FranchiseAdmin")
    answer = connect(browser, shop.store)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    shown = re.search(r'value="(pos\.[^"]+)"', answer.text)
    assert shown is not None
    [till] = shop.rows(Till)
    assert (till.name, till.store_id, till.created_by, till.active) == ("till 2", shop.store, "franchiseadmin", True)
    caller = Caller(product.test_client(), shown[1], till.id)
    assert caller.get("/till").json["store"] == "S1"  # type: ignore[index]
    _, secret = credentials.parts(shown[1]) or ("", "")
    for page in ("/postillview/list/", f"/postillview/show/{till.id}", "/postillview/add", "/"):
        seen = browser.get(page).text
        assert secret not in seen
        assert till.secret_hash not in seen
    assert till.key_id in browser.get("/postillview/list/").text


def test_a_second_till_of_the_same_name_is_refused_and_keeps_what_was_typed(browser_as: BrowserAs, shop: Any) -> None:
    browser = browser_as("FranchiseAdmin")
    connect(browser, shop.store)
    again = connect(browser, shop.store)
    assert "pos." not in again.text
    assert 'value="till 2"' in again.text
    assert len(shop.rows(Till)) == 1


def test_nobody_connects_a_till_in_another_store(browser_as: BrowserAs, shop: Any) -> None:
    answer = connect(browser_as("FranchiseAdmin"), shop.other_store)
    assert "pos." not in answer.text
    assert not shop.rows(Till)
    assert connect(browser_as("HQApprover"), shop.other_store).status_code == 200
    assert [till.store_id for till in shop.rows(Till)] == [shop.other_store]


def test_a_till_is_revoked_with_one_click(browser_as: BrowserAs, shop: Any, till: Caller) -> None:
    browser = browser_as("FranchiseAdmin")
    assert f"/postillview/action/revoke/{till.till_id}" in browser.get(f"/postillview/show/{till.till_id}").text
    assert browser.post(f"/postillview/action/revoke/{till.till_id}").status_code == 302
    assert till.get("/till").status_code == 401
    [row] = shop.rows(Till)
    assert (row.active, row.revoked_by) == (False, "franchiseadmin")


def test_a_credential_is_renewed_and_shown_once(browser_as: BrowserAs, shop: Any, till: Caller) -> None:
    browser = browser_as("FranchiseAdmin")
    browser.get(f"/postillview/show/{till.till_id}")
    answer = browser.post(f"/postillview/action/renew/{till.till_id}")
    shown = re.search(r'value="(pos\.[^"]+)"', answer.text)
    assert shown is not None, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert shown[1] != till.credential
    assert Caller(till.client, shown[1], till.till_id).get("/till").status_code == till.get("/till").status_code == 200
    _, secret = credentials.parts(shown[1]) or ("", "")
    assert secret not in browser.get(f"/postillview/show/{till.till_id}").text
    [row] = shop.rows(Till)
    assert (row.renewed_by, row.renewed_at) == ("franchiseadmin", NOON)


def test_another_stores_till_is_neither_seen_nor_revoked(
    browser_as: BrowserAs, product: Flask, shop: Any, other_till: Caller
) -> None:
    connect_till(product, shop.store, "ours")
    foreign = shop.rows(Till, id=other_till.till_id)[0]
    for role in ("FranchiseAdmin", "StoreManager"):
        browser = browser_as(role)
        listed = browser.get("/postillview/list/").text
        assert ("ours" in listed, foreign.key_id in listed) == (True, False)
        assert browser.get(f"/postillview/show/{foreign.id}").status_code == 404
        browser.get(A_FORM)
        assert browser.post(f"/postillview/action/revoke/{foreign.id}").status_code in (302, 403, 404)
    assert other_till.get("/till").status_code == 200
    assert foreign.key_id in browser_as("HQMarketing").get("/postillview/list/").text


def test_who_reads_and_who_writes(browser_as: BrowserAs, shop: Any, till: Caller) -> None:
    for role in READERS:
        browser = browser_as(role)
        for page in ("/postillview/list/", f"/postillview/show/{till.till_id}", "/posguide/", f"{BASE}/openapi.json"):
            assert browser.get(page).status_code == 200, (role, page)
    for role in OTHERS:
        browser = browser_as(role)
        for page in ("/postillview/list/", "/postillview/add", "/posguide/", f"{BASE}/openapi.json"):
            assert browser.get(page).status_code == 403, (role, page)
    for role in ("StoreManager", "Auditor", *OTHERS):
        browser = browser_as(role)
        browser.get(A_FORM)
        assert browser.post(f"/postillview/action/revoke/{till.till_id}").status_code in (302, 403), role
        assert connect(browser, shop.store).status_code in (302, 403), role
    assert till.get("/till").status_code == 200
    assert len(shop.rows(Till)) == 1


# -- the description --------------------------------------------------------------------------------------------------


def test_the_description_is_for_tills_and_people_and_not_for_strangers(
    product: Flask, till: Caller, browser_as: BrowserAs
) -> None:
    assert product.test_client().get(f"{BASE}/openapi.json").status_code == 401
    told = till.get("/openapi.json").json
    assert told == description() == browser_as("HQMarketing").get(f"{BASE}/openapi.json").json
    assert told["openapi"].startswith("3.0.")  # type: ignore[index]
    bad = Caller(product.test_client(), "pos.X.Y", 0)
    assert bad.get("/openapi.json").status_code == 401


def test_the_description_names_every_address_of_the_api(product: Flask) -> None:
    served = {
        (verb.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(BASE)))
        for rule in product.url_map.iter_rules()
        if rule.rule.startswith(f"{BASE}/")
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(verb, path) for path, verbs in description()["paths"].items() for verb in verbs}
    assert served - described == {("get", "/openapi.json")}
    assert described <= served


def test_every_write_asks_for_a_key_and_every_refusal_has_a_status(product: Flask) -> None:
    paths = description()["paths"]
    keyed = {
        path for path in paths for call in paths[path].values() if any(p["in"] == "header" for p in call["parameters"])
    }
    assert keyed == {
        "/checkout",
        "/visits",
        "/members",
        "/vouchers/lock",
        "/vouchers/release",
        "/vouchers/hand-over",
        "/vouchers/split",
        "/vouchers/give",
        "/points/hold",
        "/points/release",
        "/points/redeem",
        "/returns",
        "/returns/exchange",
        "/returns/unreceipted",
    }
    written = {path for path in paths if "post" in paths[path]} - keyed
    assert written == {
        "/members/find",  # who asked is kept, each time
        "/quote",  # writes nothing
        "/vouchers/check",  # writes nothing but a code tried in vain, each time
        "/returns/check",  # writes nothing
        "/offline/sales",  # each sale has a key of its own
    }
    for endpoint in openapi.endpoints(PosApi):
        said = paths[endpoint.path][endpoint.verb]["responses"]
        for kind in openapi.refusals(endpoint.operation):
            assert kind.code in said[str(kind.status)]["description"], (endpoint.path, kind)


def test_every_call_has_examples_that_its_schemas_take(product: Flask) -> None:
    for endpoint in openapi.endpoints(PosApi):
        asked, told = EXAMPLES[endpoint.name]
        operation = endpoint.operation
        assert (asked is None) == (operation.takes is None), endpoint.name
        if operation.takes is not None:
            assert operation.takes().validate(asked) == {}, endpoint.name
        assert operation.gives().validate(told) == {}, endpoint.name
    assert set(EXAMPLES) == {endpoint.name for endpoint in openapi.endpoints(PosApi)}


def test_every_code_of_every_call_has_an_example(product: Flask) -> None:
    for path, calls in description()["paths"].items():
        for call in calls.values():
            for status, said in call["responses"].items():
                if int(status) < 400:
                    continue
                codes = said["description"].rpartition("Codes: ")[2].rstrip(".").split(", ")
                examples = said["content"]["application/json"]["examples"]
                assert list(examples) == codes, (path, status)
                for code, example in examples.items():
                    assert example["value"]["code"] == code
                    assert schemas.Problem().validate(example["value"]) == {}
                    assert "%(" not in example["value"]["message"]
            assert {"401", "429", "503"} <= set(call["responses"])


def test_the_page_shows_every_call_and_field(browser_as: BrowserAs) -> None:
    browser = browser_as("FranchiseAdmin")
    page = browser.get("/posguide/").text
    for section in openapi.sections(PosApi):
        assert f"{BASE}{section.endpoint.path}" in page
        for row in (*section.takes, *section.gives):
            assert f"<code>{row.name}</code>" in page
    assert "整數分" in page
    browser.get("/lang/en")
    assert "The product's code." in browser.get("/posguide/").text
    browser.get("/lang/zh_Hant_TW")  # the session is shared by the tests of this run
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("language", ["zh_Hant_TW", "zh_Hans_CN"])
def test_every_text_is_translated(addons: Registry, language: str) -> None:
    folder = next(manifest.folder for manifest in addons.manifests if manifest.name == "pos")
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    words: dict[str, tuple[int, ...] | None] = {"gettext": None, "_": None}
    needed = {text for _, _, text, _, _ in extract_from_dir(str(folder), methods, {}, keywords=words)}
    needed |= {"Connected tills", "Point-of-sale API"}
    for section in openapi.sections(PosApi):
        needed |= {section.endpoint.summary, *(row.description for row in (*section.takes, *section.gives))}
    with (folder / "i18n" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = {message.id: str(message.string) for message in read_po(file, locale=language) if message.id}
    missing = sorted(str(text) for text in needed - {""} if not catalogue.get(str(text)))
    assert not missing, missing
    letters = "big5" if language == "zh_Hant_TW" else "gb2312"
    for sentence in catalogue.values():
        sentence.replace("…", "").replace("–", "").replace("「", "").replace("」", "").encode(letters)
