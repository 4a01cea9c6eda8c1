"""Whatever is sent, the API answers: never with a failure of its own, always as its description says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from addons.pos.api.endpoints import PosApi
from addons.pos.api.openapi import endpoints
from addons.pos.api.rates import here
from addons.pos.tests.conftest import BASE, Caller, card_of
from addons.sales.tests.shop import NOON
from addons.stores.models import Staff
from addons.vouchers.services import Issue, issue_many
from core.db.scope import system_scope
from core.db.session import work
from core.settings import change

CALLS = [(one.path, one.verb) for one in endpoints(PosApi)]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FOREIGN = "STRANGER"
#: Nothing is real; what is one's own is; the receipt of another store is.
REAL = (None, "S1-0000001", "S2-0000001")
#: Enough to meet every branch of the schemas, few enough for every run; set it higher to search longer.
EXAMPLES = 10


@pytest.fixture
def known(shop: Any, till: Caller) -> dict[str, Any]:
    """What is really there: a product, a member, vouchers, a receipt; and a receipt of another store."""
    member = shop.member("gold", birthday=date(1990, 5, 4))
    code = shop.product(39_900)
    shop.sell(code, store_id=shop.other_store, cashier=FOREIGN)
    with system_scope("test"), work() as session:
        change(session, name="sales.without_receipt", to="voucher", by="hq", reason="test", now=NOON)
        session.add(Staff(store_id=shop.store, code="another", name="Another", role="manager"))
        pays = Issue(member, shop.brand, shop.store, "cash", 30_000, NOON.date(), NOON, "rule")
        voucher, gift = issue_many(session, [pays, replace(pays, kind="gift", value=0)])
    shop.sell(*[code] * 5)
    shop.sell(code, member_id=member)  # 311 points
    card = card_of(shop, member)
    held = till.post("/points/hold", {"member": till.member(card), "points": 1}, key="held").json["hold"]  # type: ignore[index]
    pack = till.get("/offline/pack").json["pack"]  # type: ignore[index]
    known = {"product": code, "quantity": 2, "card": card, "member": till.member(card), "code": voucher}
    known["other"] = till.member(card_of(shop, shop.member("gold")))
    return known | {"pack": pack, "sold_at": NOON.isoformat(), "gift": gift, "held": held, "numbers": count(1)}


#: What a made-up body says besides, and no till would without having been told.
_MADE_UP = {"told", "payments", "enrol", "currency", "quote", "hold"}
_RETURNED = {"receipt": "S1-0000001", "sold_on": NOON.date().isoformat(), "reason": "size"}


def _basket(body: Any, known: dict[str, Any]) -> Any:
    """The body, with things that are really there in the place of made-up ones."""
    if isinstance(body, list):
        return [_basket(one, known) for one in body]
    if not isinstance(body, dict):
        return body
    true = {name: known.get(name, _basket(value, known)) for name, value in body.items() if name not in _MADE_UP}
    return true | ({"vouchers": [known["code"]]} if body.get("vouchers") else {})


def _brought(body: Any, known: dict[str, Any]) -> Any:
    """Sales a till brings back: the member by her card, the voucher that is really there."""
    sales = [_one_brought(sale, known) for sale in body["sales"] if isinstance(sale, dict)]
    return {"sales": sales} if sales else body


def _one_brought(sale: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    true: dict[str, Any] = {name: _basket(sale[name], known) for name in ("key", "lines") if name in sale}
    true |= {"payments": sale["payments"]} if "payments" in sale else {}
    taken = [{"code": known["code"], "amount": 30_000}] if sale.get("vouchers") else []
    return true | {name: known[name] for name in ("pack", "sold_at", "card")} | {"vouchers": taken}


def _returned(body: Any, _known: dict[str, Any]) -> Any:
    """One piece of the receipt that is there."""
    names = {"note", "cashier"} & set(body)
    return {name: body[name] for name in names} | _RETURNED | {"lines": [{"line": 1, "quantity": 1}]}


#: How the body of a call is made true.
_TRUE: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "/members/find": lambda _, known: {"card": known["card"]},
    "/members": lambda body, known: body | {"phone": f"1390013{next(known['numbers']):04}"},
    "/vouchers/lock": lambda body, known: _basket(body, known) | {"codes": [known["code"]]},
    "/vouchers/release": lambda body, known: _basket(body, known) | {"codes": [known["code"]]},
    "/vouchers/hand-over": lambda _, known: {"code": known["gift"], "ref": "scarf 7", "member": known["member"]},
    "/vouchers/split": lambda _, known: {"code": known["code"], "parts": [10_000, 20_000], "member": known["member"]},
    "/vouchers/give": lambda _, known: {"code": known["code"], "to": known["other"], "member": known["member"]},
    "/points/hold": lambda _, known: {"member": known["member"], "points": 1},
    "/points/release": lambda _, known: {"hold": known["held"]},
    "/points/redeem": lambda _, known: {"member": known["member"], "points": 1, "gift": "umbrella"},
    "/returns/check": _returned,
    "/returns": _returned,
    "/returns/exchange": lambda body, known: {
        "back": _returned(body["back"], known),
        "sale": _basket(body["sale"], known),
    },
    "/returns/unreceipted": lambda body, known: _basket(body, known) | {"reason": "size", "approved_by": "another"},
    "/offline/sales": _brought,
}


def made_true(path: str, body: Any, known: dict[str, Any]) -> Any:
    """The body of a call, made of what is really there; one that cannot be is left as it is."""
    if not isinstance(body, dict):
        return body
    try:
        true = _TRUE.get(path, _basket)(body, known)
    except (KeyError, TypeError):
        return body
    return {name: value for name, value in true.items() if name != "referrer"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("place", CALLS, ids=str)
def test_no_request_makes_the_api_fail_or_speak_of_another_store(
    product: Flask, till: Caller, known: dict[str, Any], place: tuple[str, str], mode: GenerationMode
) -> None:
    path, verb = place
    if path in ("/till", "/offline/pack") and mode is GenerationMode.NEGATIVE:
        return  # they take nothing that could be wrong
    headers = {"Authorization": f"Bearer {till.credential}"}
    seen: set[int] = set()
    described = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", product, headers=headers)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][verb.upper()].as_strategy(generation_mode=mode), real=st.sampled_from(REAL))
    def send(case: Any, *, real: str | None) -> None:
        here.forget()
        if real:
            case.body = made_true(path, case.body, known)
            if "number" in (case.path_parameters or {}):
                case.path_parameters["number"] = real
        answer = case.call(headers=headers)
        seen.add(answer.status_code)
        assert FOREIGN not in answer.text
        case.validate_response(answer, checks=CHECKS)

    send()
    assert seen & ({200, 201} if mode is GenerationMode.POSITIVE else {400, 404, 405, 422}), seen
