from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from addons.membership.models import Member
from addons.stores.models import Brand
from addons.vouchers import services
from addons.vouchers.models import Voucher
from addons.vouchers.queries import agreement
from addons.vouchers.tests.counter import TILL_2, Counter
from addons.vouchers.tests.shop import NOON
from core import settings
from core.db.scope import Scope, acting
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from core.ledger.books import Finding


def turn_off(counter: Counter, setting: str) -> None:
    settings.change(counter.session, name=setting, to=False, by="hq", reason="test", now=NOON)


def test_a_split_voucher_becomes_several_that_are_worth_as_much(counter: Counter) -> None:
    code = counter.issue(rule="r", receipt_id=7)
    codes = counter.split(code, 10_000, 20_000)
    parts = [counter.voucher(each) for each in codes]
    first = counter.voucher(code)
    assert [(part.value, part.remaining, part.member_id, part.origin_id) for part in parts] == [
        (10_000, 10_000, counter.member, first.id),
        (20_000, 20_000, counter.member, first.id),
    ]
    assert {part.valid_until for part in parts} == {first.valid_until}
    assert (first.status, first.remaining) == ("split", 0)
    assert counter.moves(code)[-1] == ("outstanding", "split", 30_000)
    assert counter.moves(codes[0]) == [("split", "outstanding", 10_000)]
    with pytest.raises(services.VoucherReplaced):
        counter.pay(code, 1)
    counter.pay(codes[1], 20_000)
    assert counter.standing() == {"issued": -30_000, "outstanding": 10_000, "redeemed": 20_000}
    assert counter.differences() == []


@pytest.mark.parametrize("parts", [(), (30_000,), (10_000, 10_000), (0, 30_000), (-1, 30_001)])
def test_parts_must_come_to_what_remains(counter: Counter, parts: tuple[int, ...]) -> None:
    code = counter.issue()
    with pytest.raises(Invalid):
        counter.split(code, *parts)
    assert counter.voucher(code).status == "active"


def test_a_given_voucher_has_a_new_code_and_another_owner(counter: Counter) -> None:
    code, friend = counter.issue(), counter.shop.member("2")
    new = counter.give(code, friend)
    assert new != code
    voucher = counter.voucher(new)
    assert (voucher.member_id, voucher.remaining, voucher.valid_until) == (
        friend,
        30_000,
        counter.voucher(code).valid_until,
    )
    assert counter.moves(code)[-1] == ("outstanding", "transferred", 30_000)
    assert counter.moves(new) == [("transferred", "outstanding", 30_000)]
    with pytest.raises(services.VoucherReplaced):
        counter.pay(code, 30_000)
    with pytest.raises(services.VoucherOfOtherMember):
        counter.pay(new, 30_000, member_id=counter.member)
    counter.pay(new, 30_000, member_id=friend)
    assert counter.differences() == []


def test_a_bearer_voucher_may_be_made_somebodys(counter: Counter) -> None:
    new = counter.give(counter.issue(member_id=None, binding="bearer"), counter.member)
    assert counter.voucher(new).binding == "member"


@pytest.mark.parametrize(
    ("member", "refusal"), [("herself", Invalid), ("nobody", NotFound), ("erased", NotFound), ("other brand", NotFound)]
)
def test_a_voucher_is_not_given_to_just_anybody(counter: Counter, member: str, refusal: type[Refusal]) -> None:
    code = counter.issue()
    erased = counter.shop.member("3")
    counter.session.execute(changed(erased, status="erased"))
    from_elsewhere = counter.shop.member("4")
    counter.session.execute(changed(from_elsewhere, brand_id=_another_brand(counter)))
    to = {"herself": counter.member, "nobody": 999, "erased": erased, "other brand": from_elsewhere}[member]
    with pytest.raises(refusal):
        counter.give(code, to)
    assert counter.voucher(code).status == "active"


def changed(member_id: int, **values: Any) -> Any:
    return update(Member).where(Member.id == member_id).values(**values)


def _another_brand(counter: Counter) -> int:
    brand = Brand(code="other", name="另一個品牌")
    counter.session.add(brand)
    counter.session.flush()
    return brand.id


def test_headquarters_may_forbid_both(counter: Counter) -> None:
    code, friend = counter.issue(), counter.shop.member("2")
    turn_off(counter, "vouchers.gifts_allowed")
    turn_off(counter, "vouchers.split_allowed")
    with pytest.raises(services.VoucherGiftsForbidden):
        counter.give(code, friend)
    with pytest.raises(services.VoucherSplitForbidden):
        counter.split(code, 1, 29_999)


def test_what_a_till_holds_or_what_ended_is_neither_split_nor_given(counter: Counter) -> None:
    code, friend = counter.issue(days=1), counter.shop.member("2")
    counter.lock(code, hold=TILL_2)
    for refused in (lambda: counter.split(code, 1, 29_999), lambda: counter.give(code, friend)):
        with pytest.raises(services.VoucherLocked):
            refused()
    counter.later(days=2)
    for refused in (lambda: counter.split(code, 1, 29_999), lambda: counter.give(code, friend)):
        with pytest.raises(services.VoucherExpired):
            refused()


def test_only_in_a_store_of_ones_own(counter: Counter) -> None:
    code, friend = counter.issue(), counter.shop.member("2")
    second = counter.shop.stores[1]
    with acting(Scope(reads=frozenset({second}), writes=frozenset({second}))):
        with pytest.raises(OutOfScope):
            counter.give(code, friend)
        with pytest.raises(OutOfScope):
            counter.split(code, 1, 29_999)
        with pytest.raises(OutOfScope):
            counter.cancel(code)
        new = counter.give(code, friend, store_id=second)  # the brand's vouchers are served in every store
    assert counter.voucher(new).store_id == counter.shop.store_id  # who issued it, owes it


# -- withdrawn although split or given --------------------------------------------------------------------------------


def test_a_voucher_that_was_split_or_given_is_withdrawn_with_all_that_came_of_it(counter: Counter) -> None:
    friend = counter.shop.member("2")
    one, other = (counter.issue(rule="gift", receipt_id=7) for _ in range(2))
    part = counter.split(one, 10_000, 20_000)[1]
    given = counter.give(part, friend)
    assert counter.withdraw(7, "gift", 1).withdrawn == [other]
    assert counter.withdraw(7, "gift", 1).withdrawn == [one]
    assert counter.voucher(given).status == "void"
    assert counter.standing() == {"issued": -60_000, "void": 60_000}
    assert counter.differences() == []


def test_one_part_that_was_used_makes_the_whole_voucher_used(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    small, large = counter.split(code, 10_000, 20_000)
    counter.pay(small, 10_000)
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([], [counter.spent(code, 10_000)])
    assert counter.voucher(large).status == "void"  # what is left of it goes
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([], [])


def test_a_part_that_was_used_and_given_back_does_not_make_it_used(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    small, large = counter.split(code, 10_000, 20_000)
    receipt = counter.pay(small, 10_000)
    counter.restore(receipt, (small, 10_000))
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([code], [])
    assert [counter.voucher(part).status for part in (small, large)] == ["void", "void"]
    assert counter.differences() == []


def test_what_comes_back_to_a_part_of_a_settled_voucher_is_void(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    small, _ = counter.split(code, 10_000, 20_000)
    receipt = counter.pay(small, 10_000)
    counter.withdraw(7, "gift", 1)
    assert counter.restore(receipt, (small, 10_000))[0].ended
    assert counter.standing() == {"issued": -30_000, "void": 30_000}
    assert counter.differences() == []


# -- the end ----------------------------------------------------------------------------------------------------------


def test_headquarters_cancels_with_a_reason(counter: Counter) -> None:
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=30_000)
    code = counter.issue(budget_id=budget.id)
    with pytest.raises(Invalid):
        counter.cancel(code, reason=" ")
    counter.lock(code)
    assert counter.cancel(code) == [code]
    assert counter.moves(code)[-1] == ("locked", "void", 30_000)
    counter.session.refresh(budget)
    assert budget.used == 0
    with pytest.raises(services.VoucherCancelled):
        counter.cancel(code)
    with pytest.raises(NotFound):
        services.cancel(counter.session, voucher_ids=[999], reason="x", day=counter.day, now=counter.now, by="hq")
    assert counter.differences() == []


def test_all_are_cancelled_or_none(counter: Counter) -> None:
    one, used = counter.issue(), counter.issue()
    counter.pay(used, 30_000)
    with pytest.raises(services.VoucherUsed):
        counter.cancel(one, used)
    assert counter.voucher(one).status == "active"


def test_the_night_ends_what_is_over(counter: Counter) -> None:
    ending, staying, held = counter.issue(days=1), counter.issue(days=2), counter.issue(days=1)
    coupon = counter.issue(0, kind="discount", days=1)
    counter.later(days=1)
    counter.lock(held)
    assert counter.expire() == 0  # the last day counts
    counter.later(days=1)
    assert counter.expire() == 3
    assert counter.expire() == 0
    assert counter.moves(ending)[-1] == ("outstanding", "expired", 30_000)
    assert counter.moves(held)[-1] == ("locked", "expired", 30_000)
    assert counter.voucher(coupon).status == "expired"
    assert counter.voucher(staying).status == "active"
    for code in (ending, held):
        with pytest.raises(services.VoucherExpired):
            counter.pay(code, 30_000)
    assert counter.standing() == {"issued": -90_000, "outstanding": 30_000, "expired": 60_000}
    assert counter.differences() == []


def test_value_comes_back_to_a_voucher_that_ended_in_between(counter: Counter) -> None:
    code = counter.issue(days=10)
    receipt = counter.pay(code, 30_000)
    counter.restore(receipt, (code, 10_000))
    counter.later(days=11)
    counter.expire()
    [given] = counter.restore(receipt, (code, 20_000))
    assert given.remaining == 20_000  # what had ended stays ended
    counter.later(days=29)
    counter.pay(code, 20_000)
    assert counter.differences() == []


def test_merged_members_have_their_vouchers_together(counter: Counter) -> None:
    other = counter.shop.member("2")
    left, used, held = counter.issue(), counter.issue(), counter.issue()
    counter.pay(used, 30_000)
    counter.lock(held)
    services.PERSON.merge(counter.session, counter.member, other, counter.now)
    assert counter.moves(left)[-2:] == [("outstanding", "transferred", 30_000), ("transferred", "outstanding", 30_000)]
    assert counter.moves(held)[-1] == ("transferred", "locked", 30_000)
    assert {counter.voucher(code).member_id for code in (left, used, held)} == {other}
    with pytest.raises(services.VoucherLocked):
        counter.pay(held, 30_000, hold=TILL_2)
    assert counter.differences() == []


# -- the ledger counted again -----------------------------------------------------------------------------------------


def test_the_audit_notices_what_was_changed_by_hand(counter: Counter) -> None:
    code = counter.issue()
    counter.pay(counter.issue(), 20_000)
    voucher = counter.voucher(code)
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=50_000)
    assert counter.differences() == []
    counter.session.execute(_set(voucher.id, remaining=29_999))
    assert counter.differences() == [
        Finding("vouchers_voucher", str(voucher.id), agreement.REMAINING, "30000", "29999")
    ]
    counter.session.execute(_set(voucher.id, remaining=30_000, entries=2, uses=1, value=40_000))
    problems = [agreement.VALUE, agreement.COUNTED, agreement.GAP, agreement.USES, agreement.GAP]
    assert [found.problem for found in counter.differences()] == problems
    counter.session.execute(_set(voucher.id, entries=1, uses=0, value=30_000))
    budget.used = 10
    counter.session.flush()
    assert counter.differences() == [Finding("vouchers_budget", str(budget.id), agreement.BUDGET, "0", "10")]


def _set(voucher_id: int, **values: int) -> Any:
    return update(Voucher).where(Voucher.id == voucher_id).values(**values)


def test_a_budget_is_never_granted_less_than_was_issued(counter: Counter) -> None:
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=50_000)
    counter.issue(budget_id=budget.id)
    with pytest.raises(Invalid):
        services.grant(counter.session, budget_id=budget.id, granted=29_999)
    assert services.grant(counter.session, budget_id=budget.id, granted=30_000).granted == 30_000
    with pytest.raises(services.VoucherBudgetUsedUp):
        counter.issue(1, budget_id=budget.id)
    with pytest.raises(NotFound):
        services.grant(counter.session, budget_id=999, granted=1)
    for wrong in ({"name": "春季"}, {"name": " "}, {"name": "夏季", "granted": -1}):
        with pytest.raises(Invalid):
            services.open_budget(
                counter.session,
                **({"brand_id": counter.shop.brand_id, "granted": 1} | wrong),
            )
