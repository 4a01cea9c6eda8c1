"""Returns after a step: what was climbed by credit that is no longer there (rules.md 4, C05)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.tiers import queries, services
from addons.tiers.models import Credit, Grant, TierChange
from addons.tiers.services import TierChanged, Uncredit
from addons.tiers.tests.buying import buy, paid, set_to, tier
from addons.vouchers.tests.shop import Shop, at
from core.db.scope import Scope, acting
from core.errors import NotFound, OutOfScope
from rules.decide import Program

SOLD, BACK = date(2026, 5, 4), date(2026, 5, 20)


def give_back(
    shop: Shop, program: Program, member: int, yuan: int, *, keep: bool = False, receipt: int = 0
) -> TierChanged | None:
    """Bring goods back, as a return at the counter does."""
    back = [Uncredit(member, shop.store_id, receipt or newest(shop, member), SOLD, yuan * 100, 0)]
    told = queries.shortfall(shop.session, member, returns=back, day=BACK, now=at(BACK), program=program, keep=keep)
    services.uncredit(shop.session, returns=back, now=at(BACK))
    changed = services.reassess(
        shop.session, member_id=member, store_id=shop.store_id, day=BACK, now=at(BACK), program=program, keep=keep
    )
    assert (changed is None) == (told is None or told.kept)
    if changed is not None and told is not None:
        assert (told.tier_before, told.tier_after) == (changed.tier_before, changed.tier_after)
    return changed


def newest(shop: Shop, member: int) -> int:
    found = select(Credit.receipt_id).where(Credit.member_id == member).order_by(Credit.id.desc())
    return shop.session.scalars(found).first() or 0


def convert(shop: Shop, member: int, day: date = SOLD) -> None:
    services.confirm_conversion(shop.session, member_id=member, now=at(day))


def history(shop: Shop) -> list[tuple[str, str, str, bool]]:
    """What happened to the tier: reason, from, to, withdrawn."""
    shop.session.expire_all()
    rows = shop.session.scalars(select(TierChange).order_by(TierChange.id))
    return [(row.reason, row.tier_before, row.tier_after, row.withdrawn_at is not None) for row in rows]


def waits(shop: Shop, member: int) -> str | None:
    return queries.waiting_many(shop.session, [member]).get(member)


@pytest.mark.parametrize("keep", [True, False])
def test_an_upgrade_that_waits_for_its_card_is_cancelled_in_any_case(
    everywhere: Shop, program: Program, keep: bool
) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    changed = give_back(shop, program, member, 1, keep=keep)
    assert changed is not None
    assert (changed.tier_before, changed.tier_after, changed.converted) == ("gold", "ordinary", False)
    assert waits(shop, member) is None
    assert tier(shop, member) == "ordinary"
    assert history(shop) == [("purchase", "ordinary", "gold", True)]
    due = SOLD + timedelta(days=30)
    assert services.convert_due(shop.session, day=due, now=at(due)) == []
    with pytest.raises(services.NoUpgradeWaits):
        convert(shop, member)


def test_a_tier_that_holds_is_kept_where_headquarters_keeps_it(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    convert(shop, member)
    assert give_back(shop, program, member, 3000, keep=True) is None
    assert tier(shop, member) == "gold"
    assert history(shop) == [("purchase", "ordinary", "gold", False)]


def test_a_tier_that_holds_steps_down_where_headquarters_takes_it_back(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    convert(shop, member)
    changed = give_back(shop, program, member, 500)
    assert changed is not None
    assert (changed.tier_before, changed.tier_after, changed.converted) == ("gold", "ordinary", True)
    assert tier(shop, member) == "ordinary"
    assert history(shop) == [("purchase", "ordinary", "gold", True), ("return", "gold", "ordinary", False)]
    assert buy(shop, program, member, 500, BACK)[0].tier_after == "gold"  # and may climb again


def test_the_setting_says_what_is_kept(shop: Shop) -> None:
    assert queries.keeps_on_return(shop.session)
    set_to(shop, "tiers.on_return", "take_back")
    assert not queries.keeps_on_return(shop.session)


def test_what_is_left_may_be_enough(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 3500, SOLD)
    assert give_back(shop, program, member, 500) is None
    assert waits(shop, member) == "gold"
    assert give_back(shop, program, member, 1) is not None


def test_who_would_have_climbed_by_a_later_purchase_keeps_the_step(shop: Shop, program: Program) -> None:
    """3,000 make gold, 1,000 follow, and 500 of the first come back: 3,500 are enough."""
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    first = newest(shop, member)
    buy(shop, program, member, 1000, SOLD + timedelta(days=1))
    assert give_back(shop, program, member, 500, receipt=first) is None
    assert give_back(shop, program, member, 501, receipt=first) is not None


def test_a_later_purchase_stands_even_after_the_window_has_closed(shop: Shop, program: Program) -> None:
    member = shop.member()
    early = date(2025, 6, 1)
    receipt = paid(shop, member, 300_000, early)
    services.evaluate(shop.session, member, early, at(early), program)
    paid(shop, member, 100_000, early + timedelta(days=30))
    assert give_back(shop, program, member, 500, receipt=receipt) is None
    assert give_back(shop, program, member, 600, receipt=receipt) is not None


def test_goods_that_the_step_never_counted_undo_nothing(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    buy(shop, program, member, 200, SOLD + timedelta(days=2))
    assert give_back(shop, program, member, 200) is None
    assert waits(shop, member) == "gold"


def test_a_step_by_rules_that_have_changed_stands_as_long_as_nothing_came_back(shop: Shop, program: Program) -> None:
    """The rules of today are no reason to withdraw a step: only credit that came back is."""
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    set_to(shop, "tiers.window_months", 1)
    late = SOLD + timedelta(days=40)
    assert (
        services.reassess(
            shop.session, member_id=member, store_id=shop.store_id, day=late, now=at(late), program=program, keep=False
        )
        is None
    )


def test_both_steps_of_a_big_receipt_go_or_only_the_second(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, program, member, 8200, SOLD)
    services.evaluate(shop.session, member, SOLD, at(SOLD), program)
    assert waits(shop, member) == "diamond"
    one = give_back(shop, program, member, 300)
    assert one is not None
    assert (one.tier_before, one.tier_after) == ("diamond", "gold")
    assert waits(shop, member) == "gold"
    two = give_back(shop, program, member, 5000)
    assert two is not None
    assert (two.tier_before, two.tier_after) == ("gold", "ordinary")
    assert [entry[3] for entry in history(shop)] == [True, True]


def test_gold_is_kept_and_diamond_that_waits_is_cancelled(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 8200, SOLD)
    convert(shop, member)
    services.evaluate(shop.session, member, SOLD, at(SOLD), program)
    changed = give_back(shop, program, member, 8000, keep=True)
    assert changed is not None
    assert (changed.tier_before, changed.tier_after, changed.converted) == ("diamond", "gold", False)
    assert tier(shop, member) == "gold"
    assert history(shop) == [("purchase", "ordinary", "gold", False), ("review", "gold", "diamond", True)]


def test_from_diamond_that_holds_to_where_it_all_began(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 8200, SOLD)
    services.evaluate(shop.session, member, SOLD, at(SOLD), program)
    convert(shop, member)
    changed = give_back(shop, program, member, 8200)
    assert changed is not None
    assert (changed.tier_before, changed.tier_after) == ("diamond", "ordinary")
    assert history(shop)[-1] == ("return", "diamond", "ordinary", False)


def test_a_grant_holds_and_leads_back_to_what_is_left(shop: Shop, program: Program) -> None:
    """Gold was climbed, diamond was granted; gold is undone: diamond until the grant ends, ordinary afterwards."""
    member = shop.member()
    buy(shop, program, member, 3000, SOLD)
    convert(shop, member)
    end = date(2026, 8, 31)
    grant = services.request_grant(
        shop.session, member_id=member, tier="diamond", reason="star", ends_on=end, by="ann", now=at(SOLD)
    )
    services.decide_grant(shop.session, grant_id=grant, approve=True, by="bob", now=at(SOLD))
    changed = give_back(shop, program, member, 3000)
    assert changed is not None
    assert (changed.tier_after, changed.converted) == ("diamond", False)
    assert tier(shop, member) == "diamond"
    assert shop.session.get_one(Grant, grant).tier_before == "ordinary"
    after = end + timedelta(days=1)
    services.end_grants(shop.session, day=after, now=at(after))
    assert tier(shop, member) == "ordinary"


def test_the_cashier_sees_what_a_return_undoes_before_it_is_confirmed(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member = shop.member()
    buy(shop, program, member, 3200, SOLD)
    receipt = newest(shop, member)

    def told(yuan: int) -> queries.Shortfall | None:
        back = [Uncredit(member, shop.store_id, receipt, SOLD, yuan * 100, 0)]
        return queries.shortfall(shop.session, member, returns=back, day=BACK, now=at(BACK), program=program)

    assert told(200) is None
    assert told(350) == queries.Shortfall(
        member, "gold", "ordinary", kept=False, converted=False, metric="credit", reached=285_000, missing=15_000
    )
    convert(shop, member)
    kept = told(9_999)
    assert kept is not None
    assert (kept.kept, kept.converted, kept.reached, kept.missing) == (True, True, 0, 300_000)
    assert history(shop) == [("purchase", "ordinary", "gold", False)]  # nothing was written
    assert queries.creditable(shop.session, receipt) == (320_000, 3200)


def test_a_member_is_reassessed_where_one_may_write(shop: Shop, program: Program) -> None:
    member = shop.member()
    asked = {"day": BACK, "now": at(BACK), "program": program, "keep": False}
    second = frozenset({shop.stores[1]})
    with acting(Scope(reads=second, writes=second)), pytest.raises(OutOfScope):
        services.reassess(shop.session, member_id=member, store_id=shop.store_id, **asked)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.reassess(shop.session, member_id=99, store_id=shop.store_id, **asked)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_after_returns_everybody_stands_where_what_was_kept_leads(
    db_session: Session, shop: Shop, program: Program, bought: list[tuple[int, int, int]]
) -> None:
    """Buying, and bringing parts back afterwards, ends at the tier of who only bought what was kept."""
    bought = sorted((day, thousand, min(back, thousand)) for day, thousand, back in bought)
    with shop.session.begin_nested() as nested:
        set_to(shop, "tiers.activation", "at_once")
        number = 1_000 + len(shop.session.identity_map)
        one, other = shop.member(str(number)), shop.member(str(number + 1))
        receipts = []
        for day, thousand, back in bought:
            on = SOLD + timedelta(days=day)
            buy(shop, program, one, thousand * 1000, on)
            receipts.append(newest(shop, one))
            if thousand > back:
                buy(shop, program, other, (thousand - back) * 1000, on)
        last = SOLD + timedelta(days=91)
        for receipt, (_, _, back) in zip(receipts, bought, strict=True):
            taken = [Uncredit(one, shop.store_id, receipt, SOLD, back * 100_000, 0)]
            services.uncredit(shop.session, returns=taken, now=at(last))
            services.reassess(
                shop.session, member_id=one, store_id=shop.store_id, day=last, now=at(last), program=program, keep=False
            )
        for _ in range(2):  # the two steps of the nights that follow
            for member in (one, other):
                services.evaluate(shop.session, member, last, at(last), program)
        assert tier(shop, one) == tier(shop, other)
        nested.rollback()
