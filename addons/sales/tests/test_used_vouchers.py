"""Vouchers that a receipt brought or used up, when its goods come back: before they are spent, after, and since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from addons.points.models import Account
from addons.sales import services
from addons.sales.domain.refusals import RefundChanged
from addons.sales.domain.returning import BackLine, ReturnRequest, SetOff, set_off
from addons.sales.models import Return, ReturnVoucher
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.settlement.models import Entry
from addons.settlement.services import settle
from addons.settlement.tests.conftest import two_franchisees
from addons.settlement.tests.ground import LATER, explained
from addons.stores.models import Store
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, cancel, issue_many, split
from core import settings
from core.db.session import reading, work
from tests.product.books import agreeing

TODAY = NOON.date()
#: Fifty yuan for who spends fifteen hundred, paid by the shop that sold; a hundred off for the spring coupon.
RULES: list[dict[str, Any]] = [
    {
        "rule": "thank-you", "event": "quote", "when": {"fact": "member.present", "is": True},
        "totals": [{"measure": "amount", "at_least": 150_000}],
        "then": [{"effect": "voucher.issue", "kind": "cash", "value": 5000, "days": 60}],
        "funding": {"hq": 0, "selling_store": 10_000},
    },
    {
        "rule": "spring-coupon", "event": "quote", "group": "basket",
        "when": {"fact": "vouchers.coupon", "has": "SPRING"}, "totals": [{"measure": "amount", "at_least": 40_000}],
        "then": [{"effect": "price.amount_off", "amount": 10_000}],
    },
]  # fmt: skip


@pytest.fixture(autouse=True)
def rules_in_force() -> Iterator[None]:
    with book(*RULES):
        yield


@pytest.fixture
def shop(every_database: Engine, system: None) -> Shop:
    return two_franchisees()


class Sold:
    """A receipt for two thousand that brought a voucher of fifty, and one for a hundred that was paid with it."""

    def __init__(self, shop: Shop, *, store: int | None = None) -> None:
        self.shop, self.member = shop, shop.member()
        self.dear = shop.sell(shop.product(200_000), member_id=self.member)
        [self.code] = self.dear["vouchers"]
        self.cheap = shop.sell(
            shop.product(10_000), member_id=self.member, vouchers=(self.code,), store_id=store or shop.store
        )

    def voucher(self) -> tuple[str, int, bool]:
        """Return its status, what remains, and whether it was settled."""
        [row] = self.shop.rows(Voucher, code=self.code)
        return row.status, row.remaining, row.settled


def back(shop: Shop, receipt: int, *lines: BackLine, **more: Any) -> ReturnRequest:
    given: dict[str, Any] = {"store_id": shop.store, "reason": "size", "cashier": "amy", "approved_by": "boss"} | more
    return ReturnRequest(receipt_id=receipt, lines=lines or (BackLine(1, 1),), **given)


def take(shop: Shop, receipt: int, *lines: BackLine, **more: Any) -> dict[str, Any]:
    """Take goods back, and see that what was foreseen is what comes, and that all books agree."""
    request = back(shop, receipt, *lines, **more)
    with reading() as session:
        seen = services.preview(session, request, NOON)
    rehearsed = services.rehearse_return(request, now=NOON).answer
    answer = services.take_back(request, key=f"r{next(shop.numbers)}", now=NOON).answer
    assert (seen.money, seen.deducted, seen.missing) == tuple(
        answer.get(name, 0) for name in ("cash", "vouchers_deducted", "vouchers_missing")
    )
    passing = {"number": 0, "return_id": 0}  # what another transaction takes
    assert {**rehearsed, **passing} == {**answer, **passing}
    assert answer["paid_back"] == answer["to_vouchers"] + answer["cash"] + answer["vouchers_deducted"]
    [row] = shop.rows(Return, id=answer["return_id"])
    assert (row.money, row.vouchers_deducted) == (answer["cash"], answer["vouchers_deducted"])
    agreeing()
    return answer


def decide(name: str, to: Any) -> None:
    with work() as session:
        settings.change(session, name=name, to=to, by="test", reason="a test", now=NOON)


def issued(shop: Shop, member: int, value: int = 30_000, **more: Any) -> str:
    with work() as session:
        issue = Issue(member, shop.brand, shop.store, "cash", value, TODAY, NOON, "test")
        return issue_many(session, [replace(issue, **more)])[0]


# -- what is kept back -----------------------------------------------------------------------------------------------


def test_never_more_is_kept_back_than_there_is_and_what_is_missing_is_told() -> None:
    asked: dict[str, Any] = {"forgone": False, "used": [(1, 50), (2, 70)], "ended": {}, "deducted": {}}
    assert set_off(200, **asked) == [SetOff(1, 50, 0), SetOff(2, 70, 0)]
    assert set_off(60, **asked) == [SetOff(1, 50, 0), SetOff(2, 10, 60)]
    assert set_off(0, **asked) == set_off(-5, **asked) == [SetOff(1, 0, 50), SetOff(2, 0, 70)]
    assert set_off(200, **asked | {"forgone": True}) == [SetOff(1, 0, 50), SetOff(2, 0, 70)]
    assert set_off(200, **asked | {"used": [(1, 0)]}) == []  # a gift that was handed out is worth nothing in money


def test_what_was_missing_is_not_paid_back() -> None:
    asked: dict[str, Any] = {"forgone": False, "used": [], "deducted": {1: 30}}
    assert set_off(0, ended={1: 40}, **asked) == []  # fifty were spent: twenty of them were missing
    assert set_off(0, ended={1: 30}, **asked) == []
    assert set_off(0, ended={1: 10}, **asked) == [SetOff(1, -20, 0)]
    assert set_off(0, ended={2: 10}, **asked) == []


# -- vouchers that a rule gave ---------------------------------------------------------------------------------------


def test_a_voucher_that_was_used_and_is_no_longer_due_is_kept_back(shop: Shop) -> None:
    sold = Sold(shop)
    answer = take(shop, sold.dear["receipt_id"])
    assert (answer["paid_back"], answer["cash"], answer["vouchers_deducted"]) == (200_000, 195_000, 5_000)
    assert answer["vouchers_used"] == [sold.code]
    assert "vouchers_missing" not in answer
    assert sold.voucher() == ("used", 0, True)
    [row] = shop.rows(ReturnVoucher)
    assert (row.return_id, row.amount, row.missing) == (answer["return_id"], 5_000, 0)


def test_what_it_paid_for_comes_back_later_and_nobody_is_out_of_pocket(shop: Shop) -> None:
    sold = Sold(shop)
    first = take(shop, sold.dear["receipt_id"])
    second = take(shop, sold.cheap["receipt_id"])
    paid = sold.cheap["cash"]
    assert (second["cash"], second["to_vouchers"], second["vouchers_deducted"]) == (paid + 5_000, 5_000, -5_000)
    assert second["vouchers_void"] == [[sold.code, 5_000]]
    assert "vouchers_restored" not in second
    assert first["cash"] + second["cash"] == sold.dear["cash"] + sold.cheap["cash"]
    assert sold.voucher() == ("void", 0, True)


def test_the_other_way_round_ends_the_same(shop: Shop) -> None:
    sold = Sold(shop)
    second = take(shop, sold.cheap["receipt_id"])
    first = take(shop, sold.dear["receipt_id"])
    assert second["vouchers_restored"][0][:2] == [sold.code, 5_000]
    assert (first["cash"], first["vouchers_withdrawn"]) == (200_000, [sold.code])
    assert first["cash"] + second["cash"] == sold.dear["cash"] + sold.cheap["cash"]
    assert (sold.voucher()[:2], shop.rows(ReturnVoucher)) == (("void", 0), [])


def test_a_voucher_that_points_became_and_was_given_back_goes_with_the_points(shop: Shop) -> None:
    member = shop.member("gold")
    first = shop.sell(shop.product(350_000), member_id=member)
    [code] = first["vouchers"][:1] if len(first["vouchers"]) == 1 else [
        each for each in first["vouchers"] if shop.rows(Voucher, code=each)[0].source == "exchange"
    ]  # fmt: skip
    second = shop.sell(shop.product(100_000), member_id=member, vouchers=(code,))
    take(shop, second["receipt_id"])
    answer = take(shop, first["receipt_id"])
    assert code in answer["vouchers_withdrawn"]
    assert "points_debt" not in answer or answer["points_debt"] == 0
    assert [row.balance for row in shop.rows(Account)] == [0]


def test_the_shop_bears_it_where_headquarters_says_so(shop: Shop) -> None:
    decide("sales.lost_threshold", "keep_whole")
    sold = Sold(shop)
    answer = take(shop, sold.dear["receipt_id"])
    assert (answer["cash"], answer["vouchers_deducted"], answer["vouchers_missing"]) == (200_000, 0, 5_000)
    second = take(shop, sold.cheap["receipt_id"])
    assert (second["cash"], second["vouchers_deducted"]) == (sold.cheap["cash"], 0)
    assert second["vouchers_void"] == [[sold.code, 5_000]]


def test_what_is_missing_is_told_and_asked_for_once(shop: Shop) -> None:
    member = shop.member()
    dear = shop.sell(shop.product(147_000), shop.product(3_000), member_id=member)
    [code] = dear["vouchers"]
    shop.sell(shop.product(10_000), member_id=member, vouchers=(code,))
    first = take(shop, dear["receipt_id"], BackLine(2, 1))
    assert (first["cash"], first["vouchers_deducted"], first["vouchers_missing"]) == (0, 3_000, 2_000)
    second = take(shop, dear["receipt_id"])
    assert (second["cash"], second["vouchers_deducted"]) == (147_000, 0)
    assert "vouchers_used" not in second


def test_what_is_left_of_it_is_withdrawn(shop: Shop) -> None:
    member = shop.member()
    dear = shop.sell(shop.product(200_000), member_id=member)
    with work() as session:
        [row] = shop.rows(Voucher, code=dear["vouchers"][0])
        asked: dict[str, Any] = {"store_id": shop.store, "day": TODAY, "now": NOON, "by": "amy"}
        settings.change(session, name="vouchers.split_allowed", to=True, by="t", reason="t", now=NOON)
        small, large = split(session, voucher_id=row.id, parts=(2_000, 3_000), **asked)
    shop.sell(shop.product(10_000), member_id=member, vouchers=(small,))
    assert take(shop, dear["receipt_id"])["vouchers_deducted"] == 2_000
    assert [(v.status, v.remaining) for v in shop.rows(Voucher, code=large)] == [("void", 0)]


def test_another_amount_than_the_customer_was_told_is_refused(shop: Shop) -> None:
    sold = Sold(shop)
    with pytest.raises(RefundChanged) as refused:
        services.take_back(back(shop, sold.dear["receipt_id"], told=200_000), key="r", now=NOON)
    assert refused.value.facts == {"told": 200_000, "due": 195_000}
    assert sold.voucher() == ("used", 0, False)
    take(shop, sold.dear["receipt_id"], told=195_000)


def test_an_exchange_is_paid_with_what_is_left(shop: Shop) -> None:
    sold = Sold(shop)
    basket = shop.request(shop.product(100_000), member_id=sold.member)
    answer = services.exchange(back(shop, sold.dear["receipt_id"]), basket, key="x", now=NOON).answer
    assert (answer["return"]["cash"], answer["sale"]["cash"], answer["to_pay"]) == (195_000, 95_000, -100_000)
    agreeing()


def test_who_holds_the_money_owes_it_to_whom_the_voucher_cost_something(shop: Shop) -> None:
    sold = Sold(shop, store=shop.other_store)  # the first franchisee gave it, the second one took it
    settle(now=LATER)
    before = owed(shop)
    take(shop, sold.dear["receipt_id"], store_id=shop.other_store)
    settle(now=LATER.replace(minute=30))
    explained()
    first, second = (f"franchisee:{n}" for n in franchisees(shop))
    after = owed(shop)
    points = 200_000 // 100 * 10  # what the goods earned goes back to who gave the points
    gained = {party: after.get(party, 0) - before.get(party, 0) for party in (first, second)}
    assert gained == {first: 5_000 + points, second: -5_000}
    take(shop, sold.cheap["receipt_id"], store_id=shop.other_store)
    settle(now=LATER.replace(minute=45))
    explained()
    assert {party: amount for party, amount in owed(shop).items() if amount} == {}


def owed(shop: Shop) -> dict[str, int]:
    """What each party gets, but for money that one franchisee paid back for another."""
    total: Counter[str] = Counter()
    for row in shop.rows(Entry):
        if row.what != "return":
            total.update({row.to_party: row.amount, row.from_party: -row.amount})
    return dict(total)


def franchisees(shop: Shop) -> list[int]:
    return [shop.rows(Store, id=key)[0].franchisee_id for key in (shop.store, shop.other_store)]


# -- discount coupons ------------------------------------------------------------------------------------------------


def spring(shop: Shop, member: int) -> str:
    return issued(shop, member, 0, kind="discount", title="SPRING")


def test_a_coupon_comes_back_with_all_goods(shop: Shop) -> None:
    member = shop.member()
    code = spring(shop, member)
    sold = shop.sell(shop.product(100_000), member_id=member, vouchers=(code,))
    answer = take(shop, sold["receipt_id"])
    assert (answer["cash"], answer["vouchers_restored"][0][:2]) == (90_000, [code, 0])
    assert shop.sell(shop.product(100_000), member_id=member, vouchers=(code,))["cash"] == 90_000


def test_a_coupon_stays_used_while_what_is_kept_needs_it(shop: Shop) -> None:
    member = shop.member()
    code = spring(shop, member)
    sold = shop.sell(*(shop.product(30_000) for _ in range(3)), member_id=member, vouchers=(code,))
    assert "vouchers_restored" not in take(shop, sold["receipt_id"], BackLine(1, 1))
    second = take(shop, sold["receipt_id"], BackLine(2, 1))  # three hundred are too little for it
    assert second["vouchers_restored"][0][:2] == [code, 0]
    shop.sell(shop.product(100_000), member_id=member, vouchers=(code,))
    assert "vouchers_restored" not in take(shop, sold["receipt_id"], BackLine(3, 1))  # another receipt has it now
    assert shop.rows(Voucher, code=code)[0].status == "used"


# -- vouchers that were cancelled ------------------------------------------------------------------------------------


def test_goods_come_back_although_headquarters_cancelled_the_voucher(shop: Shop) -> None:
    member = shop.member()
    code = issued(shop, member)
    sold = shop.sell(shop.product(100_000), shop.product(50_000), member_id=member, vouchers=(code,))
    take(shop, sold["receipt_id"], BackLine(2, 1))
    with work() as session:
        [row] = shop.rows(Voucher, code=code)
        cancel(session, voucher_ids=[row.id], reason="lost", day=TODAY, now=NOON, by="hq")
    answer = take(shop, sold["receipt_id"])
    assert (answer["cash"], answer["to_vouchers"]) == (80_000, 20_000)
    assert answer["vouchers_void"] == [[code, 20_000]]
    assert "vouchers_restored" not in answer
    settle(now=LATER)
    explained()
