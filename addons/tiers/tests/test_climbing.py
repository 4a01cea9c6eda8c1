"""Who climbs, when it holds, who is close (A2, C01-C06: E23, E24, E25)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.tiers import domain, queries, services
from addons.tiers.models import Credit, TierChange
from addons.tiers.tests.buying import buy, paid, set_to, steps, tier
from addons.vouchers.tests.shop import NOON, Shop, at, open_shop
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import NotFound, OutOfScope
from rules.decide import Program

TODAY = date(2026, 5, 4)


@pytest.mark.parametrize(("second", "climbs"), [(date(2026, 7, 9), True), (date(2026, 7, 10), False)])
def test_e23_2000_in_january_and_1000_on_9_july_make_gold_and_on_10_july_do_not(
    everywhere: Shop, program: Program, second: date, climbs: bool
) -> None:
    shop = everywhere
    member = shop.member()
    assert buy(shop, program, member, 2000, date(2026, 1, 10)) == []
    changes = buy(shop, program, member, 1000, second)
    assert steps(changes) == ([("ordinary", "gold")] if climbs else [])
    assert queries.credit_half_year(shop.session, member, second) == (300_000 if climbs else 100_000)


def test_e24_a_receipt_of_8200_makes_gold_now_and_diamond_at_the_next_evaluation(shop: Shop, program: Program) -> None:
    member = shop.member()
    [gold] = buy(shop, program, member, 8200, TODAY)
    assert (gold.tier_before, gold.tier_after, gold.rule) == ("ordinary", "gold", "gold-by-spend")
    assert (gold.conversion_due, gold.converted) == (TODAY + timedelta(days=14), False)
    assert {effect.effect for effect in gold.effects} == {"task.create", "message.send"}
    assert tier(shop, member) == "ordinary"  # until the card is converted (C06)
    night = TODAY + timedelta(days=1)
    assert steps(services.evaluate(shop.session, member, night, at(night), program)) == [("gold", "diamond")]
    assert services.evaluate(shop.session, member, night, at(night), program) == []
    reasons = shop.session.scalars(select(TierChange.reason).order_by(TierChange.id)).all()
    assert reasons == ["purchase", "review"]


def test_the_second_step_comes_with_the_next_purchase_too(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 8200, TODAY)
    assert steps(buy(shop, program, member, 1, TODAY)) == [("gold", "diamond")]


def test_two_receipts_of_one_member_in_a_batch_are_two_evaluations(shop: Shop, program: Program) -> None:
    member = shop.member()
    twice = [services.Standing(member, shop.store_id, "ordinary", 820_000)] * 3
    changes = services.evaluate_many(shop.session, twice, TODAY, NOON, program)
    assert steps(changes) == [("ordinary", "gold"), ("gold", "diamond")]


def test_two_steps_at_once_where_headquarters_allows_them(shop: Shop, program: Program) -> None:
    set_to(shop, "tiers.steps_per_evaluation", 2)
    assert steps(buy(shop, program, shop.member(), 8200, TODAY)) == [("ordinary", "gold"), ("gold", "diamond")]


def test_e25_double_points_do_not_make_gold(shop: Shop, program: Program) -> None:
    member = shop.member()
    assert buy(shop, program, member, 1500, TODAY, points=3000) == []
    assert queries.credit_many(shop.session, [member], TODAY)[member] == queries.HalfYear(150_000, 3000)


def test_one_fen_short_stays_ordinary(shop: Shop, program: Program) -> None:
    member = shop.member()
    paid(shop, member, 299_999, TODAY)
    assert services.evaluate(shop.session, member, TODAY, NOON, program) == []


def test_a_tier_holds_once_the_card_is_converted(shop: Shop, program: Program) -> None:
    member = shop.member()
    buy(shop, program, member, 3000, TODAY)
    assert services.confirm_conversion(shop.session, member_id=member, now=NOON) == services.Converted(member, "gold")
    assert tier(shop, member) == "gold"
    change = shop.session.scalars(select(TierChange)).one()
    assert (change.converted_by, change.converted_at) == ("card", NOON)
    with pytest.raises(services.NoUpgradeWaits):
        services.confirm_conversion(shop.session, member_id=member, now=NOON)


def test_after_fourteen_days_a_tier_holds_by_itself(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    member, other = shop.member("1"), shop.member("2")
    buy(shop, program, member, 8200, TODAY)
    buy(shop, program, other, 3000, TODAY + timedelta(days=5))
    buy(shop, program, member, 1, TODAY + timedelta(days=10))  # diamond, due later: both hold with the first
    before, due = TODAY + timedelta(days=13), TODAY + timedelta(days=14)
    assert services.convert_due(shop.session, day=before, now=at(before)) == []
    assert services.convert_due(shop.session, day=due, now=at(due)) == [services.Converted(member, "diamond")]
    assert (tier(shop, member), tier(shop, other)) == ("diamond", "ordinary")
    assert services.convert_due(shop.session, day=due, now=at(due)) == []


def test_a_tier_holds_at_once_where_headquarters_says_so(shop: Shop, program: Program) -> None:
    set_to(shop, "tiers.activation", "at_once")
    member = shop.member()
    [change] = buy(shop, program, member, 3000, TODAY)
    assert change.converted
    assert tier(shop, member) == "gold"


def test_nobody_is_lowered(shop: Shop, program: Program) -> None:
    member = shop.member(tier="diamond")
    later = date(2028, 1, 1)
    assert services.evaluate(shop.session, member, later, at(later), program) == []
    assert tier(shop, member) == "diamond"


def test_somebody_without_a_card_does_not_climb(shop: Shop, program: Program) -> None:
    member = shop.member(tier="")
    assert buy(shop, program, member, 9000, TODAY) == []


def test_who_is_close_is_listed_with_what_is_missing_and_until_when(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    close, far, gold, there = (shop.member(str(n)) for n in range(1, 5))
    buy(shop, program, close, 2800, date(2026, 1, 10))
    buy(shop, program, close, 60, TODAY)
    buy(shop, program, far, 2499, TODAY)
    buy(shop, program, gold, 7600, TODAY)  # waits for its card, and is close to diamond already
    buy(shop, program, there, 3000, TODAY)
    found = services.near_upgrade(shop.session, TODAY, 50_000, program, brand_id=shop.brand_id)
    assert [(n.member_id, n.tier, n.to, n.missing, n.last_day, n.days_left) for n in found] == [
        (close, "ordinary", "gold", 14_000, date(2026, 7, 9), 66),
        (gold, "gold", "diamond", 40_000, date(2026, 11, 3), 183),
    ]


def test_the_list_of_who_is_close_shows_only_members_of_ones_own_stores(shop: Shop, program: Program) -> None:
    mine, theirs = shop.member("1"), shop.member("2", store_id=shop.stores[1])
    for member in (mine, theirs):
        buy(shop, program, member, 2900, TODAY)
    first = frozenset({shop.stores[0]})
    with acting(Scope(reads=first, writes=first)):
        assert [
            n.member_id for n in services.near_upgrade(shop.session, TODAY, 50_000, program, brand_id=shop.brand_id)
        ] == [mine]
    everybody = services.near_upgrade(shop.session, TODAY, 50_000, program, brand_id=shop.brand_id)
    assert [n.member_id for n in everybody] == [mine, theirs]


def test_the_ladder_is_read_from_the_rules(program: Program) -> None:
    assert domain.ladder(program.book, TODAY) == [
        domain.Step("gold-by-spend", "ordinary", "gold", "credit", 300_000),
        domain.Step("diamond-by-spend", "gold", "diamond", "credit", 800_000),
    ]


def test_the_top_list_is_by_net_spend_and_who_was_first(shop: Shop, program: Program) -> None:
    one, two, three = (shop.member(str(n)) for n in range(1, 4))
    for member, yuan, day in (
        (one, 500, date(2026, 3, 1)),
        (two, 500, date(2026, 2, 1)),
        (three, 900, date(2025, 12, 31)),  # last year
        (three, 100, date(2026, 1, 1)),
    ):
        buy(shop, program, member, yuan, day)
    found = queries.leaders(shop.session, shop.brand_id, date(2026, 11, 30))
    assert [(leader.member_id, leader.spend) for leader in found] == [(two, 50_000), (one, 50_000), (three, 10_000)]
    assert queries.leaders(shop.session, shop.brand_id, TODAY, store_id=shop.stores[1]) == []


def test_credit_is_never_changed_or_removed(shop: Shop, program: Program) -> None:
    buy(shop, program, shop.member(), 10, TODAY)
    for wrong in ("UPDATE tiers_credit SET amount = 1", "DELETE FROM tiers_credit"):
        with pytest.raises(IntegrityError, match="append"), shop.session.begin_nested():
            shop.session.execute(text(wrong))


def test_other_peoples_stores_and_members_are_refused(shop: Shop, program: Program) -> None:
    member = shop.member()
    second = frozenset({shop.stores[1]})
    with acting(Scope(reads=second, writes=second)):
        with pytest.raises(OutOfScope):
            buy(shop, program, member, 1, TODAY)
        with pytest.raises(NotFound):
            services.evaluate(shop.session, member, TODAY, NOON, program)
        with pytest.raises(NotFound):
            services.confirm_conversion(shop.session, member_id=member, now=NOON)


def test_merged_members_add_up_and_the_higher_tier_holds(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    one, other = shop.member("1", tier="gold"), shop.member("2")
    buy(shop, program, one, 1000, date(2026, 1, 10))
    buy(shop, program, other, 2500, TODAY)
    services.PERSON.merge(shop.session, one, other, NOON)
    assert queries.credit_half_year(shop.session, one, TODAY) == 0
    assert queries.credit_half_year(shop.session, other, TODAY) == 350_000
    assert queries.credit_half_year(shop.session, other, date(2026, 7, 10)) == 250_000
    assert tier(shop, other) == "gold"
    kinds = shop.session.scalars(select(Credit.kind).order_by(Credit.id)).all()
    assert kinds == ["purchase", "purchase", "merge", "merge"]


def test_eight_tills_raise_a_member_once(every_database: Engine, program: Program) -> None:
    """Eight evaluations at once of 3,000 yuan make one step to gold.

    Without the lock and the second look (`_still_true`) all eight read "ordinary, nothing waits" on PostgreSQL before
    the first one commits, and each writes a step of its own.
    """
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        services.credit_many(session, [services.Credit(member, shop.store_id, 1, TODAY, 300_000, NOON)])

    def climb(attempt: int) -> int:
        def command(session: Session) -> dict[str, object]:
            standing = services.Standing(member, shop.store_id, "ordinary", 300_000)
            return {"steps": len(services.evaluate_many(session, [standing], TODAY, NOON, program))}

        with system_scope("test"):
            answer = post(Operation("test.climb", f"climb-{attempt}", {"n": attempt}), command).answer
        return int(answer["steps"])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(climb, range(24))) == 1
    with system_scope("test"), work() as session:
        assert len(session.scalars(select(TierChange)).all()) == 1


@pytest.mark.parametrize("window", ["rolling", "calendar_half", "card_issue"])
@pytest.mark.parametrize("resets", [False, True])
def test_a_purchase_that_leads_nowhere_takes_three_statements(
    everywhere: Shop, program: Program, window: str, resets: bool
) -> None:
    """The entry, what counts now, and whether a card waits: whatever the settings are."""
    shop = everywhere
    set_to(shop, "tiers.window", window)
    set_to(shop, "tiers.window_reset_on_upgrade", resets)
    member = shop.member()
    buy(shop, program, member, 10, TODAY)  # settings and stores are known from now on
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement.split(maxsplit=1)[0])

    engine = shop.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    credit = services.Credit(member, shop.store_id, 900_001, TODAY, 1000, at(TODAY), 10)
    services.credit_many(shop.session, [credit])
    counts = queries.credit_many(shop.session, [member], TODAY)[member]
    standing = services.Standing(member, shop.store_id, "ordinary", *counts)
    assert services.evaluate_many(shop.session, [standing], TODAY, at(TODAY), program) == []
    event.remove(engine, "before_cursor_execute", note)
    assert seen == ["INSERT", "SELECT", "SELECT"]
