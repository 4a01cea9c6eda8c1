"""A voucher budget that is used up: the sale goes on, the voucher is not given, its points stay, and that is said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from addons.points import jobs
from addons.points import services as points
from addons.points.models import Account
from addons.sales import services
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON, Shop
from addons.vouchers import queries as vouchers_read
from addons.vouchers.models import Budget, Entry, Voucher
from addons.vouchers.services import VoucherBudgetUsedUp, open_budget
from core import clock, settings
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading, work
from core.errors import NotFound
from core.jobs import ask

THANKS: dict[str, Any] = {
    "rule": "thank-you",
    "event": "quote",
    "when": {"fact": "member.present", "is": True},
    "totals": [{"measure": "amount", "at_least": 150_000}],
    "then": [{"effect": "voucher.issue", "kind": "cash", "value": 5000, "days": 60}],
}


def budget(shop: Shop, rule: str, granted: int) -> None:
    with work() as session:
        open_budget(session, brand_id=shop.brand, name=f"for {rule}", granted=granted, rule=rule)


def used(shop: Shop) -> list[int]:
    """What is used of the budgets, which agrees with what was issued."""
    with reading() as session:
        assert list(vouchers_read.audit(session)) == []
    return [row.used for row in shop.rows(Budget)]


def balance(shop: Shop, member: int) -> int:
    return int(shop.rows(Account, member_id=member)[0].balance)


def back(shop: Shop, sold: dict[str, Any], *lines: BackLine) -> dict[str, Any]:
    request = ReturnRequest(shop.store, sold["receipt_id"], lines, "size", cashier="amy", approved_by="boss")
    return services.take_back(request, key=f"back:{next(shop.numbers)}", now=NOON).answer


def test_points_that_find_no_budget_stay(every_shop: Shop) -> None:
    shop = every_shop
    budget(shop, "points-to-voucher", 0)
    member = shop.member("gold")
    sold = shop.sell(shop.product(350_000), member_id=member)
    [missed] = sold["vouchers_not_given"]
    assert missed == {"rule": "points-to-voucher", "count": 1, "value": 30_000, "points": 3000}
    assert "vouchers" not in sold
    assert sold["balance"] == balance(shop, member) == 3150
    assert (shop.rows(Voucher), shop.rows(Entry), used(shop)) == ([], [], [0])
    with work() as session:
        session.scalars(select(Budget)).one().granted = 30_000
    assert len(shop.sell(shop.product(10_000), member_id=member)["vouchers"]) == 1  # as soon as there is more


def test_as_many_vouchers_are_given_as_the_budget_has_room_for(shop: Shop) -> None:
    budget(shop, "points-to-voucher", 65_000)
    member = shop.member("gold")
    sold = shop.sell(shop.product(1_000_000), member_id=member)
    assert (len(sold["vouchers"]), sold["vouchers_not_given"][0]["count"]) == (2, 1)
    assert sold["balance"] == balance(shop, member) == 9000 - 2 * 3000
    assert used(shop) == [60_000]


def test_a_voucher_of_a_rule_that_finds_no_budget_is_not_given(every_shop: Shop) -> None:
    shop = every_shop
    with book(THANKS):
        budget(shop, "thank-you", 4999)
        sold = shop.sell(shop.product(200_000), member_id=shop.member())
        assert sold["vouchers_not_given"] == [{"rule": "thank-you", "count": 1, "value": 5000, "points": 0}]
        returned = back(shop, sold, BackLine(1, 1))
        assert not {"vouchers_withdrawn", "vouchers_used"} & returned.keys()
    assert (shop.rows(Voucher), used(shop)) == ([], [0])


def test_a_batch_of_past_sales_gives_what_there_is_and_leaves_nothing_of_the_rest(every_shop: Shop) -> None:
    shop = every_shop
    with book(THANKS):
        budget(shop, "thank-you", 12_000)
        product = shop.product(200_000)
        requests = [shop.request(product, member_id=shop.member(), at=NOON, source="demo") for _ in range(4)]
        assert services.sell_batch(requests, [f"b{n}" for n in range(4)], NOON) == 4
    assert len(shop.rows(Receipt)) == 4
    assert ([row.value for row in shop.rows(Voucher)], used(shop)) == ([5000, 5000], [10_000])


def test_the_vouchers_that_were_given_stay_while_they_are_due(shop: Shop) -> None:
    """Two lines bring a voucher each, the budget had room for one: she keeps it until neither line is kept."""
    each = THANKS | {"once": "line", "items": {"fact": "line.price_ratio", "at_least": 1}, "totals": []}
    with book(each):
        budget(shop, "thank-you", 5000)
        sold = shop.sell(shop.product(20_000), shop.product(20_000), member_id=shop.member())
        assert (len(sold["vouchers"]), len(sold["vouchers_not_given"])) == (1, 1)
        assert not back(shop, sold, BackLine(1, 1)).get("vouchers_withdrawn")
        assert back(shop, sold, BackLine(2, 1))["vouchers_withdrawn"] == sold["vouchers"]
    assert used(shop) == [0]


def test_a_budget_holds_whoever_sells_at_once_and_nobody_is_refused(every_shop: Shop) -> None:
    shop = every_shop
    product = shop.product(200_000)
    members = [shop.member() for _ in range(8)]
    with book(THANKS):
        budget(shop, "thank-you", 15_000)

        def till(member: int) -> int:
            with system_scope("till"):
                sold = shop.sell(product, member_id=member, key=f"till:{member}")
                return len(sold.get("vouchers", ()))

        with ThreadPoolExecutor(8) as tills:
            given = list(tills.map(till, members))
    assert (sum(given), used(shop), len(shop.rows(Receipt))) == (3, [15_000], 8)


def test_who_asks_for_vouchers_hears_that_the_budget_is_used_up(shop: Shop) -> None:
    budget(shop, "points-to-voucher", 0)
    member = shop.member("gold")
    shop.sell(shop.product(350_000), member_id=member)
    with pytest.raises(VoucherBudgetUsedUp), work() as session:
        points.request_exchange(session, member_id=member, store_id=shop.store, now=NOON)
    assert balance(shop, member) == 3150


def _pending(shop: Shop) -> tuple[int, int]:
    with work() as session:
        settings.change(session, name="points.purchase_pending_days", to=1, by="t", reason="t", now=NOON)
    rich, poor = shop.member("gold"), shop.member("gold")
    shop.sell(shop.product(350_000), member_id=rich)
    shop.sell(shop.product(350_000), member_id=poor)
    return rich, poor


def _night() -> Job:
    with clock.fixed(NOON + timedelta(days=5)):
        assert jobs.PART > 1  # both members are in one transaction
        asked = ask("points.release_pending", {})
    with reading() as session:
        return session.get_one(Job, asked)


def test_the_night_goes_on_where_a_budget_is_used_up(every_shop: Shop) -> None:
    shop = every_shop
    one, other = _pending(shop)
    budget(shop, "points-to-voucher", 30_000)
    assert (_night().state, balance(shop, one), balance(shop, other)) == ("done", 150, 3150)
    assert used(shop) == [30_000]


def test_a_member_who_gets_a_no_stops_nobody_elses_night(every_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is refused to one member: her points are there, nothing half done is left, the others get theirs."""
    from addons.points.services import exchanging
    from addons.points.services.posting import write

    shop = every_shop
    one, other = _pending(shop)

    def refuse_one(session: Any, movements: Any, held: Any) -> Any:
        if one in held:
            raise NotFound(what="member", which=str(one))
        return write(session, movements, held)

    monkeypatch.setattr(exchanging, "write", refuse_one)
    assert (_night().state, balance(shop, one), balance(shop, other)) == ("done", 3150, 150)
    assert [row.member_id for row in shop.rows(Voucher)] == [other]
