"""A budget of points: what a rule gives costs it fen; used up it gives none, the sale goes on; a return frees it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from addons.points import queries as points_read
from addons.points.models import Account, Entry, Lot
from addons.sales import services
from addons.sales.domain.refusals import LimitReached
from addons.sales.domain.request import SaleLine, Terms
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt, RuleUse
from addons.sales.services import limits
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from core import settings as decisions
from core.db.scope import system_scope
from core.db.session import reading, work
from core.policy.counters import Total
from core.policy.limits import Limited, UseKey, Where, points_missed
from core.policy.live import live_program
from core.policy.store import StoredDecision

#: 100 yuan are 100 points; the rule gives 200 more, which cost 20 yuan.
TRIPLE: dict[str, Any] = {
    "rule": "triple",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "limits": [{"per": "all", "period": "month", "budget": 5000}],
    "then": [{"effect": "points.multiply", "ratio": 30_000}],
}
DOUBLE: dict[str, Any] = {
    "rule": "double",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "then": [{"effect": "points.multiply", "ratio": 20_000}],
}
BUDGET_OF_5000 = {"per": "all", "period": "month", "budget": 5000}


def back(shop: Shop, sold: dict[str, Any], *lines: BackLine) -> dict[str, Any]:
    request = ReturnRequest(shop.store, sold["receipt_id"], lines, "size", cashier="amy", approved_by="boss")
    return services.take_back(request, key=f"back:{next(shop.numbers)}", now=NOON).answer


def used(shop: Shop, rule: str = "triple") -> list[tuple[int, int]]:
    return [(use.count, use.cost) for use in shop.rows(RuleUse, rule=rule)]


def lots(shop: Shop) -> list[tuple[str, int, str]]:
    return [(lot.source, lot.points, lot.rule) for lot in sorted(shop.rows(Lot), key=lambda lot: lot.id)]


def sound(shop: Shop) -> None:
    with reading() as session:
        assert list(points_read.audit(session)) == []


def test_points_cost_the_budget_of_their_rule_and_used_up_the_sale_goes_on_without_them(every_shop: Shop) -> None:
    shop = every_shop
    product, member = shop.product(10_000), shop.member()
    with book(TRIPLE):
        sold = [shop.sell(product, member_id=member) for _ in range(3)]
    assert [(each["cash"], each["points"]) for each in sold] == [(10_000, 300), (9500, 285), (9500, 95)]  # C07
    assert ["points_not_given" in each for each in sold] == [False, False, True]
    assert sold[2]["points_not_given"] == [{"rule": "triple", "points": 190}]
    assert used(shop) == [(2, 3900)]
    sound(shop)


def test_a_quote_says_what_would_not_be_given(shop: Shop) -> None:
    product, member = shop.product(10_000), shop.member()
    with book(TRIPLE | {"limits": [BUDGET_OF_5000 | {"budget": 1999}]}):
        told = shop.quote(product, member_id=member).as_plain()
        assert (told["points"], told["points_not_given"]) == (100, [{"rule": "triple", "points": 200}])
        assert shop.quote(product).as_plain()["points_not_given"] == []
    with book(TRIPLE):
        assert shop.quote(product, member_id=member).as_plain()["points_not_given"] == []


def test_the_next_best_rule_gives_what_it_gives_and_the_difference_is_told(shop: Shop) -> None:
    product, member = shop.product(10_000), shop.member()
    with book(TRIPLE | {"limits": [BUDGET_OF_5000 | {"budget": 0}]}, DOUBLE):
        sold = shop.sell(product, member_id=member)
    assert (sold["points"], sold["points_not_given"]) == (200, [{"rule": "triple", "points": 200}])
    assert lots(shop) == [("purchase", 100, ""), ("bonus", 100, "double")]


def test_who_earns_nothing_costs_nothing(shop: Shop) -> None:
    anybody = {name: value for name, value in TRIPLE.items() if name != "when"}
    with book(anybody):
        sold = shop.sell(shop.product(10_000))
    assert ("points_not_given" in sold, used(shop)) == (False, [(1, 0)])


def test_the_decision_keeps_what_was_not_given(shop: Shop) -> None:
    member = shop.member()
    with book(TRIPLE | {"limits": [BUDGET_OF_5000 | {"budget": 100}]}):
        shop.sell(shop.product(10_000), member_id=member)
        [stored] = shop.rows(StoredDecision)
        with reading() as session:
            live = live_program(session, "GB", NOON)
        event, decided = stored.given(), stored.decided()
        assert live.program.decide(event) == decided
        where = Where(shop.brand, shop.store, member, NOON.date())
        assert points_missed(Limited(live.program, live.used.limits["quote"], where, 10), event, decided) == {
            "triple": 200
        }


def test_what_comes_back_frees_the_budget_by_the_points_that_are_taken_back(every_shop: Shop) -> None:
    shop = every_shop
    one, other = shop.product(10_000), shop.product(5_000)
    with book(TRIPLE):
        sold = shop.sell(one, other, member_id=shop.member())
        assert (sold["points"], used(shop)) == (450, [(1, 3000)])
        assert back(shop, sold, BackLine(2, 1))["points"] == 150
        assert used(shop) == [(1, 2000)]
        assert back(shop, sold, BackLine(1, 1))["points"] == 300
    assert used(shop) == [(0, 0)]
    sound(shop)


def test_another_worth_counts_from_the_next_day_and_a_return_frees_what_was_taken(shop: Shop) -> None:
    product, member = shop.product(10_000), shop.member()
    with book(TRIPLE):
        sold = shop.sell(product, member_id=member)
        with work() as session:
            decisions.change(session, name="settlement.point_value", to=20, by="hq", reason="t", now=NOON)
        shop.sell(product, member_id=shop.member(), at=NOON + timedelta(days=1))
        assert used(shop) == [(1, 2000)]  # 4000 more would be more than there is
        back(shop, sold, BackLine(1, 1))
        assert used(shop) == [(0, 0)]
        shop.sell(product, member_id=shop.member(), at=NOON + timedelta(days=1))
    assert used(shop) == [(1, 4000)]


def test_two_limits_of_one_counter_count_a_sale_once(shop: Shop) -> None:
    both = [BUDGET_OF_5000, {"per": "all", "period": "month", "count": 2}]
    product = shop.product(10_000)
    with book(TRIPLE | {"limits": both}):
        sold = [shop.sell(product, member_id=shop.member()) for _ in range(3)]
        assert ([each["points"] for each in sold], used(shop)) == ([300, 300, 100], [(2, 4000)])
        back(shop, sold[0], BackLine(1, 1))
    assert used(shop) == [(1, 2000)]


def test_a_batch_gives_what_there_is(every_shop: Shop) -> None:
    shop = every_shop
    product = shop.product(10_000)
    requests = [shop.request(product, member_id=shop.member(), at=NOON, source="demo") for _ in range(4)]
    with book(TRIPLE):
        services.sell_batch(requests, [f"b{n}" for n in range(4)], NOON)
    assert sorted(receipt.points for receipt in shop.rows(Receipt)) == [100, 100, 300, 300]
    assert used(shop) == [(2, 4000)]


def test_what_was_promised_before_is_given_beyond_the_budget(shop: Shop) -> None:
    product = shop.product(10_000)
    with book(TRIPLE) as version:
        terms = Terms(version.digest, is_done=True, uses_count=False)
        for _ in range(3):
            shop.sell(product, member_id=shop.member(), terms=terms)
        assert used(shop) == [(3, 6000)]
        assert shop.sell(product, member_id=shop.member())["points"] == 100


@pytest.mark.parametrize("also", [{}, {"effect": "message.send", "template": "thanks"}])
def test_a_budget_holds_whoever_sells_at_once_and_nobody_is_refused(every_shop: Shop, also: dict[str, Any]) -> None:
    shop = every_shop
    product = shop.product(10_000)
    members = [shop.member() for _ in range(8)]

    def till(member: int) -> int:
        with system_scope("till"):
            sold = shop.sell(product, member_id=member, key=f"till:{member}")
            missed = sum(each["points"] for each in sold.get("points_not_given", ()))
            assert sold["points"] + missed == 300
            return int(sold["points"])

    then = [*TRIPLE["then"], *([also] if also else [])]
    with book(TRIPLE | {"limits": [BUDGET_OF_5000 | {"budget": 7999}], "then": then}), ThreadPoolExecutor(8) as tills:
        points = list(tills.map(till, members))
    assert (sorted(points), used(shop)) == ([100] * 5 + [300] * 3, [(3, 6000)])
    assert [receipt.cash for receipt in shop.rows(Receipt)] == [10_000] * 8
    sound(shop)


def test_a_counter_without_room_counts_nothing(every_shop: Shop) -> None:
    shop = every_shop
    key = UseKey(shop.brand, "triple", "all", 0, "2026-05")
    with work() as session:
        told = [limits.COUNTERS.count(session, [Total(key, 1, cost, 3, 5000)]) for cost in (4000, 1001, 1000, 0, 0)]
    assert (told, used(shop)) == ([None, key, None, None, key], [(3, 5000)])


def test_the_last_guard_is_the_database(every_shop: Shop) -> None:
    shop = every_shop
    with book(TRIPLE):
        shop.sell(shop.product(10_000), member_id=shop.member())
    with pytest.raises(IntegrityError), work() as session:
        session.execute(update(RuleUse).values(cost=5001))
    assert used(shop) == [(1, 2000)]


def test_each_rule_gives_once_for_a_receipt_and_its_entry_leads_to_rule_and_version(every_shop: Shop) -> None:
    shop = every_shop

    def add(whole: dict[str, Any]) -> None:
        whole["settings"] = {**whole.get("settings", {}), "multiplier_combination": "add"}

    with book(TRIPLE, DOUBLE, change=add) as version:
        sold = shop.sell(shop.product(10_000), member_id=shop.member())
    assert sold["points"] == 400
    assert lots(shop) == [("purchase", 100, ""), ("bonus", 200, "triple"), ("bonus", 100, "double")]
    with reading() as session:
        joined = select(Entry.rule, Entry.points, Lot.digest, Lot.event).join(Lot, Lot.id == Entry.lot_id)
        given = session.execute(joined.where(Entry.kind == "bonus").order_by(Entry.number)).all()
    assert given == [("triple", 200, version.digest, "receipt"), ("double", 100, version.digest, "receipt")]
    [lot] = [lot for lot in shop.rows(Lot) if lot.rule == "triple"]
    again = {name: getattr(lot, name) for name in Lot.__table__.c.keys() if name != "id"}  # noqa: SIM118 - no dict
    with pytest.raises(IntegrityError), work() as session:
        session.execute(Lot.__table__.insert().values(again))


def test_what_a_return_gives_names_its_rule_too(shop: Shop) -> None:
    """A dearer basket lets nobody triple; once the dear piece is back, what is kept is tripled."""
    few = TRIPLE | {"totals": [{"measure": "amount", "at_most": 40_000}]}
    with book(few) as version:
        member = shop.member()
        sold = shop.sell(shop.product(40_000), shop.product(30_000), member_id=member)
        assert sold["points"] == 700
        back(shop, sold, BackLine(2, 1))
    assert [(each.points, each.rule, each.event, each.digest) for each in shop.rows(Lot, source="bonus")] == [
        (800, "triple", "return", version.digest)
    ]
    assert used(shop) == [(1, 8000)]  # nobody is asked for a limit by a return
    assert shop.rows(Account, member_id=member)[0].balance == 1200


class TestManySales:
    """Whatever is sold and comes back, the counter is what the points that stand cost, and never above the budget."""

    @given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=6), st.integers(0, 12_000))
    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_counter_is_what_stands(self, shop: Shop, turns: list[tuple[int, int]], budget: int) -> None:
        rule = f"triple-{next(shop.numbers)}"
        product = shop.product(5000)
        with book(TRIPLE | {"rule": rule, "limits": [BUDGET_OF_5000 | {"budget": budget}]}):
            for quantity, returned in turns:
                lines = [SaleLine(product, quantity)]
                sold = shop.sell(member_id=shop.member(), lines=lines)
                if min(quantity, returned):
                    back(shop, sold, BackLine(1, min(quantity, returned)))
                [use] = shop.rows(RuleUse, rule=rule) or [None]
                assert use is None or use.cost <= budget
        bonus = [lot.points - lot.reversed for lot in shop.rows(Lot, rule=rule)]
        assert sum(cost for _, cost in used(shop, rule)) == sum(bonus) * 10
        assert sum(count for count, _ in used(shop, rule)) == len([points for points in bonus if points])


def test_a_till_that_is_slower_asks_again_only_so_often(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where counters never have the room they are said to have, a till is refused instead of asking for ever."""
    monkeypatch.setattr(limits.COUNTERS, "count", lambda _session, wanted: wanted[0].key if wanted else None)
    with book(TRIPLE), pytest.raises(LimitReached):
        shop.sell(shop.product(10_000), member_id=shop.member())
    assert shop.rows(Receipt) == []
