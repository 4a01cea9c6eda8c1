"""Who gets in: credentials, stores, keys, rates; and that a browser's cookie opens nothing."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from addons.points.models import Visit
from addons.pos import services
from addons.pos.api.endpoints import PosApi
from addons.pos.api.openapi import endpoints
from addons.pos.domain import credentials
from addons.pos.models import Till
from addons.pos.tests.conftest import BASE, Caller, card_of, connect_till
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from core import clock
from core.addons import registry
from core.db import scope
from core.db.scope import NOBODY, Scope, acting, system_scope
from core.db.session import engine, reading, work
from core.errors import NotFound, OutOfScope
from core.settings import change
from core.testing.screens import BrowserAs
from core.web.app import create_app
from core.web.config import WebConfig

CALLS = [(one.verb, one.path.replace("{number}", "S1-0000001")) for one in endpoints(PosApi)]


def test_there_are_the_calls_a_till_needs() -> None:
    assert {path for _, path in CALLS} == {
        "/till",
        "/members/find",
        "/members",
        "/quote",
        "/checkout",
        "/visits",
        "/vouchers/check",
        "/vouchers/lock",
        "/vouchers/release",
        "/vouchers/hand-over",
        "/vouchers/split",
        "/vouchers/give",
        "/points/hold",
        "/points/release",
        "/points/redeem",
        "/returns/check",
        "/returns",
        "/returns/exchange",
        "/returns/unreceipted",
        "/receipts/S1-0000001",
        "/offline/pack",
        "/offline/sales",
    }


# -- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "path"), CALLS)
def test_no_call_works_without_a_good_credential(till: Caller, verb: str, path: str) -> None:
    key, secret = credentials.parts(till.credential) or ("", "")
    bad = [
        "",
        "Bearer",
        f"Basic {till.credential}",
        f"Bearer {till.credential}x",
        f"Bearer {credentials.credential(key, secret[:-1])}",
        f"Bearer {credentials.credential(key, credentials.digest(secret))}",
        f"Bearer {credentials.credential('NOBODY', secret)}",
        f"Bearer {secret}",
        "Bearer pos..",
        "Bearer pos.ü.ü",
        f"Bearer pos.{'x' * 5000}.y",
    ]
    for header in bad:
        answer = till.client.open(f"{BASE}{path}", method=verb.upper(), json={}, headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.json["code"] == "bad_credential"  # type: ignore[index]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_till_is_refused_from_its_next_call_on(shop: Any, till: Caller, other_till: Caller) -> None:
    code = shop.product(10_000)
    assert till.sell(code, key="one").status_code == 201
    with system_scope("test"), work() as session:
        services.revoke_till(session, till_id=till.till_id, by="test", now=NOON)
    for answer in (till.get("/till"), till.quote(code), till.sell(code), till.sell(code, key="one")):
        assert answer.status_code == 401
    assert len(shop.rows(Receipt)) == 1
    assert other_till.quote(code).status_code == 200


def test_only_a_digest_of_the_secret_is_kept_and_the_last_call_is_noted(shop: Any, till: Caller) -> None:
    assert shop.rows(Till)[0].last_used_at is None
    till.get("/till")
    [row] = shop.rows(Till)
    _, secret = credentials.parts(till.credential) or ("", "")
    assert len(secret) >= 43
    assert secret not in {str(value) for value in vars(row).values()}
    assert row.last_used_at == NOON


@pytest.mark.parametrize("role", ["FranchiseAdmin", "Cashier", "HQMarketing"])
def test_a_browsers_cookie_opens_nothing(browser_as: BrowserAs, till: Caller, role: str) -> None:
    browser = browser_as(role)
    browser.get("/resetmypassword/form")
    for verb, path in CALLS:
        headers = {"X-CSRFToken": browser.token}
        answer = browser.client.open(f"{BASE}{path}", method=verb.upper(), json={}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "bad_credential"), path  # type: ignore[index]


def test_a_cookie_beside_a_credential_adds_no_store(browser_as: BrowserAs, shop: Any, other_till: Caller) -> None:
    """Headquarters' cookie in the same request does not widen what the till of a store sees."""
    browser = browser_as("HQApprover")
    number = shop.sell(shop.product(10_000))["number"]
    headers = {"Authorization": f"Bearer {other_till.credential}"}
    assert browser.client.get(f"{BASE}/receipts/{number}", headers=headers).status_code == 404
    assert browser.client.get(f"{BASE}/till", headers=headers).json["store"] == "S2"  # type: ignore[index]


def test_a_renewed_secret_is_good_at_once_and_the_one_before_for_a_day(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    first = till.sell(code, key="one").json
    with system_scope("test"), work() as session:
        made = services.renew_credential(session, till_id=till.till_id, by="hq", now=NOON)
    renewed = Caller(till.client, made.credential, till.till_id)
    assert till.get("/till").status_code == renewed.get("/till").status_code == 200
    assert renewed.sell(code, key="one").json == first  # the same till: the key is not another one
    with clock.fixed(NOON + timedelta(hours=23, minutes=59)):
        assert till.get("/till").status_code == 200
    with clock.fixed(NOON + timedelta(hours=24)):
        assert till.get("/till").status_code == 401
        assert renewed.get("/till").status_code == 200
    assert len(shop.rows(Receipt)) == 1


def test_revoking_ends_both_secrets_and_a_revoked_till_gets_no_new_one(shop: Any, till: Caller) -> None:
    with system_scope("test"), work() as session:
        made = services.renew_credential(session, till_id=till.till_id, by="hq", now=NOON)
        services.revoke_till(session, till_id=till.till_id, by="hq", now=NOON)
    assert till.get("/till").status_code == Caller(till.client, made.credential, 0).get("/till").status_code == 401
    with system_scope("test"), work() as session, pytest.raises(services.TillRevoked):
        services.renew_credential(session, till_id=till.till_id, by="hq", now=NOON)


def test_an_old_secret_can_end_at_once(shop: Any, till: Caller) -> None:
    with system_scope("test"), work() as session:
        change(session, name="pos.old_secret_hours", to=0, by="hq", reason="lost", now=NOON)
        services.renew_credential(session, till_id=till.till_id, by="hq", now=NOON)
    assert till.get("/till").status_code == 401


# -- stores -----------------------------------------------------------------------------------------------------------


def test_a_till_sees_nothing_of_another_store(shop: Any, till: Caller, other_till: Caller) -> None:
    number = till.sell(shop.product(10_000)).json["number"]  # type: ignore[index]
    assert till.get(f"/receipts/{number}").status_code == 200
    foreign = other_till.get(f"/receipts/{number}")
    assert (foreign.status_code, foreign.json["code"]) == (404, "not_found")  # type: ignore[index]
    card = card_of(shop, shop.member("gold"))
    reference = till.member(card)
    for answer in (
        other_till.quote("P1", member=reference),
        other_till.sell("P1", member=reference),
        other_till.post("/visits", {"member": reference, "confirmed_by": "x"}, key="v"),
        other_till.post("/vouchers/check", {"code": "X", "member": reference}),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
    assert other_till.quote("P1", member=other_till.member(card)).json["total"] == 9_000  # type: ignore[index]
    assert len(shop.rows(Receipt)) == 1


def test_a_till_sells_in_its_own_store_alone(shop: Any, till: Caller, other_till: Caller) -> None:
    code = shop.product(10_000)
    till.sell(code)
    other_till.sell(code)
    assert [(row.store_id, row.number) for row in shop.rows(Receipt)] == [
        (shop.store, "S1-0000001"),
        (shop.other_store, "S2-0000001"),
    ]


def test_tills_are_made_and_revoked_within_ones_stores_only(shop: Any, till: Caller) -> None:
    other = Scope(reads=frozenset({shop.other_store}), writes=frozenset({shop.other_store}))
    with acting(other), work() as session:
        with pytest.raises(OutOfScope):
            services.add_till(session, store_id=shop.store, name="x", by="x", now=NOON)
        with pytest.raises(NotFound):
            services.revoke_till(session, till_id=till.till_id, by="x", now=NOON)
    readers = Scope(reads=None, writes=frozenset())
    with acting(readers), work() as session, pytest.raises(OutOfScope):
        services.revoke_till(session, till_id=till.till_id, by="x", now=NOON)
    assert till.get("/till").status_code == 200


# -- idempotency ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 101, "ключ"])
@pytest.mark.parametrize("path", ["/checkout", "/visits"])
def test_a_write_without_a_key_is_refused(shop: Any, till: Caller, path: str, key: str | None) -> None:
    body = {"lines": [{"product": shop.product(10_000)}]}
    if path == "/visits":
        body = {"member": till.member(card_of(shop, shop.member())), "confirmed_by": "x"}  # type: ignore[dict-item]
    sent = None if key is None else key.encode().decode("latin-1")
    answer = till.post(path, body, key=sent)
    assert (answer.status_code, answer.json["code"]) == (400, "key_missing")  # type: ignore[index]
    assert not shop.rows(Receipt)
    assert not shop.rows(Visit)


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    first, again = till.sell(code, key="one"), till.sell(code, key="one")
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]) == ("false", "true")
    other = till.sell(code, code, key="one")
    assert (other.status_code, other.json["code"], other.json["facts"]) == (422, "key_reused", {"key": "one"})  # type: ignore[index]
    member = till.member(card_of(shop, shop.member()))
    visit = till.post("/visits", {"member": member, "confirmed_by": "x"}, key="one")
    assert visit.json["code"] == "key_reused"  # type: ignore[index]
    assert len(shop.rows(Receipt)) == 1


def test_a_refusal_is_repeated_under_its_key(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    assert [till.sell(code, key="one", told=1).status_code for _ in range(2)] == [409, 409]
    assert till.sell(code, key="two", told=10_000).status_code == 201


def test_two_tills_may_choose_the_same_key(shop: Any, till: Caller, other_till: Caller) -> None:
    code = shop.product(10_000)
    numbers = {one.sell(code, key="0001").json["number"] for one in (till, other_till)}  # type: ignore[index]
    assert len(numbers) == 2


def test_eight_calls_at_once_under_one_key_are_one_receipt(product: Flask, shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    card = card_of(shop, shop.member("gold"))
    reference = till.member(card)
    body = {"lines": [{"product": code}], "member": reference}
    headers = {"Authorization": f"Bearer {till.credential}", "Idempotency-Key": "one"}

    def sell(_: int) -> Any:
        return product.test_client().post(f"{BASE}/checkout", json=body, headers=headers)

    contexts = [copy_context() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda context: context.run(sell, 0), contexts))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers["Idempotency-Replayed"] for answer in answers].count("false") == 1
    assert len(shop.rows(Receipt)) == 1
    assert till.post("/members/find", {"card": card}).json["points"] == 90  # type: ignore[index]


# -- bodies and rates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 60_000, b"\xff\xfe", b"NaN", b'{"told": 1' + b"0" * 5000 + b"}", b"null"]
)
def test_a_body_that_is_no_json_is_refused(till: Caller, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {till.credential}", "Idempotency-Key": "one"}
    for path in ("/quote", "/checkout"):
        answer = till.client.post(f"{BASE}{path}", data=body, content_type="application/json", headers=headers)
        assert answer.status_code == (422 if body == b"null" else 400), answer.text


def test_a_form_or_a_huge_body_is_refused(till: Caller) -> None:
    headers = {"Authorization": f"Bearer {till.credential}"}
    form = till.client.post(f"{BASE}/quote", data={"lines": "x"}, headers=headers)
    assert (form.status_code, form.json["code"]) == (400, "unreadable_body")  # type: ignore[index]
    huge = till.client.post(f"{BASE}/quote", data=b" " * 300_000, content_type="application/json", headers=headers)
    assert (huge.status_code, huge.json["code"]) == (413, "413")  # type: ignore[index]


def test_unknown_addresses_and_methods_answer_json(till: Caller) -> None:
    assert till.get("/nothing").json["code"] == "404"  # type: ignore[index]
    assert till.get("/quote").status_code == 405


def test_a_till_that_calls_too_often_waits_and_the_others_do_not(shop: Any, till: Caller, other_till: Caller) -> None:
    with system_scope("test"), work() as session:
        change(session, name="pos.calls_per_minute", to=10, by="hq", reason="test", now=NOON)
    assert [till.get("/till").status_code for _ in range(12)] == [200] * 10 + [429] * 2
    refused = till.get("/till")
    assert refused.json["code"] == "too_many_calls"  # type: ignore[index]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] == str(refused.json["facts"]["seconds"])  # type: ignore[index]
    assert other_till.get("/till").status_code == 200


@pytest.mark.redis
def test_two_web_processes_count_a_tills_calls_together_in_redis(
    shop: Any, till: Caller, tmp_path: Path, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "_provider", scope._provider)  # the one of these workers goes with them
    with system_scope("test"), work() as session:
        change(session, name="pos.calls_per_minute", to=10, by="hq", reason="test", now=NOON)
    config = WebConfig(secret_key=secrets.token_urlsafe(48), var=tmp_path, redis_url=broker)
    workers = [
        create_app(config, registry=registry.loaded(), scope_of=lambda *_: NOBODY).test_client() for _ in range(2)
    ]
    headers = {"Authorization": f"Bearer {till.credential}"}
    answers = [workers[turn % 2].get(f"{BASE}/till", headers=headers) for turn in range(14)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 4
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


# -- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("en-GB,en;q=0.8", "Line 1: there is no product X in this brand."),
        ("zh-CN", "第 1 行：本品牌没有商品 X。"),
        ("zh-TW", "第 1 行：本品牌沒有商品 X。"),
        ("fr", "第 1 行：本品牌沒有商品 X。"),
    ],
)
def test_a_refusal_speaks_the_language_that_was_asked_for(till: Caller, asked: str, sentence: str) -> None:
    till.language = asked
    assert till.quote("X").json["message"] == sentence  # type: ignore[index]


def test_where_no_endpoint_answers_the_language_holds_too(till: Caller) -> None:
    """The path is wrong, so nobody looked at who is calling."""
    for asked, sentence in (("en", "There is nothing here"), ("zh-CN", "这里没有数据"), ("", "這裡沒有資料")):
        till.language = asked
        answer = till.get("/nowhere")
        assert (answer.status_code, answer.json["message"]) == (404, sentence)  # type: ignore[index]


# -- cost -------------------------------------------------------------------------------------------------------------


def test_a_quote_needs_the_same_few_queries_for_one_line_and_for_thirty(shop: Any, till: Caller) -> None:
    codes = [shop.product(10_000) for _ in range(30)]
    reference = till.member(card_of(shop, shop.member("gold")))
    till.quote(*codes, member=reference)

    def queries(*products: str) -> int:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        event.listen(engine(), "before_cursor_execute", note)
        till.quote(*products, member=reference)
        event.remove(engine(), "before_cursor_execute", note)
        return len(seen)

    assert queries(codes[0]) == queries(*codes) <= 12


def test_a_till_cannot_be_called_like_another_one_in_use(product: Flask, shop: Any, till: Caller) -> None:
    with pytest.raises(services.TillNameTaken):
        connect_till(product, shop.store)
    connect_till(product, shop.other_store)
    with system_scope("test"), work() as session:
        services.revoke_till(session, till_id=till.till_id, by="test", now=clock.now())
    again = connect_till(product, shop.store)
    assert again.get("/till").status_code == 200
    with system_scope("test"), reading() as session:
        assert session.get_one(Till, till.till_id).active is False
