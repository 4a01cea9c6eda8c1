"""From the till to the books between the parties: exact to the fen, once, whoever runs it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from addons.points import services as points
from addons.points.models import ReasonCode, Review
from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import queries, services
from addons.settlement.models import Done, Entry, Mark
from addons.settlement.services import settling
from addons.settlement.services.refusals import DisputeIsDecided, DisputeNeedsSecondPerson
from addons.settlement.tests import ground
from addons.settlement.tests.ground import decided, explained, parties
from addons.stores.models import Store
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import work

LATER = NOON + timedelta(hours=1)


def owed() -> dict[str, int]:
    """What each party gets where all money is one."""
    ends = ground.owed()
    assert {currency for _, currency in ends} <= {"CNY"}
    return {party: amount for (party, _), amount in ends.items()}


def test_points_of_one_franchisee_spent_at_another(every_shop: Shop) -> None:
    shop = every_shop
    first, second = (f"franchisee:{row.franchisee_id}" for row in shop.rows(Store))
    member = shop.member("gold")
    sold = shop.sell(shop.product(350000), member_id=member)  # 3150 points, one voucher of 300 yuan
    [code] = sold["vouchers"]
    services.settle(now=LATER)
    assert owed() == {
        "hq": -35000 + 30000 - 30000,  # 10 % off; what was exchanged came in, what was issued went out
        first: -31500,  # the points it gave
        "customers": 35000,
        "points": 1500,
        "vouchers": 30000,
    }
    explained()
    shop.sell(shop.product(100000), member_id=member, vouchers=(code,), store_id=shop.other_store)
    services.settle(now=LATER)
    assert owed()[second] == 30000 - 6000  # the voucher it took; the 600 points it gave
    explained()


def test_a_return_takes_back_what_the_sale_settled(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    sold = shop.sell(shop.product(100000), shop.product(50000), member_id=member)
    services.settle(now=LATER)
    before = owed()
    for line in (1, 2):
        request = ReturnRequest(shop.store, sold["receipt_id"], [BackLine(line, 1)], "size")
        sales.take_back(request, key=f"r:{line}", now=NOON)
        services.settle(now=LATER)
        explained()
    assert before
    assert owed() == {}


def _pay_and_owe(shop: Shop, member: int) -> None:
    """She spends what she has, what gave it comes back, and new points pay the debt."""
    sold = shop.sell(shop.product(100000), member_id=member, store_id=shop.other_store)
    what: dict[str, Any] = {"member_id": member, "store_id": shop.store, "reason": "gift", "now": NOON}
    post(Operation("test", "gift", {}), lambda s: {"left": points.spend(s, points=900, **what)[-1].balance_after})
    request = ReturnRequest(shop.other_store, sold["receipt_id"], [BackLine(1, 1)], "size", approved_by="boss")
    sales.take_back(request, key="r", now=NOON)


def test_a_debt_is_borne_by_whoever_bore_the_points_and_paid_by_whoever_gives_the_next_ones(every_shop: Shop) -> None:
    shop = every_shop
    runs = [shop.rows(Store, id=key)[0].franchisee_id for key in (shop.store, shop.other_store)]
    first, second = (f"franchisee:{owner}" for owner in runs)
    member = shop.member("gold")
    _pay_and_owe(shop, member)
    services.settle(now=LATER)
    explained()
    assert owed() == {"points": -9000, first: 9000}  # the store gave a gift; the points for it are yet to come
    shop.sell(shop.product(100000), member_id=member)
    services.settle(now=LATER)
    explained()
    ends = owed()
    assert (ends.get(first, 0), ends.get(second, 0), ends.get("points", 0)) == (0, 0, 0)


def _claimed(shop: Shop, outcome: str) -> None:
    """Two persons decide what becomes of points that could not be taken back."""
    [claim] = shop.rows(Review)

    def propose(session: Session) -> dict[str, Any]:
        asked: dict[str, Any] = {"outcome": outcome, "reason": "r", "by": "ann", "now": NOON}
        return {"state": points.propose(session, review_id=claim.id, **asked).state}

    def decide(session: Session) -> dict[str, Any]:
        asked: dict[str, Any] = {"approve": True, "by": "bob", "now": NOON}
        return {"state": points.decide_review(session, review_id=claim.id, **asked).state}

    for command in (propose, decide):
        post(Operation("test", command.__name__, {}), command)


@pytest.mark.parametrize("outcome", ["collect", "write_off"])
def test_what_is_collected_goes_to_whoever_bore_the_points_and_not_to_whoever_gave_the_next_ones(
    every_shop: Shop, outcome: str
) -> None:
    """Written off, the points stay the loss of whoever bore them."""
    shop = every_shop
    first, second = parties(shop)
    decided("points.lowest_balance", 0)
    member = shop.member("gold")
    _pay_and_owe(shop, member)
    services.settle(now=LATER)
    explained()
    assert owed() == {first: 9000, second: -9000}  # a gift of the first, for points of the second
    shop.sell(shop.product(100_000), member_id=member)
    _claimed(shop, outcome)
    services.settle(now=LATER + timedelta(minutes=1))
    explained()
    ends = owed()
    assert (ends.get(first, 0), ends.get(second, 0)) == (0, 0 if outcome == "collect" else -9000)


def test_corrections_are_borne_by_headquarters(every_shop: Shop) -> None:
    shop = every_shop
    member = shop.member("gold")
    with work() as session:
        session.add(ReasonCode(code="error", name="更正"))
    for number, amount in enumerate((500, -200, -1000)):
        asked = {"member_id": member, "points": amount, "code": "error", "note": "", "by": "ann", "now": NOON}

        def command(session: Session, asked: dict[str, Any] = asked) -> dict[str, Any]:
            request = points.ask_adjustment(session, **asked)
            done = points.decide_adjustment(session, adjustment_id=request, approve=True, by="bob", now=NOON)
            return {"state": done.state}

        post(Operation("test", f"adjust-{number}", {}), command)
        services.settle(now=LATER)
        explained()
    assert owed() == {"hq": 7000, "points": -7000}


def test_settling_again_finds_nothing(shop: Shop) -> None:
    shop.sell(shop.product(100000), member_id=shop.member("gold"))
    first = services.settle(now=LATER)
    assert first["sale"] == 1
    assert first["points"] >= 1
    rows = len(shop.rows(Entry))
    assert services.settle(now=LATER + timedelta(minutes=1)) == {}
    assert len(shop.rows(Entry)) == rows


def test_each_part_begins_where_the_last_ended_and_late_rows_are_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking through all that is settled for each part would take longer with each; a lower key may still come."""
    for _ in range(5):
        shop.sell(shop.product(10000))
    monkeypatch.setattr(settling, "PART", 2)
    asked: list[int] = []
    pending = queries.pending

    def looked(session: Session, source: queries.Source, limit: int, after: int = 0) -> list[int]:
        if source.name != "sale" or limit == 1:
            return pending(session, source, limit, after)
        asked.append(after)
        hidden = 1 if len(asked) < 4 else 0  # receipt 1 is committed late
        return [key for key in pending(session, source, limit + 1, after) if key != hidden][:limit]

    monkeypatch.setattr(queries, "pending", looked)
    assert services.settle(now=LATER)["sale"] == 5
    assert asked == [0, 3, 5, 0, 1]


def test_two_runs_at_once_settle_each_thing_once(every_shop: Shop) -> None:
    shop = every_shop
    member, product = shop.member("gold"), shop.product(10000)
    for _ in range(20):
        shop.sell(product, member_id=member)

    def run(number: int) -> int:
        with system_scope("a worker"):
            return sum(services.settle(now=LATER + timedelta(seconds=number)).values())

    with ThreadPoolExecutor(4) as workers:
        done = sum(workers.map(run, range(4)))
    assert done == len(shop.rows(Done))
    assert len(shop.rows(Done, source="sale")) == 20
    explained()


def test_the_mark_moves_only_over_what_was_settled_a_day_ago(shop: Shop) -> None:
    """A sale that comes with a file is old when it is written: another one may be on its way below it."""
    shop.sell(shop.product(10000), source="demo", at=NOON - timedelta(days=9), member_id=shop.member("gold"))
    services.settle(now=LATER)
    services.settle(now=LATER + timedelta(hours=23))
    assert shop.rows(Mark) == []
    services.settle(now=LATER + timedelta(hours=25))
    assert {row.source: row.below for row in shop.rows(Mark)}["sale"] == 1
    shop.sell(shop.product(10000), at=NOON + timedelta(days=2), member_id=shop.member("gold"))
    assert services.settle(now=NOON + timedelta(days=2, hours=1))["sale"] == 1


def test_customers_without_a_card_owe_and_earn_nothing(shop: Shop) -> None:
    shop.sell(shop.product(100000, 80000))
    services.settle(now=LATER)
    assert owed() == {}  # a special price is the shop's own


def test_a_disputed_line_is_decided_once_by_another_person(every_shop: Shop) -> None:
    shop = every_shop
    shop.sell(shop.product(100000), member_id=shop.member("gold"))
    services.settle(now=LATER)
    before = owed()
    [line] = [row.id for row in shop.rows(Entry) if row.what == "discount" and row.to_party == "customers"]
    with work() as session:
        number = services.dispute(session, entry_id=line, reason="not ours", by="fay", now=LATER)
    decision: dict[str, Any] = {"dispute_id": number, "accept": True, "answer": "true", "now": LATER}
    with work() as session, pytest.raises(DisputeNeedsSecondPerson):
        services.decide(session, by="fay", **decision)
    assert owed() == before
    with work() as session:
        assert services.decide(session, by="hal", **decision) == number
    assert owed() != before
    with work() as session, pytest.raises(DisputeIsDecided):
        services.decide(session, by="hal", **decision)
    assert sum(owed().values()) == 0
