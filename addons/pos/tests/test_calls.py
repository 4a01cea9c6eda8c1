"""Each call, both ways: what it gives, and what it is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from addons.membership.models import Card, CardSegment, Lookup, Member
from addons.points.models import Account, Visit
from addons.pos import schemas
from addons.pos.tests.conftest import Caller, card_of
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from addons.stores.models import Store
from addons.stores.queries import forget_places
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, issue_many
from core.db.scope import system_scope
from core.db.session import work
from core.settings import change

BIRTHDAY = date(1990, 1, 1)


def voucher(shop: Any, member_id: int | None, value: int = 30_000, **more: Any) -> str:
    """Issue a voucher."""
    with system_scope("test"), work() as session:
        issue = Issue(member_id, shop.brand, shop.store, "cash", value, NOON.date(), NOON, "rule", **more)
        return issue_many(session, [issue])[0]


def fits(schema: type[schemas.Strict], answer: Any) -> dict[str, Any]:
    """The answer, if it is exactly what the documentation says."""
    assert schema().validate(answer.json) == {}
    found: dict[str, Any] = answer.json
    return found


# -- the till ---------------------------------------------------------------------------------------------------------


def test_a_till_learns_where_it_is(till: Caller) -> None:
    found = fits(schemas.TillAnswer, till.get("/till"))
    assert (found["name"], found["store"], found["currency"], found["open"]) == ("till", "S1", "CNY", True)


# -- members ----------------------------------------------------------------------------------------------------------


def test_a_member_is_found_by_card_and_by_phone_with_contact_data_masked(shop: Any, till: Caller) -> None:
    member = shop.member("gold")
    code, card, phone = voucher(shop, member), card_of(shop, member), shop.rows(Member)[0].phone
    by_card, by_phone = till.post("/members/find", {"card": card}), till.post("/members/find", {"phone": phone[3:]})
    assert by_card.json == by_phone.json
    found = fits(schemas.MemberAnswer, by_card)
    assert (found["tier"], found["status"], found["points"]) == ("gold", "active", 0)
    assert found["phone"] == f"****{phone[-4:]}"
    assert found["card"] == {"number": card, "tier": "gold", "status": "active"}
    assert [one["code"] for one in found["vouchers"]] == [code]
    assert phone not in by_card.text
    assert [(row.how, row.by, row.store_id) for row in shop.rows(Lookup)] == [
        ("card", "pos till", shop.store),
        ("phone", "pos till", shop.store),
    ]


@pytest.mark.parametrize("part", ["8613800", "13800", "C0000", "3800000001"])
def test_part_of_a_number_finds_nobody(shop: Any, till: Caller, part: str) -> None:
    shop.member()
    for name in ("card", "phone"):
        answer = till.post("/members/find", {name: part})
        assert answer.status_code in (404, 422)
        assert "Member" not in answer.text


def test_who_is_not_found_is_looked_up_on_the_record(shop: Any, till: Caller) -> None:
    answer = till.post("/members/find", {"card": "C999999"})
    assert (answer.status_code, answer.json) == (
        404,
        {
            "code": "not_found",
            "message": "There is no member C999999.",
            "facts": {"what": "member", "which": "C999999"},
        },
    )
    assert [row.member_id for row in shop.rows(Lookup)] == [None]


def test_a_member_of_another_store_is_found_unless_stores_keep_to_themselves(
    shop: Any, till: Caller, other_till: Caller
) -> None:
    card = card_of(shop, shop.member())
    assert other_till.post("/members/find", {"card": card}).status_code == 200
    with system_scope("test"), work() as session:
        change(session, name="membership.other_stores", to="closed", by="hq", reason="test", now=NOON)
    refused = other_till.post("/members/find", {"card": card})
    assert (refused.status_code, refused.json["code"]) == (409, "other_stores_closed")  # type: ignore[index]
    assert "Member" not in refused.text
    assert till.post("/members/find", {"card": card}).status_code == 200
    assert len(shop.rows(Lookup)) == 3  # the one that was refused is on the record too


@pytest.mark.parametrize("body", [{}, {"card": "C000001", "phone": "13800138000"}, {"name": "Member"}, {"card": 1}, []])
def test_a_search_by_anything_else_is_refused(shop: Any, till: Caller, body: Any) -> None:
    answer = till.post("/members/find", body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")  # type: ignore[index]
    assert not shop.rows(Lookup)


# -- quotes -----------------------------------------------------------------------------------------------------------


def test_a_quote_says_how_the_price_came_about_and_writes_nothing(shop: Any, till: Caller) -> None:
    code, member = shop.product(128_000), shop.member("gold")
    found = fits(schemas.QuoteAnswer, till.quote(code, member=till.member(card_of(shop, member))))
    assert (found["total"], found["cash"], found["points"], found["currency"]) == (115_200, 115_200, 1152, "CNY")
    [line] = found["lines"]
    assert (line["product"], line["list"], line["pay"], line["steps"][0]["rule"]) == (
        code,
        128_000,
        115_200,
        "tier-gold",
    )
    assert set(shop.written().values()) == {0}


def test_a_stranger_pays_list(shop: Any, till: Caller) -> None:
    found = fits(schemas.QuoteAnswer, till.quote(shop.product(128_000)))
    assert (found["total"], found["points"], found["effects"]) == (128_000, 0, [])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"currency": "HKD"}, 422, "wrong_currency"),
        ({"lines": [{"product": "NOPE"}]}, 422, "unknown_product"),
        ({"lines": [{"product": "P1", "quantity": 5000}]}, 422, "impossible_quantity"),
        ({"lines": [{"product": "P1", "quantity": 10**30}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "quantity": 0}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "quantity": -1}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "quantity": 1.5}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "quantity": "2"}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "quantity": True}]}, 422, "invalid"),
        ({"lines": [{"product": "P1", "list_price": 1}]}, 422, "invalid"),
        ({"lines": [{"product": "P\u0000"}]}, 422, "invalid"),
        ({"lines": [{"product": "P\ud800"}]}, 422, "invalid"),
        ({"lines": []}, 422, "invalid"),
        ({"lines": [{"product": "P1"}] * 300}, 422, "too_many_lines"),
        ({"lines": [{"product": "P1"}] * 1001}, 422, "invalid"),
        ({"lines": "P1"}, 422, "invalid"),
        ({"discount": 5000}, 422, "invalid"),
        ({"store": 2}, 422, "invalid"),
        ({"member": "1"}, 404, "not_found"),
        ({"member": 1}, 422, "invalid"),
        ({"member_id": 1}, 422, "invalid"),
        ({"vouchers": ["ABC"]}, 404, "not_found"),
        ({"vouchers": ["A"] * 21}, 422, "invalid"),
        ({"enrol": {"name": "王"}}, 422, "invalid"),
    ],
)
def test_a_basket_that_cannot_be_is_refused(
    shop: Any, till: Caller, change: dict[str, Any], status: int, code: str
) -> None:
    assert shop.product(10_000) == "P1"
    for path in ("/quote", "/checkout"):
        answer = till.post(path, {"lines": [{"product": "P1"}]} | change, key="k")
        assert (answer.status_code, answer.json["code"]) == (status, code), answer.text  # type: ignore[index]
        assert set(answer.json) == {"code", "message", "facts"}  # type: ignore[arg-type]
    assert not shop.rows(Receipt)


def test_a_closed_store_sells_nothing(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    with system_scope("test"), work() as session:
        session.get_one(Store, shop.store).closed_on = NOON.date() - timedelta(days=1)
    forget_places()
    assert till.get("/till").json["open"] is False  # type: ignore[index]
    for answer in (till.quote(code), till.sell(code)):
        assert (answer.status_code, answer.json["code"]) == (409, "store_closed")  # type: ignore[index]
    assert not shop.rows(Receipt)


def test_another_brands_product_is_unknown_and_members_only_needs_a_member(shop: Any, till: Caller) -> None:
    code = shop.product(10_000, members_only=True)
    assert till.quote(code).json["code"] == "members_only"  # type: ignore[index]
    assert till.quote(code, member=till.member(card_of(shop, shop.member()))).status_code == 200


# -- checkouts --------------------------------------------------------------------------------------------------------


def test_a_sale_is_written_and_read_back(shop: Any, till: Caller) -> None:
    member, code = shop.member("gold"), shop.product(128_000)
    reference = till.member(card_of(shop, member))
    paid = [{"kind": "wechat", "amount": 15_200}, {"kind": "cash", "amount": 100_000}]
    answer = till.sell(code, member=reference, payments=paid, told=115_200, cashier="小李")
    assert answer.status_code == 201, answer.text
    sold = fits(schemas.SaleAnswer, answer)
    assert (sold["cash"], sold["points"], sold["balance"], sold["credit"]) == (115_200, 1152, 1152, 115_200)
    receipt = fits(schemas.ReceiptAnswer, till.get(f"/receipts/{sold['number']}"))
    assert (receipt["cash"], receipt["points"], receipt["tier"], receipt["cashier"]) == (115_200, 1152, "gold", "小李")
    assert receipt["payments"] == paid
    assert receipt["lines"][0] == {
        "product": code,
        "quantity": 1,
        "list_price": 128_000,
        "special_price": None,
        "pay": 115_200,
        "tendered": 0,
        "net": 115_200,
        "rules": ["tier-gold"],
    }
    [row] = shop.rows(Receipt)
    assert (row.source, row.store_id, row.member_id) == ("api", shop.store, member)
    assert shop.rows(Account, member_id=member)[0].balance == 1152


def test_a_customer_becomes_a_member_with_the_first_receipt(shop: Any, till: Caller) -> None:
    with system_scope("test"), work() as session:
        session.add(CardSegment(store_id=shop.store, tier="ordinary", first=1000, last=1999, next=1000))
    friend = till.member(card_of(shop, shop.member("gold")))
    enrol = {"phone": "138 0013 8000", "name": "王小明", "birthday": "1990-01-01", "referrer": friend}
    sold = fits(schemas.SaleAnswer, till.sell(shop.product(100_000), enrol=enrol))
    assert (sold["cash"], sold["balance"], sold["referral_points"]) == (100_000, 1000, 300)
    assert shop.rows(Card, number=sold["card"])[0].status == "active"
    found = till.post("/members/find", {"phone": "+86 13800138000"}).json
    assert (found["name"], found["tier"], found["points"]) == ("王小明", "ordinary", 1000)  # type: ignore[index]
    again = till.sell(shop.product(100), enrol=enrol)
    assert (again.status_code, again.json["code"]) == (409, "phone_taken")  # type: ignore[index]


def test_a_prospect_becomes_a_member_with_what_was_missing(shop: Any, till: Caller) -> None:
    from addons.membership.services import register_prospect

    with system_scope("test"), work() as session:
        session.add(CardSegment(store_id=shop.store, tier="ordinary", first=1000, last=1999, next=1000))
        register_prospect(session, store_id=shop.store, phone="13800138000", now=NOON)
    found = till.post("/members/find", {"phone": "13800138000"}).json
    assert (found["status"], found["tier"], found["card"]) == ("prospect", "", None)  # type: ignore[index]
    reference = found["member"]  # type: ignore[index]
    enrol = {"phone": "13900139000", "name": "王", "birthday_declined": True, "sex": "female"}
    sold = till.sell(shop.product(10_000), member=reference, enrol=enrol)
    assert sold.status_code == 201, sold.text
    [member] = shop.rows(Member)
    assert (member.status, member.phone, member.birthday_declined) == ("active", "+8613800138000", True)


@pytest.mark.parametrize(
    ("enrol", "status", "code"),
    [
        ({"phone": "12"}, 422, "invalid"),
        ({"phone": "1234567"}, 422, "bad_phone"),
        ({"phone": "13800138000"}, 422, "name_needed"),
        ({"phone": "13800138000", "name": "王"}, 422, "birthday_needed"),
        ({"phone": "13800138000", "name": "王", "birthday": "2026-05-05"}, 422, "birthday_not_possible"),
        ({"phone": "13800138000", "name": "王", "birthday": "0001-01-01"}, 422, "birthday_not_possible"),
        ({"phone": "13800138000", "name": "王", "birthday": "2020-01-01"}, 409, "guardian_needed"),
        ({"phone": "13800138000", "name": "王", "birthday": "yesterday"}, 422, "invalid"),
        ({"phone": "13800138000", "name": "王", "birthday_declined": True}, 409, "no_card_numbers"),
        ({"phone": "13800138000", "name": "王", "birthday_declined": True, "referrer": "x"}, 404, "not_found"),
    ],
)
def test_an_enrolment_that_cannot_be_leaves_nothing(
    shop: Any, till: Caller, enrol: dict[str, Any], status: int, code: str
) -> None:
    answer = till.sell(shop.product(10_000), enrol=enrol)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text  # type: ignore[index]
    assert not shop.rows(Member)
    assert not shop.rows(Receipt)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"told": 9_999}, "price_changed"),
        ({"payments": [{"kind": "cash", "amount": 9_999}]}, "wrong_payment"),
        ({"payments": [{"kind": "voucher", "amount": 10_000}]}, "invalid"),
        ({"payments": [{"kind": "cash", "amount": -1}]}, "invalid"),
        ({"cashier": "x" * 61}, "invalid"),
    ],
)
def test_a_payment_that_does_not_fit_is_refused(shop: Any, till: Caller, change: dict[str, Any], code: str) -> None:
    answer = till.sell(shop.product(10_000), **change)
    assert answer.status_code in (409, 422)
    assert answer.json["code"] == code  # type: ignore[index]
    assert not shop.rows(Receipt)


# -- vouchers ---------------------------------------------------------------------------------------------------------


def test_a_voucher_is_checked_used_and_then_used_up(shop: Any, till: Caller, other_till: Caller) -> None:
    member = shop.member("diamond")
    code, card = voucher(shop, member), card_of(shop, member)
    typed = f"{code[:7].lower()}-{code[7:]}"
    checked = fits(
        schemas.VoucherAnswer, other_till.post("/vouchers/check", {"code": typed, "member": other_till.member(card)})
    )
    assert (checked["code"], checked["remaining"], checked["kind"]) == (code, 30_000, "cash")
    quoted = till.quote(shop.product(100_000), member=till.member(card), vouchers=[typed]).json
    assert quoted["vouchers_used"] == [{"code": code, "amount": 30_000}]  # type: ignore[index]
    sold = fits(schemas.SaleAnswer, till.sell("P2", member=till.member(card), vouchers=[typed]))
    assert (sold["total"], sold["tendered"], sold["cash"]) == (85_000, 30_000, 55_000)
    receipt = till.get(f"/receipts/{sold['number']}").json
    assert receipt["payments"] == [{"kind": "voucher", "amount": 30_000}, {"kind": "cash", "amount": 55_000}]  # type: ignore[index]
    for answer in (
        till.post("/vouchers/check", {"code": code, "member": till.member(card)}),
        till.sell("P2", member=till.member(card), vouchers=[code]),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "voucher_used")  # type: ignore[index]
    assert len(shop.rows(Receipt)) == 1


def test_a_voucher_of_somebody_else_or_out_of_date_is_refused(shop: Any, till: Caller) -> None:
    owner, stranger = shop.member(), shop.member()
    code, reference = voucher(shop, owner), till.member(card_of(shop, stranger))
    for answer in (
        till.post("/vouchers/check", {"code": code, "member": reference}),
        till.sell(shop.product(50_000), member=reference, vouchers=[code]),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "voucher_of_other_member")  # type: ignore[index]
    assert till.post("/vouchers/check", {"code": "NOTHING"}).status_code == 404
    with system_scope("test"), work() as session:
        session.get_one(Voucher, shop.rows(Voucher)[0].id).valid_until = NOON.date() - timedelta(days=1)
    late = till.post("/vouchers/check", {"code": code})
    assert (late.status_code, late.json["code"]) == (409, "voucher_expired")  # type: ignore[index]


# -- visits -----------------------------------------------------------------------------------------------------------


def test_a_visit_gives_points_once_a_day(shop: Any, till: Caller) -> None:
    member = shop.member()
    body = {"member": till.member(card_of(shop, member)), "invited": True, "confirmed_by": "小李"}
    first, second = till.post("/visits", body, key="v1"), till.post("/visits", body, key="v2")
    assert (first.status_code, fits(schemas.VisitAnswer, first)) == (201, {"points": 10, "balance": 10})
    assert fits(schemas.VisitAnswer, second) == {"points": 0, "balance": 10}
    assert [(row.confirmed_by, row.invited) for row in shop.rows(Visit)] == [("小李", True)] * 2


@pytest.mark.parametrize("body", [{"confirmed_by": "小李"}, {"confirmed_by": "  "}, {"confirmed_by": ""}, {}])
def test_a_visit_that_nobody_confirms_or_nobody_made_is_refused(shop: Any, till: Caller, body: Any) -> None:
    given = body if body.get("confirmed_by") == "小李" else body | {"member": till.member(card_of(shop, shop.member()))}
    answer = till.post("/visits", given, key="v")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")  # type: ignore[index]
    assert not shop.rows(Visit)


# -- receipts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["S1-9999999", "nothing", "a/b", "%00", "x" * 300, "%ff"])
def test_a_receipt_that_is_not_there_is_not_found(shop: Any, till: Caller, number: str) -> None:
    answer = till.get(f"/receipts/{number}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
