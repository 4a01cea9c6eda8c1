"""Goods that come back through the API: what the till is told before, what happens, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from addons.catalog.models import Product
from addons.pos import schemas
from addons.pos.tests.conftest import Caller, card_of
from addons.pos.tests.test_calls import fits, voucher
from addons.sales.models import Receipt, Return
from addons.sales.tests.shop import NOON
from addons.stores.models import Staff, Store
from addons.stores.queries import forget_places
from addons.vouchers.models import Voucher
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.settings import change

TODAY = "2026-05-04"


def sold(till: Caller, *codes: str, **more: Any) -> str:
    answer = till.sell(*codes, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json["number"])  # type: ignore[index]


def back(receipt: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"receipt": receipt, "sold_on": TODAY, "lines": list(lines), "reason": "size"} | more


def hire(shop: Any) -> None:
    """A manager and a cashier of the store, a manager of the other one, and a manager who left."""
    people = {"S1-1": ("王店長", "manager"), "S1-2": ("小李", "cashier"), "S2-1": ("店長", "manager")}
    with system_scope("test"), work() as session:
        for code, (name, role) in people.items():
            store = shop.other_store if code == "S2-1" else shop.store
            session.add(Staff(store_id=store, code=code, name=name, role=role))
        session.add(Staff(store_id=shop.store, code="S1-9", name="老王", role="manager", active=False))


def test_a_return_is_told_before_and_follows_for_money_points_and_vouchers(shop: Any, till: Caller) -> None:
    member = shop.member("gold")
    paper, reference = voucher(shop, member), till.member(card_of(shop, member))
    one, other = shop.product(100_000), shop.product(50_000)
    number = sold(till, one, other, member=reference, vouchers=[paper])
    asked = back(number, {"line": 2, "quantity": 1})
    told = fits(schemas.ReturnCheckAnswer, till.post("/returns/check", asked))
    assert (told["cash"], told["to_vouchers"], told["points"], told["approval"]) == (35_000, 10_000, 350, None)
    assert not shop.rows(Return)
    body = asked | {"told": 35_000, "cashier": "小李"}
    first, again = till.post("/returns", body, key="r"), till.post("/returns", body, key="r")
    done = fits(schemas.ReturnAnswer, first)
    assert (done["number"], done["cash"], done["balance"]) == (f"{number}-R1", 35_000, 700)
    assert [(each["code"], each["amount"]) for each in done["vouchers_restored"]] == [(paper, 10_000)]
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert till.post("/returns", body | {"cashier": "小王"}, key="r").json["code"] == "key_reused"  # type: ignore[index]
    assert len(shop.rows(Return)) == 1


def test_the_whole_effect_is_told_before_and_nothing_of_it_is_kept(shop: Any, till: Caller) -> None:
    member = shop.member("gold")
    reference = till.member(card_of(shop, member))
    number = sold(till, shop.product(400_000), member=reference)  # 3600 points: one voucher, 600 are left
    [made] = shop.rows(Voucher)
    sold(till, shop.product(100_000), member=reference, vouchers=[made.code])
    asked = back(number, {"line": 1, "quantity": 1})
    told = fits(schemas.ReturnCheckAnswer, till.post("/returns/check", asked))
    assert (told["points"], told["points_debt"], told["balance"]) == (3600, 3000, -2400)
    assert told["approval"] == "amount"
    assert [(row.status, row.remaining) for row in shop.rows(Voucher)] == [("used", 0)]
    assert not shop.rows(Return)
    hire(shop)
    done = fits(schemas.ReturnAnswer, till.post("/returns", asked | {"approved_by": "S1-1"}, key="r"))
    same = set(told) - {"borne_by", "keeping", "vouchers_lost", "approval"}
    assert {name: told[name] for name in same} == {name: done[name] for name in set(done) - {"number", "kind"}}


def test_vouchers_and_the_step_that_end_with_the_goods_are_told_before(shop: Any, till: Caller) -> None:
    member = shop.member("ordinary")
    number = sold(till, shop.product(320_000), member=till.member(card_of(shop, member)))
    [made] = shop.rows(Voucher)
    told = fits(schemas.ReturnCheckAnswer, till.post("/returns/check", back(number, {"line": 1, "quantity": 1})))
    assert (told["vouchers_withdrawn"], told["tier"]["before"], told["tier"]["after"]) == (
        [made.code],
        "gold",
        "ordinary",
    )
    assert told["keeping"] == {"tier": "gold", "metric": "credit", "missing": 300_000, "kept": False}
    assert shop.rows(Voucher)[0].status == "active"


def test_an_exchange_is_one_step(shop: Any, till: Caller) -> None:
    cheap, dear = shop.product(10_000), shop.product(15_000)
    number = sold(till, cheap)
    asked = {
        "back": back(number, {"line": 1, "quantity": 1}),
        "sale": {"lines": [{"product": dear}], "payments": [{"kind": "cash", "amount": 5_000}]},
    }
    done = fits(schemas.ExchangeAnswer, till.post("/returns/exchange", asked, key="x"))
    assert (done["to_pay"], done["back"]["cash"], done["sale"]["cash"]) == (5_000, 10_000, 15_000)
    assert till.get(f"/receipts/{done['sale']['number']}").json["payments"] == [  # type: ignore[index]
        {"kind": "exchange", "amount": 10_000},
        {"kind": "cash", "amount": 5_000},
    ]
    quoted = asked["sale"] | {"quote": "x"}
    assert till.post("/returns/exchange", asked | {"sale": quoted}, key="y").json["code"] == "invalid"  # type: ignore[index]


def imported(shop: Any, number: str, price: int, *, store: int, days: int = 0) -> None:
    """Sell something under a number that comes with a file."""
    at = NOON - timedelta(days=days)
    with system_scope("test"):
        shop.sell(shop.product(price), number=number, store_id=store, at=at, source="import")


def test_of_two_receipts_with_one_number_the_tills_own_is_meant(shop: Any, till: Caller, other_till: Caller) -> None:
    imported(shop, "0001", 10_000, store=shop.other_store)
    imported(shop, "0001", 20_000, store=shop.store)
    line = {"line": 1, "quantity": 1}
    for asking, cash in ((till, 20_000), (other_till, 10_000)):
        assert fits(schemas.ReturnCheckAnswer, asking.post("/returns/check", back("0001", line)))["cash"] == cash
    named = till.post("/returns/check", back("0001", line, store="S2"))
    assert fits(schemas.ReturnCheckAnswer, named)["cash"] == 10_000
    assert till.post("/returns/check", back("0001", line, store="S3")).json["code"] == "not_found"  # type: ignore[index]


def test_the_day_tells_two_receipts_with_one_number_apart(shop: Any, till: Caller) -> None:
    imported(shop, "0001", 10_000, store=shop.other_store, days=1)
    imported(shop, "0001", 20_000, store=shop.store)
    asked = back("0001", {"line": 1, "quantity": 1}, sold_on="2026-05-03")
    assert fits(schemas.ReturnCheckAnswer, till.post("/returns/check", asked))["cash"] == 10_000


def test_where_others_gave_out_one_number_the_store_has_to_be_named(shop: Any, till: Caller, third: int) -> None:
    imported(shop, "0001", 10_000, store=shop.other_store)
    imported(shop, "0001", 20_000, store=third)
    asked = back("0001", {"line": 1, "quantity": 1})
    refused = till.post("/returns/check", asked)
    assert refused.json["code"] == "several_receipts"  # type: ignore[index]
    assert "S2, S3" in refused.text
    assert not shop.rows(Return)
    assert fits(schemas.ReturnAnswer, till.post("/returns", asked | {"store": "S3"}, key="r"))["cash"] == 20_000


@pytest.fixture
def third(shop: Any) -> int:
    """A third store of the brand."""
    with system_scope("test"), work() as session:
        like = session.get_one(Store, shop.other_store)
        same = ("brand_id", "region_id", "franchisee_id", "format", "opened_on")
        store = Store(code="S3", name="S3", **{name: getattr(like, name) for name in same})
        session.add(store)
        session.flush()
        found = store.id
    forget_places()
    return found


def test_goods_of_another_store_come_back_where_their_day_is_known(shop: Any, till: Caller, other_till: Caller) -> None:
    number = sold(other_till, shop.product(10_000))
    lines = {"line": 1, "quantity": 1}
    for day in ("2026-05-03", "2026-05-05"):
        answer = till.post("/returns/check", back(number, lines, sold_on=day))
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
    assert till.post("/returns", back(number, lines), key="r").status_code == 201
    assert shop.rows(Return)[0].store_id == shop.store


def test_what_needs_a_second_person_is_said_and_asked_for(shop: Any, till: Caller) -> None:
    hire(shop)
    number = sold(till, shop.product(10_000))
    line = {"line": 1, "quantity": 1}
    with clock.fixed(NOON + timedelta(days=60)):
        assert till.post("/returns/check", back(number, line)).json["approval"] == "late"  # type: ignore[index]
        refused = till.post("/returns", back(number, line), key="a")
        assert (refused.status_code, refused.json["code"]) == (403, "return_needs_approval")  # type: ignore[index]
        alone = back(number, line, cashier="小李", approved_by="小李")
        assert till.post("/returns", alone, key="b").json["code"] == "approved_by_oneself"  # type: ignore[index]
        for key, person in {"c": "nobody", "d": "S1-2", "e": "S2-1", "f": "S1-9"}.items():
            refused = till.post("/returns", back(number, line, approved_by=person), key=key)
            assert (refused.status_code, refused.json["code"]) == (403, "may_not_approve_here")  # type: ignore[index]
        herself = back(number, line, cashier="王店長", approved_by="S1-1")
        assert till.post("/returns", herself, key="g").json["code"] == "approved_by_oneself"  # type: ignore[index]
        assert not shop.rows(Return)
        assert till.post("/returns", back(number, line, approved_by="S1-1"), key="h").status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"receipt": "S1-9999999"}, 404, "not_found"),
        ({"lines": [{"line": 2, "quantity": 1}]}, 409, "not_on_receipt"),
        ({"lines": [{"line": 1, "quantity": 2}]}, 409, "not_on_receipt"),
        ({"lines": [{"line": 1}]}, 422, "invalid"),
        ({"lines": [{"line": 0, "quantity": 1}]}, 422, "invalid"),
        ({"lines": [{"line": 1, "price": 10_001}]}, 409, "no_higher_price"),
        ({"lines": []}, 422, "invalid"),
        ({"reason": "bored"}, 422, "invalid"),
        ({"told": 9_999}, 409, "refund_changed"),
        ({"sold_on": "yesterday"}, 422, "invalid"),
    ],
)
def test_a_return_that_cannot_be_is_refused(
    shop: Any, till: Caller, change: dict[str, Any], status: int, code: str
) -> None:
    number = sold(till, shop.product(10_000))
    answer = till.post("/returns", back(number, {"line": 1, "quantity": 1}) | change, key="r")
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text  # type: ignore[index]
    assert not shop.rows(Return)


def test_without_a_receipt_a_voucher_is_given_where_headquarters_allow_it(shop: Any, till: Caller) -> None:
    code, member = shop.product(10_000), till.member(card_of(shop, shop.member()))
    sold(till, code)
    asked = {"product": code, "quantity": 1, "member": member, "reason": "size", "approved_by": "S1-1"}
    hire(shop)
    answer = till.post("/returns/unreceipted", asked, key="a")
    assert (answer.status_code, answer.json["code"]) == (409, "no_unreceipted_returns")  # type: ignore[index]
    with system_scope("test"), work() as session:
        change(session, name="sales.without_receipt", to="voucher", by="hq", reason="test", now=NOON)
    done = fits(schemas.UnreceiptedAnswer, till.post("/returns/unreceipted", asked, key="b"))
    assert (done["paid_back"], shop.rows(Voucher)[0].code) == (10_000, done["voucher"])
    assert len(shop.rows(Receipt)) == 1


def test_a_swap_keeps_the_price(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    with system_scope("test"), work() as session:
        first = session.get_one(Product, shop.rows(Product)[0].id)
        session.add(
            Product(
                code="P1-L", style_id=first.style_id, brand_id=first.brand_id, category_code="top", list_price=10_000
            )
        )
    number = sold(till, code)
    done = fits(
        schemas.ReturnAnswer, till.post("/returns", back(number, {"line": 1, "quantity": 1, "swap": "P1-L"}), key="s")
    )
    assert (done["kind"], done["cash"], done["paid_back"]) == ("swap", 0, 0)
