"""Points of a family that is spent together, where the brand lets families do so and each one agreed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from addons.membership import services as membership
from addons.membership.models import Member
from addons.points import queries, services
from addons.points.models import Account, Entry, Hold, Lot, Transfer
from addons.points.tests.book import TODAY, assert_sound, earn, reverse, spend, states
from addons.points.tests.pooled import agree, family, pool, relatives
from addons.vouchers.models import Voucher
from addons.vouchers.tests.shop import NOON, Shop
from core.db.scope import Scope, acting
from core.errors import Invalid
from core.settings import change
from rules.decide import Program
from rules.trace import EffectFired


@pytest.fixture
def shop_(everywhere: Shop) -> Shop:
    pool(everywhere)
    return everywhere


def balance(shop: Shop, member: int) -> int:
    account = shop.session.get(Account, member, populate_existing=True)
    return 0 if account is None else account.balance


def hold(shop: Shop, member: int, points: int, **more: Any) -> services.Kept:
    facts: dict[str, Any] = {"store_id": shop.store_id, "by": "till", "now": NOON} | more
    return services.hold(shop.session, member_id=member, points=points, **facts)


def has(shop: Shop, member: int) -> int | None:
    state = queries.family_has(shop.session, member, TODAY)
    return None if state is None else state.balance


def transfers(shop: Shop) -> list[tuple[int, str, str, int, str]]:
    wanted = select(Entry).where(Entry.kind == "transfer").order_by(Entry.id)
    return [(e.member_id, e.from_state, e.to_state, e.points, e.ref) for e in shop.session.scalars(wanted)]


def test_a_gift_takes_ones_own_points_and_then_those_of_the_family(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 100)
    earn(shop_, two, 300)
    assert (has(shop_, one), has(shop_, two)) == (400, 400)
    assert spend(shop_, one, 250)[-1].balance_after == 0
    assert (balance(shop_, one), balance(shop_, two)) == (0, 150)
    assert transfers(shop_) == [
        (two, "available", "transferred", 150, f"drawn:{one}"),
        (one, "transferred", "available", 150, f"drawn:{two}"),
    ]
    assert states(shop_.session) == {"available": 150, "issued": -400, "redeemed": 250}
    assert_sound(shop_.session)


def listed(shop: Shop) -> list[tuple[int, int, int, str | None]]:
    return [
        (t.from_id, t.into_id, t.points, t.kind) for t in shop.session.scalars(select(Transfer).order_by(Transfer.id))
    ]


def test_the_list_of_points_within_families_shows_whose_points_were_spent_and_what_came_back(shop_: Shop) -> None:
    one, two, three = relatives(shop_, 3)
    for number, (member, points) in enumerate(((one, 100), (two, 300), (two, 50), (three, 10)), 1):
        earn(shop_, member, points, receipt_id=number)
    spend(shop_, one, 150)
    assert listed(shop_) == [(two, one, 50, "drawn")]
    kept = hold(shop_, one, 310)  # out of three lots of two members
    services.spend_held(shop_.session, hold_id=kept.hold_id, points=250, reason="gift", now=NOON)
    assert listed(shop_)[1:] == [
        (two, one, 300, "drawn"),
        (three, one, 10, "drawn"),
        (one, two, 50, "back"),
        (one, three, 10, "back"),
    ]
    assert_sound(shop_.session)


def test_what_is_spent_together_does_not_use_up_what_may_be_given_away(shop_: Shop) -> None:
    """Each agreed to it, and nothing of it stays with whoever spends: that is no gift."""
    one, two = relatives(shop_)
    change(shop_.session, name="points.family_transfers", to=True, by="t", reason="t", now=NOON)
    earn(shop_, two, 7000)
    spend(shop_, one, 3000)
    gives: dict[str, Any] = {"from_id": two, "into_id": one, "store_id": shop_.store_id, "by": "one", "now": NOON}
    assert services.transfer(shop_.session, points=3000, **gives).left == 1000
    with pytest.raises(services.TransferTooLarge):
        services.transfer(shop_.session, points=1, **gives)
    assert listed(shop_) == [(two, one, 3000, "drawn"), (two, one, 3000, None)]


def test_what_is_enough_is_ones_own(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 100)
    earn(shop_, two, 300, day=date(2025, 1, 5))  # would expire first
    spend(shop_, one, 100)
    assert (balance(shop_, one), balance(shop_, two), transfers(shop_)) == (0, 300, [])


def test_of_the_others_what_expires_first_goes_first(shop_: Shop) -> None:
    one, two, three = relatives(shop_, 3)
    earn(shop_, two, 100, day=date(2026, 3, 1), receipt_id=1)
    earn(shop_, three, 100, day=date(2026, 2, 1), receipt_id=2)
    earn(shop_, two, 100, day=date(2026, 1, 1), receipt_id=3)
    kept = hold(shop_, one, 150)
    lots = shop_.session.scalars(select(Lot).where(Lot.member_id == one).order_by(Lot.id)).all()
    assert [(lot.reserved, lot.expires_on) for lot in lots] == [(100, date(2028, 1, 1)), (50, date(2028, 2, 1))]
    services.spend_held(shop_.session, hold_id=kept.hold_id, reason="gift", now=NOON)
    assert (balance(shop_, two), balance(shop_, three)) == (100, 50)
    assert_sound(shop_.session)


def test_never_more_than_the_family_has(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 100)
    earn(shop_, two, 300)
    for ask in (spend, hold):
        with pytest.raises(services.InsufficientPoints) as refused:
            ask(shop_, one, 401)
        assert refused.value.facts == {"wanted": 401, "balance": 400}
    assert (balance(shop_, one), balance(shop_, two), transfers(shop_)) == (100, 300, [])


def test_nothing_is_shared_until_the_brand_says_so_and_both_agree(shop_: Shop) -> None:
    one, two = relatives(shop_)
    stranger, shy = shop_.member("3"), shop_.member("4", family_id=shop_.session.get_one(Member, one).family_id)
    for member in (two, stranger, shy):
        earn(shop_, member, 300, receipt_id=member)
    assert (has(shop_, one), has(shop_, stranger), has(shop_, shy)) == (300, None, None)
    pool(shop_, on=False)
    assert has(shop_, one) is None
    with pytest.raises(services.InsufficientPoints):
        spend(shop_, one, 10)
    pool(shop_)
    for member in (one, two):
        agree(shop_, member, given=False)
        with pytest.raises(services.InsufficientPoints):
            spend(shop_, one, 10)
        agree(shop_, member)
    spend(shop_, one, 10)
    assert (balance(shop_, two), balance(shop_, stranger), balance(shop_, shy)) == (290, 300, 300)


def test_who_owes_points_pays_them_herself(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 100)
    spend(shop_, one, 100)
    reverse(shop_, one, 100)
    earn(shop_, two, 300, receipt_id=8)
    assert (balance(shop_, one), has(shop_, one), has(shop_, two)) == (-100, -100, 300)
    with pytest.raises(services.InsufficientPoints) as refused:
        spend(shop_, one, 10)
    assert refused.value.facts == {"wanted": 10, "balance": -100}
    spend(shop_, two, 300)
    assert_sound(shop_.session)


def test_what_is_let_go_goes_back_to_whose_it_was(shop_: Shop) -> None:
    one, two, three = relatives(shop_, 3)
    earn(shop_, one, 50)
    earn(shop_, two, 100, receipt_id=8, day=date(2026, 1, 5))
    earn(shop_, three, 100, receipt_id=9)
    kept = hold(shop_, one, 200)
    assert (balance(shop_, one), balance(shop_, two), balance(shop_, three)) == (0, 0, 50)
    assert services.release(shop_.session, hold_id=kept.hold_id, now=NOON) == 50
    assert (balance(shop_, one), balance(shop_, two), balance(shop_, three)) == (50, 100, 100)
    lots = queries.open_lots(shop_.session, two)
    assert [(lot.remaining, lot.source, lot.expires_on) for lot in lots] == [(100, "purchase", date(2028, 1, 5))]
    # Whose it was may hold them in turn: then they are her own.
    again = hold(shop_, two, 100)
    services.release(shop_.session, hold_id=again.hold_id, now=NOON)
    assert (balance(shop_, one), balance(shop_, two)) == (50, 100)
    assert_sound(shop_.session)


def test_what_is_held_and_not_spent_goes_back_too(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 50)
    earn(shop_, two, 100, receipt_id=8)
    kept = hold(shop_, one, 120)
    done = services.spend_held(shop_.session, hold_id=kept.hold_id, points=60, reason="gift", now=NOON)
    assert done == services.SpentHeld(60, 60, 0)
    assert (balance(shop_, one), balance(shop_, two)) == (0, 90)
    assert_sound(shop_.session)


def test_what_is_held_too_long_goes_back_by_itself_or_to_whoever_needs_it(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, two, 100)
    hold(shop_, one, 80)
    later = NOON + timedelta(minutes=16)
    assert spend(shop_, two, 90, now=later)[-1].balance_after == 10
    hold(shop_, one, 10)
    assert services.release_overdue(shop_.session, now=later) == 1
    assert (balance(shop_, one), balance(shop_, two)) == (0, 10)
    assert_sound(shop_.session)


def test_leaving_the_family_ends_it_and_what_is_held_still_comes_back(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, two, 100)
    kept = hold(shop_, one, 40)
    membership.leave_family(shop_.session, member_id=two, by="one", now=NOON)
    assert (has(shop_, one), has(shop_, two)) == (None, None)
    with pytest.raises(services.InsufficientPoints):
        spend(shop_, one, 10)
    services.release(shop_.session, hold_id=kept.hold_id, now=NOON)
    assert (balance(shop_, one), balance(shop_, two)) == (0, 100)
    # Coming back is not agreeing again.
    membership.set_family(shop_.session, store_id=shop_.store_id, name="", member_ids=[one, two], by="one", now=NOON)
    assert has(shop_, one) is None
    agree(shop_, two)
    assert has(shop_, one) == 100
    assert_sound(shop_.session)


def test_points_in_a_hold_lend_nobody_a_family(shop_: Shop) -> None:
    """Her account is locked for what may go back to it; what else is in it is hers alone since she said no."""
    one, two = relatives(shop_)
    earn(shop_, two, 300)
    hold(shop_, one, 100)
    agree(shop_, two, given=False)
    with pytest.raises(services.InsufficientPoints):
        spend(shop_, one, 150)
    assert balance(shop_, two) == 200


def test_nobody_agrees_to_share_with_a_family_she_has_not_got(shop_: Shop) -> None:
    alone = shop_.member("9")
    asked = {"member_id": alone, "purpose": "family_points", "wording": "v1", "by": "one", "now": NOON}
    with pytest.raises(Invalid):
        membership.record_consent(shop_.session, given=True, **asked)  # type: ignore[arg-type]
    membership.record_consent(shop_.session, given=False, **asked)  # type: ignore[arg-type]


def test_an_erased_member_shares_nothing_and_gets_nothing_back(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, two, 100)
    kept = hold(shop_, one, 40)
    membership.erase_member(shop_.session, member_id=two, reason="asked", by="one", now=NOON)
    assert has(shop_, one) is None
    assert services.release(shop_.session, hold_id=kept.hold_id, now=NOON) == 40  # nobody is there to get them
    assert (balance(shop_, one), balance(shop_, two)) == (40, 60)
    assert_sound(shop_.session)


def merge(shop: Shop, source: int, into: int) -> None:
    membership.merge_members(shop.session, from_id=source, into_id=into, reason="one person", by="one", now=NOON)


def test_what_was_drawn_from_a_file_goes_back_to_the_file_it_became(shop_: Shop) -> None:
    one, two, other = *relatives(shop_), shop_.member("7")
    earn(shop_, two, 100)
    kept = hold(shop_, one, 40)
    merge(shop_, two, other)
    assert has(shop_, one) == 60  # the file that stays took over family and answer
    services.release(shop_.session, hold_id=kept.hold_id, now=NOON)
    assert (balance(shop_, one), balance(shop_, two), balance(shop_, other)) == (0, 0, 100)
    assert_sound(shop_.session)


def test_a_file_that_goes_lets_go_what_it_drew(shop_: Shop) -> None:
    one, two, other = *relatives(shop_), shop_.member("7")
    earn(shop_, two, 100)
    hold(shop_, one, 40)
    merge(shop_, one, other)
    assert (balance(shop_, one), balance(shop_, two), balance(shop_, other)) == (0, 100, 0)
    assert_sound(shop_.session)


def test_who_drew_and_whose_it_was_may_turn_out_to_be_one(shop_: Shop) -> None:
    one, two = relatives(shop_)
    earn(shop_, two, 100)
    kept = hold(shop_, one, 40)
    merge(shop_, two, one)
    assert services.release(shop_.session, hold_id=kept.hold_id, now=NOON) == 100
    assert has(shop_, one) is None
    assert_sound(shop_.session)


def test_an_answer_to_another_family_does_not_come_with_a_merged_file(shop_: Shop) -> None:
    one, two = relatives(shop_)
    elsewhere = shop_.member("5", family_id=family(shop_, "李家"))
    agree(shop_, elsewhere, given=False)
    merge(shop_, elsewhere, two)
    earn(shop_, two, 100)
    assert has(shop_, one) == 100


def request(shop: Shop, member: int, **more: Any) -> list[services.Exchanged]:
    return services.request_exchange(shop.session, member_id=member, store_id=shop.store_id, now=NOON, **more)


def test_a_family_brings_purchase_points_together_for_a_voucher(shop_: Shop, program: Program) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 1000, receipt_id=1)
    earn(shop_, two, 2500, receipt_id=2)
    earn(shop_, two, 400, of_purchase=0, receipt_id=3)  # a bonus makes no voucher
    [offer] = services.exchange_offers(shop_.session, member_id=one, store_id=shop_.store_id, now=NOON)
    assert offer.most == 1
    [done] = request(shop_, one)
    assert (done.points, len(done.codes)) == (3000, 1)
    assert (balance(shop_, one), balance(shop_, two)) == (0, 900)
    [voucher] = shop_.session.scalars(select(Voucher))
    assert voucher.member_id == one
    assert_sound(shop_.session)
    with pytest.raises(services.NothingToExchange):
        request(shop_, one)


def test_nothing_of_the_family_becomes_a_voucher_by_itself(shop_: Shop, program: Program) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 1000, receipt_id=1)
    earn(shop_, two, 2500, receipt_id=2)
    candidate = services.Candidate(one, shop_.brand_id, shop_.store_id, 3500, TODAY, NOON)
    params = {"points": 3000, "times": 1, "voucher_kind": "cash", "voucher_value": 30000}
    effect = EffectFired(effect="points.exchange", rule="r", params=params)
    assert services.exchange_many(shop_.session, [candidate], lambda _: [effect]) == []
    assert (balance(shop_, one), balance(shop_, two)) == (1000, 2500)


def test_goods_that_come_back_undo_the_voucher_and_each_has_her_points_again(shop_: Shop, program: Program) -> None:
    one, two = relatives(shop_)
    earn(shop_, one, 1000, receipt_id=1)
    earn(shop_, two, 2500, receipt_id=2)
    request(shop_, one)
    asked = {"member_id": one, "receipt_id": 1, "points": 1000, "store_id": shop_.store_id}
    codes = services.undo_exchanges(shop_.session, **asked, day=TODAY, now=NOON)
    assert len(codes) == 1
    assert (balance(shop_, one), balance(shop_, two)) == (1000, 2500)
    assert reverse(shop_, one, 1000, receipt=1) == services.Reversed(1000, 0, 0, 0)
    assert_sound(shop_.session)


def test_any_store_of_the_brand_may_let_a_family_spend(shop_: Shop) -> None:
    shop = shop_
    one, two = relatives(shop)
    earn(shop, two, 100)
    only_second = frozenset({shop.stores[1]})
    with acting(Scope(reads=only_second, writes=only_second)):
        spend(shop, one, 30, store_id=shop.stores[1])
        kept = hold(shop, one, 40, store_id=shop.stores[1])
        services.release(shop.session, hold_id=kept.hold_id, now=NOON)
    assert balance(shop, two) == 70
    assert {lot.store_id for lot in shop.session.scalars(select(Lot))} == {shop.stores[0]}
    assert shop.session.get_one(Hold, kept.hold_id).state == "released"
    assert_sound(shop.session)
