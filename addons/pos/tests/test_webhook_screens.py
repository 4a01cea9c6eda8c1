"""Screens of webhooks: made and changed by those who may, the secret shown once, messages sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from addons.pos.domain import webhooks
from addons.pos.models import Delivery, Subscription
from addons.sales.tests.shop import NOON
from core.db.scope import system_scope
from core.db.session import work
from core.testing.screens import Browser, BrowserAs

A_FORM = "/resetmypassword/form"  # open to everybody, and carries the token that forms are sent with
URL = "https://hooks.example.com/guibin"


def make(browser: Browser, store: int, **more: Any) -> Any:
    browser.get("/possubscriptionview/add")
    asked = {"store": store, "covers": "store", "name": "ERP", "url": URL, "receipt": "y"} | more
    return browser.post("/possubscriptionview/add", asked)


def made_message(shop: Any, store: int, state: str) -> int:
    """A message of a subscription of a store."""
    with system_scope("test"), work() as session:
        subscription = Subscription(
            store_id=store, covers="store", name=f"of {store}", url=URL, events=["trial"], key_id=f"K{store}",
            created_at=NOON, created_by="test",
        )  # fmt: skip
        session.add(subscription)
        session.flush()
        message = Delivery(
            store_id=store, subscription_id=subscription.id, message=f"msg_{store}", event="trial", body="{}",
            created_at=NOON, due_at=NOON, state=state, ended_at=None if state == "waiting" else NOON, attempts=16,
        )  # fmt: skip
        session.add(message)
        session.flush()
        return message.id


def test_a_franchise_admin_makes_a_webhook_and_sees_its_secret_once(browser_as: BrowserAs, shop: Any) -> None:
    browser = browser_as("FranchiseAdmin")
    answer = make(browser, shop.store, conflict="y")
    shown = re.search(r'value="(whsec_[^"]+)"', answer.text)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), answer.text
    assert shown is not None
    [row] = shop.rows(Subscription)
    assert (row.name, row.store_id, row.events, row.created_by) == (
        "ERP",
        shop.store,
        ["receipt.posted", "conflict.recorded"],
        "franchiseadmin",
    )
    app = browser.client.application
    assert shown[1] == webhooks.secret_of(app.config["SECRET_KEY"], row.key_id, 1)
    for page in ("list/", f"show/{row.id}", f"edit/{row.id}", "add"):
        assert shown[1] not in browser.get(f"/possubscriptionview/{page}").text
    renewed = browser.post(f"/possubscriptionview/action/renew/{row.id}")
    again = re.search(r'value="(whsec_[^"]+)"', renewed.text)
    assert again is not None
    assert again[1] == webhooks.secret_of(app.config["SECRET_KEY"], row.key_id, 2) != shown[1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"receipt": ""}, "至少選一個通知事項"),
        ({"url": "http://127.0.0.1/"}, "伺服器不在公開網路上"),
        ({"url": "mailto:x"}, "必須以 https:// 或 http:// 開頭"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    browser_as: BrowserAs, shop: Any, asked: dict[str, str], said: str
) -> None:
    given = {name: value for name, value in asked.items() if value}
    browser = browser_as("FranchiseAdmin")
    browser.get("/possubscriptionview/add")
    fields = {"store": shop.store, "covers": "store", "name": "ERP", "url": URL}
    fields |= given if "receipt" in asked else given | {"receipt": "y"}
    answer = browser.post("/possubscriptionview/add", fields)
    assert said in answer.text
    assert 'value="ERP"' in answer.text
    assert not shop.rows(Subscription)


def test_a_webhook_is_changed_and_switched_off(browser_as: BrowserAs, shop: Any) -> None:
    browser = browser_as("FranchiseAdmin")
    make(browser, shop.store)
    [row] = shop.rows(Subscription)
    page = browser.get(f"/possubscriptionview/edit/{row.id}").text
    assert re.search(r'<input checked[^>]*name="receipt"', page)
    assert not re.search(r'<input checked[^>]*name="visit"', page)
    changed = {"name": "ERP 2", "url": f"{URL}/2", "visit": "y"}
    answer = browser.post(f"/possubscriptionview/edit/{row.id}", changed | _seen(page))
    assert answer.status_code == 302, answer.text
    [row] = shop.rows(Subscription)
    assert (row.name, row.url, row.events, row.active) == ("ERP 2", f"{URL}/2", ["visit.recorded"], False)
    assert row.changed_by == "franchiseadmin"


def _seen(page: str) -> dict[str, str]:
    found = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    return {"seen": found[1]} if found else {}


def test_a_trial_is_put_on_its_way(browser_as: BrowserAs, shop: Any) -> None:
    browser = browser_as("HQMarketing")
    make(browser, shop.store)
    [row] = shop.rows(Subscription)
    assert browser.post(f"/possubscriptionview/action/trial/{row.id}").status_code == 302
    [message] = shop.rows(Delivery)
    assert (message.event, message.state, message.subscription_id) == ("trial", "waiting", row.id)
    assert message.message in browser.get(f"/posdeliveryview/show/{message.id}").text


def test_what_was_given_up_is_sent_again_one_or_many(browser_as: BrowserAs, shop: Any) -> None:
    first = made_message(shop, shop.store, "dead")
    browser = browser_as("FranchiseAdmin")
    assert "已放棄" in browser.get("/posdeliveryview/list/").text
    assert browser.post(f"/posdeliveryview/action/resend/{first}").status_code == 302
    [row] = shop.rows(Delivery)
    assert (row.state, row.attempts, row.ended_at) == ("waiting", 0, None)
    browser.get(A_FORM)
    assert browser.post("/posdeliveryview/action_post", {"action": "resend", "rowid": [first]}).status_code == 302


def test_another_stores_webhooks_are_neither_seen_nor_touched(browser_as: BrowserAs, shop: Any) -> None:
    foreign = made_message(shop, shop.other_store, "dead")
    [row] = shop.rows(Subscription)
    for role in ("FranchiseAdmin", "StoreManager"):
        browser = browser_as(role)
        for page in ("/possubscriptionview/list/", "/posdeliveryview/list/"):
            assert f"of {shop.other_store}" not in browser.get(page).text
        for page in (f"/possubscriptionview/show/{row.id}", f"/posdeliveryview/show/{foreign}"):
            assert browser.get(page).status_code == 404
        browser.get(A_FORM)
        for address in (
            f"/possubscriptionview/action/renew/{row.id}",
            f"/possubscriptionview/action/trial/{row.id}",
            f"/posdeliveryview/action/resend/{foreign}",
        ):
            assert browser.post(address).status_code in (302, 403, 404)
    assert shop.rows(Subscription)[0].generation == 1
    assert [message.state for message in shop.rows(Delivery)] == ["dead"]
    assert "of " in browser_as("HQMarketing").get("/possubscriptionview/list/").text


def test_who_reads_and_who_writes(browser_as: BrowserAs, shop: Any) -> None:
    message = made_message(shop, shop.store, "dead")
    [row] = shop.rows(Subscription)
    for role in ("StoreManager", "Auditor"):
        browser = browser_as(role)
        for page in ("/possubscriptionview/list/", f"/possubscriptionview/show/{row.id}", "/posdeliveryview/list/"):
            assert browser.get(page).status_code == 200, (role, page)
        browser.get(A_FORM)
        assert browser.post(f"/possubscriptionview/action/renew/{row.id}").status_code in (302, 403)
        assert browser.post(f"/posdeliveryview/action/resend/{message}").status_code in (302, 403)
        assert make(browser, shop.store, name="x").status_code in (302, 403)
    for role in ("Cashier", "Guide", "SystemAdmin"):
        for page in ("/possubscriptionview/list/", "/posdeliveryview/list/"):
            assert browser_as(role).get(page).status_code == 403, (role, page)
    assert len(shop.rows(Subscription)) == 1
    assert (shop.rows(Subscription)[0].generation, shop.rows(Delivery)[0].state) == (1, "dead")
