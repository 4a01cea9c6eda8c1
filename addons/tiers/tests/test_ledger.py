"""Tier credit as a ledger: receipts that count, and what comes back of them (E22)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from addons.tiers import queries, services
from addons.tiers.models import Credit
from addons.tiers.services import Uncredit, Uncredited
from addons.tiers.tests.buying import paid
from addons.vouchers.tests.shop import NOON, Shop, at, open_shop
from core.db.posting import Operation, post
from core.db.scope import Scope, acting, system_scope
from core.db.session import work
from core.errors import OutOfScope
from core.ledger.entry import row_hash

SOLD, BACK = date(2026, 5, 4), date(2026, 5, 20)


def take(
    shop: Shop, receipt: int, fen: int, points: int = 0, *, store: int = 0, kind: str = "return"
) -> list[Uncredited]:
    """Take credit back on BACK; who bought it does not matter to the ledger."""
    back = Uncredit(0, shop.stores[store], receipt, SOLD, fen, points, kind)
    return services.uncredit(shop.session, returns=[back], now=at(BACK))


def entries(shop: Shop) -> list[tuple[int, str, int, int, int, int]]:
    shop.session.expire_all()
    found = shop.session.scalars(select(Credit).order_by(Credit.id))
    return [(c.number, c.kind, c.amount, c.points, c.amount_left, c.points_left) for c in found]


def test_e22_a_return_takes_its_own_credit_back_on_the_day_of_the_sale(everywhere: Shop) -> None:
    shop = everywhere
    member = shop.member()
    receipt = paid(shop, member, 105_000, SOLD, points=1050)
    assert queries.creditable(shop.session, receipt) == (105_000, 1050)
    assert take(shop, receipt, 35_000, 350) == [Uncredited(receipt, member, 35_000, 350)]
    assert queries.creditable(shop.session, receipt) == (70_000, 700)
    assert queries.credit_many(shop.session, [member], BACK)[member] == (70_000, 700)
    last = date(2026, 11, 3)  # the last day on which the sale counts: nothing negative is left over afterwards
    assert queries.credit_half_year(shop.session, member, last) == 70_000
    assert queries.credit_half_year(shop.session, member, last + timedelta(days=1)) == 0
    assert entries(shop) == [
        (1, "purchase", 105_000, 1050, 105_000, 1050),
        (2, "return", -35_000, -350, 70_000, 700),
    ]


def test_no_more_is_taken_back_than_the_receipt_still_counts(shop: Shop) -> None:
    member = shop.member()
    receipt = paid(shop, member, 10_000, SOLD, points=100)
    assert take(shop, receipt, 8_000, 150) == [Uncredited(receipt, member, 8_000, 100)]
    assert take(shop, receipt, 8_000, 150) == [Uncredited(receipt, member, 2_000, 0)]
    assert take(shop, receipt, 1, 1) == []
    assert take(shop, 999_999, 1, 1) == []  # a receipt that never gave any
    assert queries.creditable(shop.session, receipt) == (0, 0)
    assert queries.creditable(shop.session, 999_999) == (0, 0)


def test_several_returns_of_one_receipt_in_one_posting_add_up(shop: Shop) -> None:
    member = shop.member()
    receipt = paid(shop, member, 10_000, SOLD)
    back = Uncredit(member, shop.store_id, receipt, SOLD, 6_000, 0)
    taken = services.uncredit(shop.session, returns=[back, back, back], now=at(BACK))
    assert [each.amount for each in taken] == [6_000, 4_000]
    assert [entry[0] for entry in entries(shop)] == [1, 2, 3]


def test_a_return_that_was_undone_gives_back_what_it_took_and_no_more(shop: Shop) -> None:
    receipt = paid(shop, shop.member(), 10_000, SOLD, points=100)
    take(shop, receipt, 4_000, 40)
    assert take(shop, receipt, -9_000, -90)[0][2:] == (-4_000, -40)
    assert entries(shop)[-1] == (3, "correction", 4_000, 40, 10_000, 100)
    take(shop, receipt, 100, -1, kind="correction")
    assert entries(shop)[-1] == (4, "correction", -100, 0, 9_900, 100)


def test_a_return_may_take_money_and_give_points(shop: Shop) -> None:
    receipt = paid(shop, shop.member(), 10_000, SOLD, points=200)
    take(shop, receipt, 1_000, 110)
    assert take(shop, receipt, 1_000, -80)[0][2:] == (1_000, -80)
    assert entries(shop)[-1] == (3, "correction", -1_000, 80, 8_000, 170)
    assert list(queries.audit(shop.session)) == []


def test_goods_come_back_in_another_store_and_only_there_where_one_may_write(shop: Shop) -> None:
    receipt = paid(shop, shop.member(), 10_000, SOLD)
    second = frozenset({shop.stores[1]})
    with acting(Scope(reads=second, writes=second)):
        with pytest.raises(OutOfScope):
            take(shop, receipt, 1_000)
        assert take(shop, receipt, 1_000, store=1)
    assert shop.session.scalars(select(Credit.store_id).order_by(Credit.id)).all() == list(shop.stores)


def test_after_a_merge_the_credit_is_taken_from_who_holds_it_now(everywhere: Shop) -> None:
    shop = everywhere
    one, two, three = (shop.member(str(n)) for n in range(1, 4))
    kept, other = paid(shop, one, 100_000, SOLD, points=1000), paid(shop, two, 50_000, SOLD)
    take(shop, kept, 20_000, 200)
    services.PERSON.merge(shop.session, one, two, NOON)
    services.PERSON.merge(shop.session, two, three, NOON)
    assert [queries.credit_half_year(shop.session, m, BACK) for m in (one, two, three)] == [0, 0, 130_000]
    assert take(shop, kept, 90_000, 900) == [Uncredited(kept, three, 80_000, 800)]
    assert take(shop, other, 10_000) == [Uncredited(other, three, 10_000, 0)]
    assert [queries.credit_half_year(shop.session, m, BACK) for m in (one, two, three)] == [0, 0, 40_000]


def test_a_merge_moves_nothing_where_nothing_is_left(shop: Shop) -> None:
    one, two = shop.member("1"), shop.member("2")
    receipt = paid(shop, one, 10_000, SOLD)
    take(shop, receipt, 10_000)
    services.PERSON.merge(shop.session, one, two, NOON)
    assert [entry[1] for entry in entries(shop)] == ["purchase", "return"]


def test_every_entry_carries_its_hash(everywhere: Shop) -> None:
    shop = everywhere
    one, two = shop.member("1"), shop.member("2")
    receipt = paid(shop, one, 10_000, SOLD, points=100)
    take(shop, receipt, 1_000, 10)
    services.PERSON.merge(shop.session, one, two, NOON)
    table = Credit.__table__
    rows = shop.session.connection().execute(select(table)).mappings().all()
    assert len(rows) == 4
    assert all(row["row_hash"] == row_hash(table, dict(row)) for row in rows)


@pytest.mark.parametrize(
    "values",
    [
        "number, kind, amount, amount_left, points",  # a copy
        "3, 'return', amount, amount, points",  # a return that adds
        "3, 'purchase', amount, amount, points",  # a second sale
        "3, 'return', -20000, -10000, 0",  # more than there was
        "3, 'correction', 0, 0, 0",  # nothing at all
        "3, 'gift', amount, amount, points",
    ],
)
def test_the_database_refuses_what_no_command_would_write(everywhere: Shop, values: str) -> None:
    shop = everywhere
    receipt = paid(shop, shop.member(), 10_000, SOLD)
    take(shop, receipt, 1_000)
    columns = "number, kind, amount, amount_left, points"
    same = "member_id, store_id, receipt_id, day, sold_at, points_left, at, row_hash"
    wrong = f"INSERT INTO tiers_credit ({columns}, {same}) SELECT {values}, {same} FROM tiers_credit WHERE number = 1"
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.execute(text(wrong))


def test_the_balance_of_each_store_shows_what_it_wrote(everywhere: Shop) -> None:
    shop = everywhere
    one, two = shop.member("1"), shop.member("2")
    first, second = paid(shop, one, 10_000, SOLD), paid(shop, two, 30_000, SOLD, store=1)
    take(shop, first, 4_000, store=1)
    take(shop, second, 1_000, store=1, kind="correction")
    services.PERSON.merge(shop.session, one, two, NOON)
    balance = {line.store_id: line for line in queries.trial_balance(shop.session)}
    here, there = (balance[store] for store in shop.stores)
    assert here[1:] == (3, 10_000, 0, 0, 0, 10_000)
    assert there[1:] == (3, 30_000, -4_000, -1_000, 0, 25_000)
    assert [line.difference for line in balance.values()] == [0, 0]
    assert here.counts + there.counts == queries.credit_half_year(shop.session, two, BACK)
    own = frozenset({shop.stores[0]})
    with acting(Scope(reads=own, writes=own)):
        assert [line.store_id for line in queries.trial_balance(shop.session)] == [shop.stores[0]]


def test_eight_counters_take_one_receipt_back_and_no_fen_twice(every_database: Engine) -> None:
    """Without the lock two of them would read the same rest; without the number of the entry both would write it."""
    with system_scope("test"), work() as session:
        shop = open_shop(session)
        member = shop.member()
        receipt = paid(shop, member, 10_000, SOLD)

    def bring_back(attempt: int) -> int:
        def command(session: Session) -> dict[str, object]:
            back = [Uncredit(member, shop.store_id, receipt, SOLD, 900, 0)]
            return {"taken": sum(each.amount for each in services.uncredit(session, returns=back, now=at(BACK)))}

        with system_scope("test"):
            answer = post(Operation("test.back", f"back-{attempt}", {"n": attempt}), command).answer
        return int(answer["taken"])

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(bring_back, range(24)))
    assert sum(taken) == 10_000
    assert sorted(taken)[-12:] == [100, *[900] * 11]
    with system_scope("test"), work() as session:
        assert queries.creditable(session, receipt) == (0, 0)
        assert session.scalars(select(Credit.number).order_by(Credit.number)).all() == list(range(1, 14))
