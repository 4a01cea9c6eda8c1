from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from addons.vouchers import services
from addons.vouchers.models import Voucher
from addons.vouchers.services import Hold
from addons.vouchers.tests.counter import TILL_1, TILL_2, Counter
from core.errors import Invalid, NotFound, Refusal


def test_a_voucher_that_one_till_holds_is_nobody_elses(counter: Counter) -> None:
    code = counter.issue()
    [held] = counter.lock(code)
    assert (held.code, held.remaining, held.until) == (code, 30_000, counter.now.replace(minute=15))
    with pytest.raises(services.VoucherLocked) as other:
        counter.lock(code, hold=TILL_2)
    assert other.value.facts == {"voucher": code, "till": "till-1", "minutes": 15}
    with pytest.raises(services.VoucherLocked):
        counter.pay(code, 30_000, hold=TILL_2)
    with pytest.raises(services.VoucherLocked):  # nor is it free for somebody who holds nothing
        counter.pay(code, 30_000)
    assert counter.moves(code) == [("issued", "outstanding", 30_000), ("outstanding", "locked", 30_000)]


def test_the_till_that_holds_it_pays_with_it(counter: Counter) -> None:
    code = counter.issue()
    counter.lock(code)
    counter.pay(code, 25_000, hold=TILL_1)
    assert counter.moves(code)[1:] == [
        ("outstanding", "locked", 30_000),
        ("locked", "redeemed", 25_000),
        ("locked", "forfeited", 5_000),
    ]
    kept = counter.voucher(code)
    assert (kept.status, kept.remaining, kept.uses, kept.entries, kept.lock_till) == ("used", 0, 1, 4, None)


def test_the_same_till_and_sale_hold_on_for_longer(counter: Counter) -> None:
    code = counter.issue()
    counter.lock(code)
    counter.later(minutes=10)
    [held] = counter.lock(code)
    assert held.until == counter.now.replace(minute=25)
    assert len(counter.moves(code)) == 2  # nothing moved
    with pytest.raises(services.VoucherLocked):  # another sale of the same till is somebody else
        counter.lock(code, hold=Hold("till-1", "sale-9"))


def test_a_hold_ends_by_itself(counter: Counter) -> None:
    code = counter.issue()
    counter.lock(code)
    counter.later(minutes=15)
    counter.lock(code, hold=TILL_2)
    assert counter.moves(code)[2:] == [("locked", "outstanding", 30_000), ("outstanding", "locked", 30_000)]
    with pytest.raises(services.VoucherLocked):
        counter.pay(code, 30_000, hold=TILL_1)
    counter.later(minutes=15)
    counter.pay(code, 30_000)  # nobody let go, and it is free
    assert counter.moves(code)[-1] == ("locked", "redeemed", 30_000)


def test_a_till_lets_go_of_its_own_only(counter: Counter) -> None:
    one, other = counter.issue(), counter.issue()
    counter.lock(one)
    counter.lock(other, hold=TILL_2)
    assert counter.release(one, other) == [one]
    assert counter.voucher(one).state == "outstanding"
    assert counter.voucher(other).state == "locked"
    assert counter.release(one) == []
    counter.lock(one, hold=TILL_2)


def test_several_are_held_together_or_not_at_all(counter: Counter) -> None:
    one, other = counter.issue(), counter.issue()
    counter.lock(other, hold=TILL_2)
    with pytest.raises(services.VoucherLocked):
        counter.lock(one, other)
    assert counter.voucher(one).state == "outstanding"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"hold": Hold("", "sale")}, Invalid),
        ({"hold": Hold("till", "")}, Invalid),
        ({"member_id": 99}, services.VoucherOfOtherMember),
    ],
)
def test_what_cannot_be_held_is_refused(counter: Counter, change: dict[str, Any], refusal: type[Refusal]) -> None:
    code = counter.issue()
    with pytest.raises(refusal):
        counter.lock(code, **change)
    with pytest.raises(NotFound):
        counter.lock("222")
    assert counter.voucher(code).state == "outstanding"


def test_a_discount_coupon_has_no_value(counter: Counter) -> None:
    with pytest.raises(Invalid):
        counter.issue(1, kind="discount")


def test_a_coupon_that_was_given_a_value_once_pays_nothing(counter: Counter) -> None:
    """Its rule took off what it is good for: who bears that would pay a second time."""
    code = counter.issue()
    counter.session.execute(update(Voucher).values(kind="discount"))
    with pytest.raises(services.VoucherTooSmall):
        counter.pay(code, 1)
    counter.pay(code, 0)
    assert counter.moves(code)[1:] == [("outstanding", "redeemed", 0), ("outstanding", "forfeited", 30_000)]
    assert counter.voucher(code).status == "used"
    assert counter.differences() == []


def test_a_voucher_without_a_value_moves_as_a_whole(counter: Counter) -> None:
    code = counter.issue(0, kind="discount")
    counter.lock(code)
    assert counter.voucher(code).status == "active"
    counter.release(code)
    counter.lock(code)
    receipt = counter.pay(code, 0, hold=TILL_1)
    assert counter.voucher(code).status == "used"
    with pytest.raises(services.VoucherUsed):
        counter.pay(code, 0)
    counter.restore(receipt, (code, 0))
    assert counter.voucher(code).status == "active"
    with pytest.raises(services.RestoreTooMuch):
        counter.restore(receipt, (code, 0))


# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_bearer_voucher_is_anybodys_and_stays_so(counter: Counter) -> None:
    code = counter.issue(member_id=None, binding="bearer")
    counter.pay(code, 30_000, member_id=counter.member)
    assert counter.voucher(code).member_id is None


def test_a_voucher_for_first_use_becomes_the_members_who_uses_it(counter: Counter) -> None:
    code = counter.issue(member_id=None, binding="first_use")
    with pytest.raises(services.VoucherNeedsMember):
        counter.pay(code, 10_000)
    receipt = counter.pay(code, 10_000, member_id=counter.member)
    assert counter.voucher(code).member_id == counter.member
    counter.restore(receipt, (code, 10_000))
    with pytest.raises(services.VoucherOfOtherMember):
        counter.pay(code, 10_000, member_id=counter.shop.member("2"))


def test_a_voucher_is_not_good_before_its_first_day(counter: Counter) -> None:
    code = counter.issue(valid_from=counter.day.replace(day=6))
    with pytest.raises(services.VoucherNotYet):
        counter.pay(code, 30_000)
    counter.later(days=2)
    counter.pay(code, 30_000)


def test_a_members_voucher_needs_her(counter: Counter) -> None:
    """Who found the code has not got the voucher: it is held, paid with and handed out for the member alone."""
    code, gift = counter.issue(), counter.issue(0, kind="gift")
    for use in (
        lambda: counter.lock(code, member_id=None),
        lambda: counter.pay(code, 30_000, member_id=None),
        lambda: hand_over(counter, gift, member_id=None),
    ):
        with pytest.raises(services.VoucherNeedsMember):
            use()
    assert {counter.voucher(each).status for each in (code, gift)} == {"active"}
    first = counter.issue(member_id=None, binding="first_use")
    receipt = counter.pay(first, 10_000, member_id=counter.member)
    counter.restore(receipt, (first, 10_000))  # hers by now
    with pytest.raises(services.VoucherNeedsMember):
        counter.pay(first, 10_000, member_id=None)


@pytest.mark.parametrize("wrong", [{"member_id": None}, {"binding": "bearer"}, {"binding": "first_use"}])
def test_a_voucher_is_a_members_or_says_that_it_is_nobodys(counter: Counter, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        counter.issue(**wrong)


# -- gifts and parking ------------------------------------------------------------------------------------------------


def hand_over(counter: Counter, code: str, ref: str = "絲巾 X-1", **more: Any) -> services.Redeemed:
    facts: dict[str, Any] = {"store_id": counter.shop.store_id, "day": counter.day, "now": counter.now, "by": "cashier"}
    facts["member_id"] = counter.holder(code)
    return services.hand_over(counter.session, code=code, ref=ref, **(facts | more))


def test_a_gift_is_handed_over_once_with_its_article(counter: Counter) -> None:
    code = counter.issue(12_000, kind="gift", title="絲巾")
    assert hand_over(counter, code).amount == 12_000
    assert counter.moves(code)[-1] == ("outstanding", "redeemed", 12_000)
    with pytest.raises(services.VoucherUsed):
        hand_over(counter, code)


def test_what_pays_is_not_handed_over_and_nothing_without_a_reference(counter: Counter) -> None:
    with pytest.raises(services.WrongVoucherKind):
        hand_over(counter, counter.issue())
    code = counter.issue(kind="parking")
    with pytest.raises(services.ReferenceNeeded):
        hand_over(counter, code, ref=" ")
    counter.lock(code, hold=TILL_2)
    with pytest.raises(services.VoucherLocked):
        hand_over(counter, code, ref="P-88")
