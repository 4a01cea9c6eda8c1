"""Returns: a receipt stands as the sale of what was kept, and everything that followed from it follows (E22)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from addons.catalog.models import Product
from addons.membership.models import Member
from addons.membership.services import merge_members
from addons.points.models import Account
from addons.sales import queries, services
from addons.sales.domain.refusals import (
    ApprovedByOneself,
    EmptyReturn,
    NeverSold,
    NoHigherPrice,
    NotOnReceipt,
    NotReturnedHere,
    NotTheSameStyle,
    NoUnreceiptedReturns,
    RefundChanged,
    ReturnNeedsApproval,
    UnknownProduct,
    WrongReason,
)
from addons.sales.domain.request import SaleLine
from addons.sales.domain.returning import BackLine, ReturnRequest, Unreceipted
from addons.sales.models import Exchange, Receipt, Return, ReturnDiscount, ReturnLine, RuleUse, Standing, Tender
from addons.sales.tests.shop import NOON, Shop
from addons.sales.tests.test_quote import limited
from addons.tiers.models import Credit
from addons.vouchers.models import Voucher
from addons.vouchers.services import Issue, cancel, issue_many
from core import settings
from core.db.posting import KeyReused
from core.db.scope import Scope, acting, system_scope
from core.db.session import reading, work
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from tests.product.books import agreeing

TODAY = date(2026, 5, 4)
WRITTEN = (Return, ReturnLine, ReturnDiscount, Standing, Exchange, Receipt, Credit, Voucher)


def back(shop: Shop, receipt_id: int, *lines: BackLine, **more: Any) -> ReturnRequest:
    values: dict[str, Any] = {"store_id": shop.store, "reason": "size", "cashier": "amy", "approved_by": "boss"}
    return ReturnRequest(receipt_id=receipt_id, lines=lines, **values | more)


def take(shop: Shop, request: ReturnRequest, *, key: str | None = None, days: int = 0) -> dict[str, Any]:
    key = key or f"return:{next(shop.numbers)}"
    return services.take_back(request, key=key, now=NOON + timedelta(days=days)).answer


def voucher(shop: Shop, member_id: int, value: int = 30000) -> str:
    with work() as session:
        issue = Issue(member_id, shop.brand, shop.store, "cash", value, TODAY, NOON, "test")
        return issue_many(session, [issue])[0]


def balance(shop: Shop, member_id: int) -> int:
    rows = shop.rows(Account, member_id=member_id)
    return rows[0].balance if rows else 0


def credit(shop: Shop, member_id: int) -> int:
    return sum(row.amount for row in shop.rows(Credit, member_id=member_id))


def decide(name: str, value: Any) -> None:
    with work() as session:
        settings.change(session, name=name, to=value, by="test", reason="a test", now=NOON)


def counts() -> dict[str, int]:
    with reading() as session:
        return {m.__tablename__: session.scalar(select(func.count()).select_from(m)) or 0 for m in WRITTEN}


# --- the golden case --------------------------------------------------------------------------------------------------


def test_e22_returning_the_500_line_of_e21(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    code = voucher(shop, member)
    sold = shop.sell(shop.product(100000), shop.product(50000), member_id=member, vouchers=(code,))
    assert (sold["cash"], sold["points"]) == (105000, 1050)
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(2, 1)))
    assert (answer["cash"], answer["to_vouchers"]) == (35000, 10000)
    assert (answer["points"], answer["credit"]) == (350, 35000)
    assert answer["balance"] == balance(shop, member) == 700
    assert credit(shop, member) == 70000
    used = shop.rows(Voucher, code=code)[0]
    assert (used.remaining, used.status) == (10000, "active")
    again = shop.sell(shop.product(20000), member_id=member, vouchers=(code,))
    assert (again["tendered"], again["cash"]) == (10000, 8000)


def test_the_cashier_sees_the_whole_effect_before_confirming(shop: Shop) -> None:
    member = shop.member("gold")
    code = voucher(shop, member)
    sold = shop.sell(shop.product(100000), shop.product(50000), member_id=member, vouchers=(code,))
    before = counts()
    with reading() as session:
        seen = services.preview(session, back(shop, sold["receipt_id"], BackLine(2, 1)), NOON)
    assert (seen.cash, seen.to_vouchers, seen.points, seen.credit) == (35000, 10000, 350, 35000)
    assert counts() == before


# --- everything in parts ends like everything at once -----------------------------------------------------------------


def test_all_back_in_parts_leaves_nothing(shop: Shop) -> None:
    member = shop.member("gold")
    code = voucher(shop, member)
    lines = [SaleLine(shop.product(33333), 3), SaleLine(shop.product(50001))]
    sold = shop.sell(lines=lines, member_id=member, vouchers=(code,))
    answers = [
        take(shop, back(shop, sold["receipt_id"], line))
        for line in (BackLine(1, 1), BackLine(2, 1), BackLine(1, 1), BackLine(1, 1))
    ]
    assert sum(answer["cash"] for answer in answers) == sold["cash"]
    assert sum(answer["to_vouchers"] for answer in answers) == sold["tendered"] == 30000
    assert (balance(shop, member), credit(shop, member)) == (0, 0)
    assert shop.rows(Voucher, code=code)[0].remaining == 30000
    assert [answer["number"] for answer in answers] == [f"{sold['number']}-R{n}" for n in (1, 2, 3, 4)]
    with reading() as session:
        assert queries.histories(session, [member], TODAY) == {}


def test_a_receipt_of_which_all_came_back_was_never_the_first(shop: Shop) -> None:
    member, product = shop.member("ordinary"), shop.product(39900)
    first = shop.sell(product, member_id=member)
    take(shop, back(shop, first["receipt_id"], BackLine(1, 1)))
    assert shop.sell(product, member_id=member)["cash"] == 39900  # E02 starts from the second receipt
    assert shop.sell(product, member_id=member)["cash"] == 37905


def test_the_birthday_cap_is_free_again(shop: Shop) -> None:
    member = shop.member("gold", birthday=date(1990, 5, 4))
    first = shop.sell(shop.product(400000), member_id=member)
    assert first["cash"] == 312000
    assert shop.sell(shop.product(200000), member_id=member)["cash"] == 180000  # beyond the cap: 9 折
    take(shop, back(shop, first["receipt_id"], BackLine(1, 1)))
    assert shop.sell(shop.product(400000), member_id=member)["cash"] == 312000


# --- prices, swaps, exchanges -----------------------------------------------------------------------------------------


def test_a_corrected_price_pays_the_difference_back(shop: Shop) -> None:
    member = shop.member("gold")
    sold = shop.sell(shop.product(100000), member_id=member)
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, price=80000), reason="price"))
    assert (answer["kind"], answer["cash"], answer["points"]) == ("correction", 18000, 180)
    assert take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))["cash"] == 72000
    assert balance(shop, member) == 0


def test_a_swap_moves_goods_and_no_money(shop: Shop) -> None:
    member = shop.member("gold")
    small = shop.product(100000)
    with work() as session:
        bought = session.scalars(select(Product).filter_by(code=small)).one()
        values = {"style_id": bought.style_id, "brand_id": shop.brand, "category_code": "top", "list_price": 120000}
        session.add(Product(code="LARGE", size="L", **values))
    sold = shop.sell(small, member_id=member)
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1, swap="LARGE")))
    assert (answer["kind"], answer["cash"], answer["points"], answer["quantity"]) == ("swap", 0, 0, 0)
    assert shop.rows(ReturnLine)[0].swapped_id is not None
    assert take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))["cash"] == 90000


@pytest.mark.parametrize(("new_price", "to_pay"), [(120000, 18000), (100000, 0), (60000, -36000)])
def test_an_exchange_is_a_return_and_a_sale_in_one(shop: Shop, new_price: int, to_pay: int) -> None:
    member = shop.member("gold")
    sold = shop.sell(shop.product(100000), member_id=member)
    basket = shop.request(shop.product(new_price), member_id=member)
    request = back(shop, sold["receipt_id"], BackLine(1, 1))
    answer = services.exchange(request, basket, key="x:1", now=NOON).answer
    assert answer["to_pay"] == to_pay
    assert answer["return"]["kind"] == "exchange"
    assert answer["sale"]["cash"] == new_price * 9 // 10
    assert balance(shop, member) == new_price * 9 // 1000
    tenders = {row.kind: row.amount for row in shop.rows(Tender, receipt_id=answer["sale"]["receipt_id"])}
    assert tenders["exchange"] == min(90000, answer["sale"]["cash"])
    assert sum(tenders.values()) == answer["sale"]["cash"]
    assert shop.rows(Exchange)[0].receipt_id == answer["sale"]["receipt_id"]
    assert services.exchange(request, basket, key="x:1", now=NOON) == (answer, True)


def test_an_exchange_whose_sale_cannot_be_takes_nothing_back(shop: Shop) -> None:
    sold = shop.sell(shop.product(100000), member_id=shop.member("gold"))
    before = counts()
    request = back(shop, sold["receipt_id"], BackLine(1, 1))
    with pytest.raises(UnknownProduct):
        services.exchange(request, shop.request("NOPE"), key="x:1", now=NOON)
    assert counts() == before


# --- other stores, other books, other members -------------------------------------------------------------------------


def test_goods_may_come_back_in_another_store_of_the_brand(shop: Shop) -> None:
    sold = shop.sell(shop.product(100000), member_id=shop.member("gold"))
    request = back(shop, sold["receipt_id"], BackLine(1, 1), store_id=shop.other_store)
    with acting(Scope(reads=frozenset({shop.other_store}), writes=frozenset({shop.other_store}))):
        assert take(shop, request)["cash"] == 90000
    row = shop.rows(Return)[0]
    assert (row.store_id, row.receipt_id) == (shop.other_store, sold["receipt_id"])


def test_only_in_their_own_store_where_the_programme_says_so(shop: Shop) -> None:
    decide("sales.return_anywhere", value=False)
    sold = shop.sell(shop.product(100000))
    with pytest.raises(NotReturnedHere):
        take(shop, back(shop, sold["receipt_id"], BackLine(1, 1), store_id=shop.other_store))
    assert take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))["cash"] == 100000


def test_a_return_is_decided_by_the_rule_book_of_the_sale(shop: Shop) -> None:
    products = [shop.product(100000), shop.product(50000)]
    with limited({"per": "all", "period": "ever", "count": 5}) as gone:  # ten yuan off each basket
        sold = shop.sell(*products)
        assert sold["cash"] == 149000
    from addons.rulebook.services.source import DatabaseVersions

    assert shop.quote(*products).decision.cash == 150000  # the book that lives now knows no such rule
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseVersions, "by_digest", lambda *of: gone if of[-1] == gone.digest else None)
        assert (
            take(shop, back(shop, sold["receipt_id"], BackLine(2, 1)))["cash"] == 49667
        )  # its share of the ten yuan was not paid for


def test_a_merged_member_gives_back_what_the_surviving_one_holds(shop: Shop) -> None:
    old, new = shop.member("gold"), shop.member("gold")
    sold = shop.sell(shop.product(100000), member_id=old)
    with work() as session:
        merge_members(session, from_id=old, into_id=new, reason="one person", by="test", now=NOON)
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert (answer["member_id"], answer["points"]) == (new, 900)
    assert balance(shop, new) == 0


def test_a_voucher_that_its_points_became_goes_back_with_them(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    shop.sell(shop.product(200000), member_id=member)
    sold = shop.sell(shop.product(350000), member_id=member)  # 1800 and 3150 points: one voucher, 1950 left (E18)
    [code] = sold["vouchers"]
    assert (balance(shop, member), shop.rows(Voucher, code=code)[0].receipt_id) == (1950, sold["receipt_id"])
    seen = services.rehearse_return(back(shop, sold["receipt_id"], BackLine(1, 1)), now=NOON)
    assert seen.answer["vouchers_withdrawn"] == [code]
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert (answer["vouchers_withdrawn"], answer["balance"], answer["points_debt"]) == ([code], 1800, 0)
    assert (balance(shop, member), shop.rows(Voucher, code=code)[0].status) == (1800, "void")
    agreeing()


@pytest.mark.parametrize(("kept", "vouchers", "left"), [(6, 1, 2400), (5, 1, 1500), (4, 1, 600), (3, 0, 2700)])
def test_as_many_vouchers_stay_as_the_kept_goods_make(shop: Shop, kept: int, vouchers: int, left: int) -> None:
    member = shop.member("gold")
    lines = [SaleLine(shop.product(100000), 7)]
    sold = shop.sell(lines=lines, member_id=member)  # 6300 points: two vouchers
    assert (balance(shop, member), len(sold["vouchers"])) == (300, 2)
    answers = [take(shop, back(shop, sold["receipt_id"], BackLine(1, 1))) for _ in range(7 - kept)]
    assert answers[-1]["balance"] == balance(shop, member) == left
    assert [row.status for row in shop.rows(Voucher)].count("active") == vouchers
    agreeing()


def test_of_a_voucher_that_was_used_the_points_become_a_debt(shop: Shop) -> None:
    member = shop.member("gold")
    sold = shop.sell(shop.product(350000), member_id=member)  # 3150 points: one voucher, 150 left (E18)
    used = shop.sell(shop.product(34000), member_id=member, vouchers=sold["vouchers"])
    assert (used["cash"], balance(shop, member)) == (600, 156)
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert (answer["balance"], answer["points_debt"]) == (-2994, 3000)
    assert "vouchers_withdrawn" not in answer
    agreeing()


def test_points_that_were_spent_become_a_debt(shop: Shop) -> None:
    member = shop.member("gold")
    sold = shop.sell(shop.product(350000), member_id=member)  # 3150 points: one voucher, 150 left (E18)
    with work() as session:
        cancel(session, voucher_ids=[shop.rows(Voucher)[0].id], reason="lost", day=TODAY, now=NOON, by="hq")
    assert balance(shop, member) == 150
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert answer["points"] == 3150
    assert answer["balance"] == balance(shop, member) == -3000
    assert answer["points_debt"] == 3000


def test_the_reward_for_bringing_a_friend_shrinks_with_her_first_receipt(shop: Shop) -> None:
    from addons.points.models import Referral

    referrer = shop.member("ordinary")
    friend = shop.member("ordinary", referrer_id=referrer)
    sold = shop.sell(shop.product(200000), shop.product(35050), member_id=friend)
    assert shop.rows(Referral)[0].points == 705  # E16
    take(shop, back(shop, sold["receipt_id"], BackLine(2, 1)))
    assert shop.rows(Referral)[0].points == 600
    take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert shop.rows(Referral)[0].state == "cancelled"


def test_goods_exchanged_for_others_leave_the_reward_for_bringing_her(every_shop: Shop) -> None:
    from addons.points.models import Referral

    shop = every_shop
    referrer = shop.member("gold")
    friend = shop.member(referrer_id=referrer)
    sold = shop.sell(shop.product(100000), member_id=friend)
    basket = shop.request(shop.product(100000), member_id=friend)
    goods = back(shop, sold["receipt_id"], BackLine(1, 1))
    answer = services.exchange(goods, basket, key="x:1", now=NOON).answer
    assert answer["sale"]["referral_points"] == sold["referral_points"] == 300
    [promised] = shop.rows(Referral)
    assert (promised.state, promised.points) == ("pending", 300)
    assert promised.receipt_id == answer["sale"]["receipt_id"]
    assert [row.pending for row in shop.rows(Account, member_id=referrer)] == [300]
    agreeing()


def test_a_friend_who_brought_everything_back_is_counted_with_what_she_keeps_once(every_shop: Shop) -> None:
    from addons.points.models import Referral

    shop = every_shop
    friend = shop.member(referrer_id=shop.member("gold"))
    sold = shop.sell(shop.product(100000), member_id=friend)
    take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    again = shop.sell(shop.product(50000), member_id=friend, store_id=shop.other_store)
    assert again["referral_points"] == 150
    assert shop.sell(shop.product(90000), member_id=friend).get("referral_points", 0) == 0
    assert [(row.state, row.points, row.store_id) for row in shop.rows(Referral)] == [
        ("pending", 150, shop.other_store)
    ]
    agreeing()


def test_a_friend_who_kept_something_of_what_she_bought_first_is_not_counted_again(shop: Shop) -> None:
    from addons.points.models import Referral

    friend = shop.member(referrer_id=shop.member("gold"))
    sold = shop.sell(shop.product(100000), shop.product(100), member_id=friend)
    take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert [(row.state, row.points) for row in shop.rows(Referral)] == [("cancelled", 0)]
    assert shop.sell(shop.product(90000), member_id=friend).get("referral_points", 0) == 0


def test_a_step_that_waits_for_its_card_is_undone_with_its_credit(shop: Shop) -> None:
    from addons.tiers.models import TierChange

    member = shop.member("ordinary")
    sold = shop.sell(shop.product(320000), member_id=member)
    assert sold["tier"]["after"] == "gold"
    answer = take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))
    assert answer["tier"]["after"] == "ordinary"
    assert shop.rows(Member, id=member)[0].tier == "ordinary"
    [step] = shop.rows(TierChange, member_id=member)
    assert (step.tier_after, step.converted_at, step.withdrawn_at) == ("gold", None, NOON)


def test_uses_of_limited_rules_are_free_again(shop: Shop) -> None:
    product = shop.product(10000)
    with limited({"per": "all", "period": "ever", "count": 1, "budget": 1000}):
        first = shop.sell(product)
        assert first["cash"] == 9000
        assert shop.sell(product)["cash"] == 10000
        take(shop, back(shop, first["receipt_id"], BackLine(1, 1)))
        assert [(row.count, row.cost) for row in shop.rows(RuleUse)] == [(0, 0)]
        assert shop.sell(product)["cash"] == 9000
    taken = {row.rule: row.amount for row in shop.rows(ReturnDiscount)}
    assert taken == {"ten-off": 1000}


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[type[Refusal], Callable[[Shop, int], ReturnRequest]]] = {
    "nothing chosen": (EmptyReturn, back),
    "unknown receipt": (NotFound, lambda shop, r: back(shop, 10**9, BackLine(1, 1))),
    "unknown line": (NotOnReceipt, lambda shop, r: back(shop, r, BackLine(9, 1))),
    "more than was bought": (NotOnReceipt, lambda shop, r: back(shop, r, BackLine(1, 3))),
    "less than nothing": (NotOnReceipt, lambda shop, r: back(shop, r, BackLine(1, -1))),
    "neither goods nor price": (Invalid, lambda shop, r: back(shop, r, BackLine(1))),
    "a line twice": (Invalid, lambda shop, r: back(shop, r, BackLine(1, 1), BackLine(1, 1))),
    "a reason of one's own": (WrongReason, lambda shop, r: back(shop, r, BackLine(1, 1), reason="because")),
    "a higher price": (NoHigherPrice, lambda shop, r: back(shop, r, BackLine(1, price=10001))),
    "a price below nothing": (Invalid, lambda shop, r: back(shop, r, BackLine(1, price=-1))),
    "a swap at another price": (Invalid, lambda shop, r: back(shop, r, BackLine(1, 1, price=1, swap="X"))),
    "a swap for nothing known": (UnknownProduct, lambda shop, r: back(shop, r, BackLine(1, 1, swap="NOPE"))),
    "a swap for another style": (
        NotTheSameStyle,
        lambda shop, r: back(shop, r, BackLine(1, 1, swap=shop.product(10000))),
    ),
    "another amount than told": (RefundChanged, lambda shop, r: back(shop, r, BackLine(1, 1), told=1)),
    "approved by oneself": (ApprovedByOneself, lambda shop, r: back(shop, r, BackLine(1, 1), approved_by="amy")),
    "a corrected price without approval": (
        ReturnNeedsApproval,
        lambda shop, r: back(shop, r, BackLine(1, price=9000), approved_by=""),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_written(shop: Shop, case: str) -> None:
    kind, ask = REFUSED[case]
    sold = shop.sell(lines=[SaleLine(shop.product(10000), 2)])
    request = ask(shop, sold["receipt_id"])
    before = counts()
    with pytest.raises(kind):
        take(shop, request)
    assert counts() == before


def test_late_and_large_returns_need_a_second_person(shop: Shop) -> None:
    sold = shop.sell(lines=[SaleLine(shop.product(150000), 2)])
    alone = back(shop, sold["receipt_id"], BackLine(1, 1), approved_by="")
    with pytest.raises(ReturnNeedsApproval):
        take(shop, alone, days=31)
    both = back(shop, sold["receipt_id"], BackLine(1, 2), approved_by="")
    with pytest.raises(ReturnNeedsApproval):
        take(shop, both)
    assert take(shop, alone, days=30)["cash"] == 150000


def test_a_store_that_one_does_not_write_takes_nothing_back(shop: Shop) -> None:
    sold = shop.sell(shop.product(10000))
    with acting(Scope(reads=None, writes=frozenset({shop.other_store}))), pytest.raises(OutOfScope):
        take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)))


def test_the_same_key_gives_the_same_answer_and_refuses_another_request(shop: Shop) -> None:
    sold = shop.sell(lines=[SaleLine(shop.product(10000), 3)])
    request = back(shop, sold["receipt_id"], BackLine(1, 1))
    assert take(shop, request, key="k") == take(shop, request, key="k")
    with pytest.raises(KeyReused):
        take(shop, back(shop, sold["receipt_id"], BackLine(1, 2)), key="k")
    assert len(shop.rows(Return)) == 1


def test_goods_come_back_once_however_many_tills_take_them(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    sold = shop.sell(lines=[SaleLine(shop.product(10000), 3)], member_id=member)

    def one(number: int) -> int:
        with system_scope("a till"):
            try:
                return int(take(shop, back(shop, sold["receipt_id"], BackLine(1, 1)), key=f"counter:{number}")["cash"])
            except NotOnReceipt:
                return 0

    with ThreadPoolExecutor(8) as tills:
        paid = sorted(tills.map(one, range(8)))
    assert paid == [0, 0, 0, 0, 0, 9000, 9000, 9000]
    assert (balance(shop, member), credit(shop, member)) == (0, 0)
    assert [(row.returns, row.quantity, row.cash) for row in shop.rows(Standing)] == [(3, 0, 0)]


# --- without a receipt ------------------------------------------------------------------------------------------------


def unreceipted(shop: Shop, product: str, member: int, **more: Any) -> Unreceipted:
    values: dict[str, Any] = {"reason": "quality", "cashier": "amy", "approved_by": "boss", "quantity": 1}
    return Unreceipted(store_id=shop.store, product=product, member_id=member, **values | more)


def test_goods_without_a_receipt_are_taken_at_the_lowest_price_for_a_voucher(every_shop: Shop) -> None:
    shop = every_shop
    decide("sales.without_receipt", value="voucher")
    product, member = shop.product(10000), shop.member("diamond")
    shop.sell(product)
    shop.sell(lines=[SaleLine(product, 3)], member_id=member)
    answer = services.take_back_unreceipted(unreceipted(shop, product, member, quantity=2), key="u", now=NOON).answer
    assert answer["paid_back"] == 2 * 8500
    given = shop.rows(Voucher, code=answer["voucher"])[0]
    assert (given.member_id, given.value, given.kind) == (member, 17000, "cash")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"approved_by": ""}, ReturnNeedsApproval),
        ({"approved_by": "amy"}, ApprovedByOneself),
        ({"reason": "because"}, WrongReason),
        ({"quantity": 0}, Refusal),
        ({"product": "NOPE"}, UnknownProduct),
        ({"member_id": 10**9}, Refusal),
    ],
)
def test_what_is_not_taken_without_a_receipt(shop: Shop, more: dict[str, Any], kind: type[Refusal]) -> None:
    decide("sales.without_receipt", value="voucher")
    product, member = shop.product(10000), shop.member("gold")
    shop.sell(product)
    before = counts()
    request = unreceipted(shop, more.pop("product", product), more.pop("member_id", member), **more)
    with pytest.raises(kind):
        services.take_back_unreceipted(request, key="u", now=NOON)
    assert counts() == before


def test_the_policy_and_the_time_that_counts_without_a_receipt(shop: Shop) -> None:
    product, member = shop.product(10000), shop.member("gold")
    shop.sell(product)
    with pytest.raises(NoUnreceiptedReturns):
        services.take_back_unreceipted(unreceipted(shop, product, member), key="u", now=NOON)
    decide("sales.without_receipt", value="voucher")
    with pytest.raises(NeverSold):
        services.take_back_unreceipted(unreceipted(shop, product, member), key="v", now=NOON + timedelta(days=91))
