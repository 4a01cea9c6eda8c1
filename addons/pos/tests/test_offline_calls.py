"""The calls of a till that was away, as they travel."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from addons.pos import schemas
from addons.pos.models import Conflict, OfflineSale
from addons.pos.tests.conftest import Caller, card_of
from addons.pos.tests.test_calls import fits
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from core import clock

EVENING = NOON + timedelta(hours=8)


def sale(pack: str, key: str, code: str, paid: int, **more: Any) -> dict[str, Any]:
    payments = [{"kind": "cash", "amount": paid}]
    at = (NOON + timedelta(hours=1)).isoformat()
    return {"key": key, "pack": pack, "sold_at": at, "lines": [{"product": code}], "payments": payments} | more


def bring(till: Caller, *sales: Any) -> Any:
    with clock.fixed(EVENING):
        return till.post("/offline/sales", {"sales": list(sales)})


def test_a_pack_came_whole_and_its_sales_are_told_each(shop: Any, till: Caller) -> None:
    member, code = shop.member("gold"), shop.product(100_000)
    pack = fits(schemas.PackAnswer, till.get("/offline/pack"))
    content = {"products": pack["products"], "members": pack["members"]}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == pack["content"]
    shown = pack["members"][0]["member"]
    answer = bring(
        till,
        sale(pack["pack"], "one", code, 90_000, member=shown),
        sale(pack["pack"], "two", code, 80_000, card=card_of(shop, member)),
        sale(pack["pack"], "three", "NOPE", 1),
    )
    told = fits(schemas.OfflineSalesAnswer, answer)["sales"]
    assert [(one["key"], one["state"], one["number"]) for one in told] == [
        ("one", "posted", "S1-0000001"),
        ("two", "posted", "S1-0000002"),
        ("three", "held", None),
    ]
    receipt = till.get("/receipts/S1-0000001").json
    assert (receipt["at"], receipt["posted_at"]) == (  # type: ignore[index]
        (NOON + timedelta(hours=1)).isoformat(),
        EVENING.isoformat(),
    )
    again = bring(till, sale(pack["pack"], "one", "OTHER", 1))
    problem = fits(schemas.OfflineSalesAnswer, again)["sales"][0]["problem"]
    assert (problem["code"], problem["message"]) == ("key_reused", "The key one was used for another request.")


@pytest.mark.parametrize(
    "change",
    [
        {"sold_at": "2026-05-04T12:00:00"},
        {"sold_at": "0001-01-01T00:00:00+14:00"},
        {"sold_at": "9999-12-31T23:59:59-12:00"},
        {"sold_at": 1},
        {"key": "two words"},
        {"key": ""},
        {"key": "x" * 101},
        {"pack": ""},
        {"lines": []},
        {"payments": [{"kind": "voucher", "amount": 1}]},
        {"payments": [{"kind": "cash", "amount": -1}]},
        {"member": "x", "card": "C000001"},
        {"vouchers": [{"code": "A"}]},
        {"vouchers": ["A"]},
        {"enrol": {"phone": "13800138000"}},
        {"told": 1},
    ],
)
def test_an_upload_that_cannot_be_is_refused_as_a_whole_before_anything_is_taken(
    shop: Any, till: Caller, change: dict[str, Any]
) -> None:
    code = shop.product(10_000)
    pack = till.get("/offline/pack").json["pack"]  # type: ignore[index]
    answer = bring(till, sale(pack, "good", code, 10_000), sale(pack, "bad", code, 10_000) | change)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert not shop.rows(Receipt)
    assert not shop.rows(OfflineSale)


def test_an_upload_may_be_large_and_not_too_large(shop: Any, till: Caller) -> None:
    code = shop.product(100)
    pack = till.get("/offline/pack").json["pack"]  # type: ignore[index]
    lines = {"lines": [{"product": code}] * 150}
    many = [sale(pack, f"k{n}", code, 15_000) | lines for n in range(150)]
    answer = bring(till, *many[:3])
    assert [one["state"] for one in answer.json["sales"]] == ["posted"] * 3
    assert len(json.dumps({"sales": many})) > 256 * 1024
    assert bring(till, *many[:1] * 201).status_code == 422
    huge = till.client.post(
        "/api/v1/pos/offline/sales",
        data=b" " * (5 * 2**20),
        content_type="application/json",
        headers={"Authorization": f"Bearer {till.credential}"},
    )
    assert huge.status_code == 413


def test_a_pack_of_another_store_opens_nothing_there(shop: Any, till: Caller, other_till: Caller) -> None:
    shop.member("gold")
    code = shop.product(10_000)
    theirs = till.get("/offline/pack").json
    assert other_till.get("/offline/pack").json["members"] == []  # type: ignore[index]
    shown = theirs["members"][0]["member"]  # type: ignore[index]
    answer = bring(other_till, sale(theirs["pack"], "k", code, 10_000, member=shown))  # type: ignore[index]
    assert [one["kind"] for one in answer.json["sales"][0]["conflicts"]] == ["pack", "unknown_member"]
    [row] = shop.rows(Receipt)
    assert (row.store_id, row.member_id) == (shop.other_store, None)
    assert {conflict.store_id for conflict in shop.rows(Conflict)} == {shop.other_store}
