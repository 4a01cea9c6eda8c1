"""Vouchers that a till holds, lets go and hands over; files that are begun; codes tried in vain are noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from addons.membership.models import Member
from addons.pos import schemas
from addons.pos.tests.conftest import Caller, card_of
from addons.pos.tests.test_calls import fits, voucher
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from addons.vouchers.models import Attempt, Voucher
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.scope import system_scope
from core.db.session import work
from core.settings import change


def test_a_voucher_that_is_held_is_free_for_its_sale_alone(shop: Any, till: Caller, other_till: Caller) -> None:
    member, code = shop.member("gold"), shop.product(100_000)
    paper, card = voucher(shop, member), card_of(shop, member)
    reference = till.member(card)
    body = {"codes": [paper], "sale": "basket 7", "member": reference}
    held = fits(schemas.LockAnswer, till.post("/vouchers/lock", body, key="l"))["vouchers"]
    assert [(one["code"], one["remaining"], one["held_until"]) for one in held] == [
        (paper, 30_000, (NOON + timedelta(minutes=15)).isoformat())
    ]
    theirs = other_till.member(card)
    for answer in (
        other_till.sell(code, member=theirs, vouchers=[paper]),
        other_till.post("/vouchers/lock", {"codes": [paper], "sale": "basket 7", "member": theirs}, key="l"),
        till.sell(code, member=reference, vouchers=[paper]),
        till.sell(code, member=reference, vouchers=[paper], hold="basket 8"),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "voucher_locked"), answer.text  # type: ignore[index]
    quoted = till.quote(code, member=reference, vouchers=[paper], hold="basket 7")
    assert quoted.json["cash"] == 60_000  # type: ignore[index]
    quote = quoted.json["quote"]  # type: ignore[index]
    assert till.sell(code, member=reference, vouchers=[paper], hold="basket 7", quote=quote).status_code == 201
    assert len(shop.rows(Receipt)) == 1


def test_what_is_let_go_or_held_too_long_is_free_again(shop: Any, till: Caller, other_till: Caller) -> None:
    member, code = shop.member("gold"), shop.product(100_000)
    papers = [voucher(shop, member), voucher(shop, member)]
    hers = {"member": till.member(card_of(shop, member))}
    till.post("/vouchers/lock", {"codes": papers, "sale": "s", **hers}, key="l")
    released = till.post("/vouchers/release", {"codes": papers[:1], "sale": "s"}, key="r")
    assert fits(schemas.ReleaseAnswer, released) == {"codes": papers[:1]}
    assert till.post("/vouchers/release", {"codes": papers, "sale": "another"}, key="o").json == {"codes": []}
    reference = other_till.member(card_of(shop, member))
    assert other_till.sell(code, member=reference, vouchers=papers[:1]).status_code == 201
    assert other_till.sell(code, member=reference, vouchers=papers[1:]).status_code == 409
    with clock.fixed(NOON + timedelta(minutes=15)):
        assert other_till.sell(code, member=reference, vouchers=papers[1:]).status_code == 201


def test_the_same_key_holds_once_and_another_body_is_refused(shop: Any, till: Caller) -> None:
    member = shop.member()
    body = {"codes": [voucher(shop, member)], "sale": "s", "member": till.member(card_of(shop, member))}
    first, again = (till.post("/vouchers/lock", body, key="l") for _ in range(2))
    assert (first.status_code, first.json) == (201, again.json)
    assert till.post("/vouchers/lock", body | {"sale": "t"}, key="l").json["code"] == "key_reused"  # type: ignore[index]


def test_all_or_none_are_held(shop: Any, till: Caller) -> None:
    paper = voucher(shop, shop.member())
    answer = till.post("/vouchers/lock", {"codes": [paper, "NOTHING"], "sale": "s"}, key="l")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
    assert shop.rows(Voucher)[0].lock_till is None


def test_a_gift_is_handed_over_once(shop: Any, till: Caller) -> None:
    member = shop.member()
    with system_scope("test"), work() as session:
        issue = Issue(member, shop.brand, shop.store, "gift", 0, NOON.date(), NOON, "rule")
        [gift] = issue_many(session, [issue])
    body = {"code": gift, "ref": "umbrella", "member": till.member(card_of(shop, member))}
    assert fits(schemas.HandOverAnswer, till.post("/vouchers/hand-over", body, key="g")) == {"code": gift, "amount": 0}
    again = till.post("/vouchers/hand-over", body, key="h")
    assert (again.status_code, again.json["code"]) == (409, "voucher_used")  # type: ignore[index]
    pays = till.post("/vouchers/hand-over", body | {"code": voucher(shop, member)}, key="i")
    assert pays.json["code"] == "wrong_voucher_kind"  # type: ignore[index]


def test_a_members_voucher_needs_her_card_for_whatever_is_done_with_it(shop: Any, till: Caller) -> None:
    member, code = shop.member("gold"), shop.product(100_000)
    paper = voucher(shop, member)
    answers = {
        "check": till.post("/vouchers/check", {"code": paper}),
        "lock": till.post("/vouchers/lock", {"codes": [paper], "sale": "s"}, key="l"),
        "quote": till.quote(code, vouchers=[paper]),
        "sell": till.sell(code, vouchers=[paper]),
    }
    told = {name: (answer.status_code, answer.json["code"]) for name, answer in answers.items()}  # type: ignore[index]
    assert told == dict.fromkeys(answers, (409, "voucher_needs_member"))
    assert {one.outcome for one in shop.rows(Attempt)} == {"other_member"}
    hers = {"code": paper, "member": till.member(card_of(shop, member))}
    assert till.post("/vouchers/check", hers).status_code == 200


def test_codes_tried_in_vain_are_noticed_and_of_the_code_only_its_end(shop: Any, till: Caller) -> None:
    code = shop.product(10_000)
    for answer in (
        till.post("/vouchers/check", {"code": "ABCD-EFGH-JKLM-NP"}),
        till.quote(code, vouchers=["ABCDEFGHJKLMNP"]),
        till.sell(code, vouchers=["ABCDEFGHJKLMNP"]),
        till.post("/vouchers/lock", {"codes": ["ABCDEFGHJKLMNP"], "sale": "s"}, key="l"),
    ):
        assert answer.status_code == 404
    tried = shop.rows(Attempt)
    assert [(one.ending, one.by, one.store_id) for one in tried] == [("LMNP", "till", shop.store)] * 4
    till.quote("NOPE")
    assert len(shop.rows(Attempt)) == 4


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_begun_once_and_found_by_its_reference(shop: Any, till: Caller) -> None:
    friend = till.member(card_of(shop, shop.member("gold")))
    body = {"phone": "13900139000", "name": "王", "recruited_by": "referral", "referrer": friend}
    first, again = (till.post("/members", body, key="m") for _ in range(2))
    begun = fits(schemas.ProspectAnswer, first)
    assert (first.status_code, begun["status"], again.json) == (201, "prospect", begun)
    found = till.post("/members/find", {"phone": "13900139000"}).json
    assert found["member"] == begun["member"]  # type: ignore[index]
    assert till.quote(shop.product(10_000), member=begun["member"]).json["total"] == 10_000  # type: ignore[index]
    assert len(shop.rows(Member)) == 2


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"phone": "12"}, 422, "invalid"),
        ({"phone": "1234567"}, 422, "bad_phone"),
        ({"referrer": "x"}, 404, "not_found"),
        ({"tier": "gold"}, 422, "invalid"),
        ({"birthday": "1990-01-01"}, 422, "invalid"),
    ],
)
def test_a_file_that_cannot_be_is_refused(
    shop: Any, till: Caller, change: dict[str, Any], status: int, code: str
) -> None:
    answer = till.post("/members", {"phone": "13900139000"} | change, key="m")
    assert (answer.status_code, answer.json["code"]) == (status, code)  # type: ignore[index]
    assert not shop.rows(Member)


def test_a_phone_number_begins_one_file(shop: Any, till: Caller, other_till: Caller) -> None:
    assert till.post("/members", {"phone": "13900139000"}, key="m").status_code == 201
    taken = other_till.post("/members", {"phone": "+86 139 0013 9000"}, key="m")
    assert (taken.status_code, taken.json["code"]) == (409, "phone_taken")  # type: ignore[index]


# -- splitting and giving on ------------------------------------------------------------------------------------------


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def test_a_voucher_is_split_once_and_its_parts_pay(shop: Any, till: Caller) -> None:
    member, product = shop.member("gold"), shop.product(100_000)
    paper, reference = voucher(shop, member), till.member(card_of(shop, member))
    body = {"code": paper, "parts": [10_000, 20_000], "member": reference, "cashier": "小李"}
    first, again = (till.post("/vouchers/split", body, key="s") for _ in range(2))
    parts = fits(schemas.SplitAnswer, first)["vouchers"]
    assert [(part["kind"], part["value"]) for part in parts] == [("cash", 10_000), ("cash", 20_000)]
    assert (first.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    assert code_of(till.post("/vouchers/split", body | {"parts": [1, 29_999]}, key="s")) == (422, "key_reused")
    assert code_of(till.post("/vouchers/split", body, key="t")) == (409, "voucher_replaced")
    sold = till.sell(product, member=reference, vouchers=[parts[1]["code"]])
    assert (sold.status_code, sold.json["tendered"]) == (201, 20_000)  # type: ignore[index]
    assert {(row.status, row.remaining) for row in shop.rows(Voucher)} == {
        ("split", 0),
        ("active", 10_000),
        ("used", 0),
    }


def test_a_voucher_is_given_on_under_a_new_code(shop: Any, till: Caller) -> None:
    giver, taker = shop.member("gold"), shop.member("gold")
    paper = voucher(shop, giver)
    hers, theirs = (till.member(card_of(shop, member)) for member in (giver, taker))
    body = {"code": paper, "to": theirs, "member": hers}
    first, again = (till.post("/vouchers/give", body, key="g") for _ in range(2))
    given = fits(schemas.NewVoucherAnswer, first)
    assert (given["value"], given["code"] != paper, again.json) == (30_000, True, first.json)
    checked = till.post("/vouchers/check", {"code": given["code"], "member": theirs})
    assert checked.json["remaining"] == 30_000  # type: ignore[index]
    assert code_of(till.post("/vouchers/check", {"code": paper, "member": hers})) == (409, "voucher_replaced")
    assert code_of(till.post("/vouchers/give", body, key="h")) == (409, "voucher_replaced")
    back = {"code": given["code"], "to": theirs, "member": theirs}
    assert code_of(till.post("/vouchers/give", back, key="i")) == (422, "invalid")  # it is hers already


@pytest.mark.parametrize("call", ["split", "give"])
def test_nobody_changes_anothers_voucher(shop: Any, till: Caller, other_till: Caller, call: str) -> None:
    member, stranger = shop.member("gold"), shop.member("gold")
    paper, free = voucher(shop, member), voucher(shop, None, binding="bearer")
    hers, theirs = (till.member(card_of(shop, each)) for each in (member, stranger))
    more: dict[str, Any] = {"parts": [10_000, 20_000]} if call == "split" else {"to": theirs}
    path = f"/vouchers/{call}"
    for member_of, told in ((None, "voucher_needs_member"), (theirs, "voucher_of_other_member")):
        body = {"code": paper, **more} | ({} if member_of is None else {"member": member_of})
        assert code_of(till.post(path, body, key=f"k{told}")) == (409, told)
    assert code_of(till.post(path, {"code": "NOTHING", "member": hers, **more}, key="n")) == (404, "not_found")
    elsewhere = {"code": paper, "member": hers, **more}  # references of another store are nobody's
    assert code_of(other_till.post(path, elsewhere, key="o")) == (404, "not_found")
    till.post("/vouchers/lock", {"codes": [paper], "sale": "s", "member": hers}, key="l")
    assert code_of(till.post(path, elsewhere, key="p")) == (409, "voucher_locked")
    assert {(row.status, row.remaining) for row in shop.rows(Voucher)} == {("active", 30_000)}
    assert till.post(path, {"code": free, **more}, key="f").status_code == 201  # it is whoever's has it


@pytest.mark.parametrize(("call", "setting"), [("split", "split_allowed"), ("give", "gifts_allowed")])
def test_headquarters_may_forbid_it(shop: Any, till: Caller, call: str, setting: str) -> None:
    member = shop.member("gold")
    reference, other = till.member(card_of(shop, member)), till.member(card_of(shop, shop.member("gold")))
    with system_scope("test"), work() as session:
        change(session, name=f"vouchers.{setting}", to=False, by="hq", reason="test", now=NOON)
    more: dict[str, Any] = {"parts": [10_000, 20_000]} if call == "split" else {"to": other}
    body = {"code": voucher(shop, member), "member": reference, **more}
    answer = till.post(f"/vouchers/{call}", body, key="k")
    assert code_of(answer) == (409, f"voucher_{'split' if call == 'split' else 'gifts'}_forbidden")
    assert len(shop.rows(Voucher)) == 1


@pytest.mark.parametrize(
    "parts", [[30_000], [], [10_000, 20_001], [0, 30_000], [-1, 30_001], [10_000.5, 19_999.5], "30000", [1] * 21]
)
def test_parts_that_cannot_be_are_refused(shop: Any, till: Caller, parts: Any) -> None:
    member = shop.member("gold")
    body = {"code": voucher(shop, member), "parts": parts, "member": till.member(card_of(shop, member))}
    assert code_of(till.post("/vouchers/split", body, key="k")) == (422, "invalid")
    assert [(row.status, row.remaining) for row in shop.rows(Voucher)] == [("active", 30_000)]
