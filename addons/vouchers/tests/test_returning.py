from __future__ import annotations

from datetime import timedelta

import pytest

from addons.vouchers import queries, services
from addons.vouchers.models import Budget
from addons.vouchers.tests.counter import TILL_1, TILL_2, Counter
from core.errors import Invalid, NotFound


def test_e22_a_hundred_of_three_hundred_come_back_and_can_be_used_again(counter: Counter) -> None:
    code = counter.issue()
    receipt = counter.pay(code, 30_000)
    [given] = counter.restore(receipt, (code, 10_000))
    voucher = counter.voucher(code)
    assert given == services.Restored(voucher.id, code, 10_000, 10_000, voucher.valid_until)
    assert (voucher.status, voucher.remaining, voucher.uses) == ("active", 10_000, 1)
    assert queries.redeemed_on(counter.session, receipt) == [(voucher.id, code, 30_000, 10_000)]
    second = counter.pay(code, 10_000)
    assert queries.redeemed_on(counter.session, second) == [(voucher.id, code, 10_000, 0)]
    with pytest.raises(services.VoucherUsed):
        counter.pay(code, 1)


def test_never_more_comes_back_than_the_receipt_took(counter: Counter) -> None:
    code = counter.issue()
    receipt = counter.pay(code, 20_000)
    counter.restore(receipt, (code, 15_000))
    for too_much in (5_001, 20_000):
        with pytest.raises(services.RestoreTooMuch) as refused:
            counter.restore(receipt, (code, too_much))
        assert refused.value.facts == {"voucher": code, "most": 5_000}
    with pytest.raises(services.RestoreTooMuch):  # the same voucher named twice
        counter.restore(receipt, (code, 3_000), (code, 3_000))
    with pytest.raises(services.RestoreTooMuch):
        counter.restore(receipt, (code, 0))
    with pytest.raises(Invalid):
        counter.restore(receipt, (code, -1))
    with pytest.raises(NotFound):  # a receipt it did not pay
        counter.restore(receipt + 1, (code, 1))
    assert counter.voucher(code).remaining == 15_000


def test_what_was_forfeited_comes_back_with_the_last_fen(counter: Counter) -> None:
    code = counter.issue()
    receipt = counter.pay(code, 25_000)
    [given] = counter.restore(receipt, (code, 10_000))
    assert given.remaining == 10_000
    [given] = counter.restore(receipt, (code, 15_000))
    assert (given.amount, given.remaining) == (15_000, 30_000)  # as if nothing had ever been bought
    assert counter.moves(code)[-2:] == [("redeemed", "outstanding", 15_000), ("forfeited", "outstanding", 5_000)]


def test_each_receipt_gives_back_what_it_took_itself(counter: Counter) -> None:
    code = counter.issue()
    first = counter.pay(code, 25_000)  # 5,000 forfeited
    counter.restore(first, (code, 10_000))
    second = counter.pay(code, 4_000)  # 6,000 forfeited
    assert counter.restore(second, (code, 4_000))[0].remaining == 10_000
    assert counter.restore(first, (code, 15_000))[0].remaining == 30_000
    assert [row[2:] for row in queries.redeemed_on(counter.session, first)] == [(25_000, 25_000)]


def test_a_voucher_whose_last_day_is_over_gets_thirty_days(counter: Counter) -> None:
    code = counter.issue(days=10)
    receipt = counter.pay(code, 30_000)
    counter.later(days=10)
    assert counter.restore(receipt, (code, 10_000))[0].valid_until == counter.day  # its last day, as before
    counter.later(days=1)
    [given] = counter.restore(receipt, (code, 10_000))
    assert given.valid_until == counter.day + timedelta(days=30)
    counter.later(days=30)
    counter.pay(code, 20_000)


def test_value_given_back_to_a_voucher_that_a_till_holds_is_held_too(counter: Counter) -> None:
    code = counter.issue()
    receipt = counter.pay(code, 30_000)
    counter.restore(receipt, (code, 10_000))
    counter.lock(code, hold=TILL_2)
    counter.restore(receipt, (code, 5_000))
    with pytest.raises(services.VoucherLocked):
        counter.pay(code, 15_000, hold=TILL_1)
    counter.pay(code, 15_000, hold=TILL_2)


def test_what_goes_back_to_a_cancelled_voucher_is_void(counter: Counter) -> None:
    budget = services.open_budget(counter.session, brand_id=counter.shop.brand_id, name="春季", granted=30_000)
    code = counter.issue(budget_id=budget.id)
    receipt = counter.pay(code, 25_000)  # 5,000 forfeited
    counter.restore(receipt, (code, 10_000))
    counter.cancel(code)
    [given] = counter.restore(receipt, (code, 15_000))
    assert (given.amount, given.remaining, given.ended) == (15_000, 0, True)
    assert counter.moves(code)[-3:] == [
        ("redeemed", "outstanding", 15_000),
        ("forfeited", "outstanding", 5_000),
        ("outstanding", "void", 20_000),
    ]
    counter.session.refresh(budget)
    assert (counter.voucher(code).status, budget.used) == ("void", 0)
    with pytest.raises(services.VoucherCancelled):
        counter.pay(code, 1)
    assert counter.differences() == []


def test_a_coupon_comes_back_once_for_each_use(counter: Counter) -> None:
    code = counter.issue(0, kind="discount", title="SPRING")
    first = counter.pay(code, 0)
    [coupon] = queries.coupons_on(counter.session, first)
    assert (coupon.voucher_id, coupon.name, coupon.amount) == (counter.voucher(code).id, "SPRING", 0)
    counter.restore(first, (code, 0))
    assert queries.coupons_on(counter.session, first) == []
    second = counter.pay(code, 0)
    with pytest.raises(services.RestoreTooMuch):  # the first receipt had it back
        counter.restore(first, (code, 0))
    assert counter.voucher(code).status == "used"
    counter.restore(second, (code, 0))
    assert counter.differences() == []


# -- vouchers that were given with a receipt --------------------------------------------------------------------------


def test_vouchers_that_are_no_longer_due_are_withdrawn_the_newest_first(counter: Counter) -> None:
    codes = [counter.issue(rule="gift", receipt_id=7) for _ in range(3)]
    counter.issue(rule="other", receipt_id=7)
    counter.issue(rule="gift", receipt_id=8)
    assert counter.withdraw(7, "gift", 2) == services.Withdrawn([codes[2], codes[1]], [])
    assert [counter.voucher(code).status for code in codes] == ["active", "void", "void"]
    assert counter.moves(codes[2])[-1] == ("outstanding", "void", 30_000)
    with pytest.raises(services.VoucherCancelled):
        counter.pay(codes[2], 30_000)
    assert counter.withdraw(7, "gift", 5) == services.Withdrawn([codes[0]], [])
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([], [])


def test_what_was_used_is_missing_and_is_asked_for_once(counter: Counter) -> None:
    codes = [counter.issue(rule="gift", receipt_id=7) for _ in range(3)]
    counter.pay(codes[2], 30_000)
    counter.pay(codes[1], 20_000)
    assert counter.withdraw(7, "gift", 2) == services.Withdrawn([codes[0]], [counter.spent(codes[2], 30_000)])
    assert counter.withdraw(7, "gift", 2) == services.Withdrawn([], [counter.spent(codes[1], 20_000)])
    assert counter.withdraw(7, "gift", 2) == services.Withdrawn([], [])


def test_what_was_spent_and_given_back_is_not_spent(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    receipt = counter.pay(code, 20_000)  # 10,000 forfeited
    counter.restore(receipt, (code, 20_000))
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([code], [])
    assert counter.standing() == {"issued": -30_000, "void": 30_000}
    assert counter.differences() == []


def test_what_is_left_of_a_used_voucher_goes_and_what_comes_back_to_it_is_void(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    receipt = counter.pay(code, 30_000)
    counter.restore(receipt, (code, 10_000))
    counter.lock(code)
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([], [counter.spent(code, 20_000)])
    assert counter.moves(code)[-1] == ("locked", "void", 10_000)
    voucher = counter.voucher(code)
    assert (voucher.status, voucher.remaining, voucher.settled) == ("void", 0, True)
    assert services.spent_of_ended(counter.session, {voucher.id: 5_000}) == {voucher.id: 15_000}
    [given] = counter.restore(receipt, (code, 5_000))
    assert (given.amount, given.remaining, given.ended) == (5_000, 0, True)
    assert services.spent_of_ended(counter.session, {voucher.id: 0}) == {voucher.id: 15_000}
    assert counter.withdraw(7, "gift", 1) == services.Withdrawn([], [])
    assert counter.standing() == {"issued": -30_000, "redeemed": 15_000, "void": 15_000}
    assert counter.differences() == []


def test_what_ended_of_a_used_voucher_is_void_and_what_it_was_cancelled_with_is_still_spent(counter: Counter) -> None:
    ending = counter.issue(rule="gift", receipt_id=7, days=1)
    receipt = counter.pay(ending, 30_000)
    counter.restore(receipt, (ending, 10_000))
    cancelled = counter.issue(rule="gift", receipt_id=8, days=30)
    counter.restore(counter.pay(cancelled, 30_000), (cancelled, 1_000))
    counter.cancel(cancelled)
    counter.later(days=5)
    counter.expire()
    assert counter.withdraw(7, "gift", 1).used == [counter.spent(ending, 20_000)]
    assert counter.moves(ending)[-1] == ("expired", "void", 10_000)
    assert counter.withdraw(8, "gift", 1).used == [counter.spent(cancelled, 29_000)]
    assert counter.withdraw(8, "gift", 1) == services.Withdrawn([], [])
    assert counter.differences() == []


def test_one_that_ended_by_itself_counts_as_taken_back(counter: Counter) -> None:
    counter.issue(rule="gift", receipt_id=7, days=1)
    code = counter.issue(rule="gift", receipt_id=7, days=1)
    counter.later(days=5)
    assert counter.withdraw(7, "gift", 1).withdrawn == [code]
    assert counter.voucher(code).status == "void"


def test_a_till_that_holds_a_withdrawn_voucher_hears_of_it(counter: Counter) -> None:
    code = counter.issue(rule="gift", receipt_id=7)
    counter.lock(code)
    assert counter.withdraw(7, "gift", 1).withdrawn == [code]
    assert counter.moves(code)[-1] == ("locked", "void", 30_000)
    with pytest.raises(services.VoucherCancelled):
        counter.pay(code, 30_000, hold=TILL_1)


def test_a_budget_gets_back_what_is_withdrawn(counter: Counter) -> None:
    budget = Budget(brand_id=counter.shop.brand_id, name="春季", rule="gift", granted=70_000, used=0)
    counter.session.add(budget)
    counter.session.flush()
    counter.issue(rule="gift", receipt_id=7)
    counter.issue(rule="gift", receipt_id=7)
    with pytest.raises(services.VoucherBudgetUsedUp) as refused:
        counter.issue(rule="gift", receipt_id=7)
    assert refused.value.facts == {"budget": "春季", "wanted": 30_000}
    counter.withdraw(7, "gift", 1)
    counter.session.refresh(budget)
    assert budget.used == 30_000
    counter.issue(rule="gift", receipt_id=8)
