"""The books are held against the ledgers they come from: whatever is changed, lost or settled twice is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from addons.sales.tests.shop import NOON, Shop
from addons.settlement import queries, services
from addons.settlement.models import Entry
from addons.settlement.queries import balances
from addons.settlement.tests.ground import LATER, back, explained, owed, voucher
from addons.stores.models import Store
from addons.stores.queries import forget_places
from core.db.session import reading, work
from core.testing.master import unguard


@pytest.fixture
def settled(every_shop: Shop) -> Shop:
    """Points, a voucher that was used, goods that came back elsewhere."""
    shop = every_shop
    member = shop.member("gold")
    shop.sell(shop.product(350_000), member_id=member)
    sold = shop.sell(shop.product(100_000), member_id=member, vouchers=(voucher(shop, member),))
    back(shop, sold["receipt_id"], store=shop.other_store)
    services.settle(now=LATER)
    return shop


@contextmanager
def as_master(*tables: str) -> Iterator[Connection]:
    """The whole database, without its guards."""
    with work() as session:
        connection = session.connection()
        for table in tables:
            if connection.dialect.name == "postgresql" or _is_guarded(connection, table):
                unguard(connection, table)
        yield connection


def _is_guarded(connection: Connection, table: str) -> bool:
    """Tell whether the guards are still there on SQLite, where they do not come back."""
    wanted = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    return bool(connection.scalar(wanted, {"table": table}))


def findings() -> list[tuple[str, str, str]]:
    with reading() as session:
        return [(found.table, found.entry, found.problem.en) for found in balances.check(session)]


def problems() -> set[str]:
    return {problem for _, _, problem in findings()}


def test_what_is_in_order_is_not_told(settled: Shop) -> None:
    explained()
    assert findings() == []


def test_each_line_whose_amount_is_changed_is_found(settled: Shop) -> None:
    lines = [(row.id, row.source, row.source_id) for row in settled.rows(Entry)]
    assert {source for _, source, _ in lines} == {"sale", "return", "points", "voucher"}
    tables = {source.name: source.table.name for source in queries.SOURCES}
    for line, source, key in lines:
        for change in (1, -1):
            with as_master("settlement_entry") as connection:
                connection.execute(text(f"UPDATE settlement_entry SET amount = amount + {change} WHERE id = {line}"))
            found = findings()
            if change == 1:
                assert (tables[source], str(key), balances.OTHERWISE.en) in found, line
            else:
                assert found == []


@pytest.mark.parametrize("what", ["points", "voucher", "discount", "return"])
def test_lines_that_are_gone_are_found(settled: Shop, what: str) -> None:
    with as_master("settlement_entry") as connection:
        connection.execute(text("DELETE FROM settlement_entry WHERE what = :what"), {"what": what})
    assert balances.OTHERWISE.en in problems()
    if what in ("points", "voucher"):
        assert balances.ACCOUNT.en in problems()


@pytest.mark.parametrize("column", ["from_party", "to_party", "currency", "rule", "what"])
def test_a_line_that_says_something_else_is_found(settled: Shop, column: str) -> None:
    with as_master("settlement_entry") as connection:
        connection.execute(text(f"UPDATE settlement_entry SET {column} = 'x' WHERE id = 1"))
    assert balances.OTHERWISE.en in problems()


def test_half_of_what_passes_between_franchisees_is_found(settled: Shop) -> None:
    with as_master("settlement_entry") as connection:
        connection.execute(text("DELETE FROM settlement_entry WHERE what = 'return' AND to_party = 'clearing'"))
    assert balances.OPEN.en in problems()


def test_what_is_settled_twice_is_found(settled: Shop) -> None:
    columns = [column.name for column in Entry.__table__.columns if column.name not in ("id", "part")]
    names = ", ".join(columns)
    copy = f"INSERT INTO settlement_entry ({names}, part) SELECT {names}, 99 FROM settlement_entry WHERE id = 1"
    with as_master("settlement_entry") as connection:
        connection.execute(text(copy))
    assert balances.OTHERWISE.en in problems()


def test_a_movement_that_changed_since_it_was_settled_is_found(settled: Shop) -> None:
    with as_master("points_entry") as connection:
        connection.execute(text("UPDATE points_entry SET points = points + 1 WHERE id = 1"))
    assert ("points_entry", "1", balances.OTHERWISE.en) in findings()


def test_members_who_hold_something_else_than_is_owed_are_found(settled: Shop) -> None:
    with as_master() as connection:
        connection.execute(text("UPDATE points_lot SET remaining = remaining - 1 WHERE remaining > 0"))
    assert findings() == [("settlement_entry", "points CNY", balances.ACCOUNT.en)]


def test_what_was_passed_over_is_found_and_what_only_waits_is_not(settled: Shop) -> None:
    settled.sell(settled.product(100_000), member_id=settled.member("gold"))
    assert findings() == []  # the night has not come yet
    with as_master() as connection:
        connection.execute(text("INSERT INTO settlement_mark (source, below) VALUES ('sale', 3)"))
    assert findings() == [("sales_receipt", "3", balances.MISSING.en)]


def test_lines_of_what_is_not_marked_as_settled_are_found(settled: Shop) -> None:
    with as_master("settlement_done") as connection:
        connection.execute(text("DELETE FROM settlement_done WHERE source = 'sale' AND source_id = 1"))
    assert ("settlement_entry", "sale 1", balances.UNMARKED.en) in findings()


def _disputed(shop: Shop, **named: Any) -> int:
    line: Entry = shop.rows(Entry, **named)[0]
    with work() as session:
        number = services.dispute(session, entry_id=line.id, reason="not ours", by="fay", now=LATER)
        services.decide(session, dispute_id=number, accept=True, answer="so", by="hal", now=LATER)
    return line.amount


@pytest.mark.parametrize(
    "named",
    [{"what": "return"}, {"what": "points", "to_party": "points"}, {"what": "voucher", "from_party": "vouchers"}],
)
def test_a_line_taken_back_leaves_what_members_hold_and_what_passes_between_as_it_is(
    settled: Shop, named: dict[str, str]
) -> None:
    before = owed()
    amount = _disputed(settled, **named)
    explained()
    assert abs(owed()["hq", "CNY"] - before["hq", "CNY"]) == amount  # headquarters bear it


def test_a_counter_line_that_is_not_what_was_decided_is_found(settled: Shop) -> None:
    _disputed(settled, what="discount", to_party="customers")
    assert findings() == []
    with as_master("settlement_entry") as connection:
        connection.execute(text("UPDATE settlement_entry SET amount = amount + 1 WHERE source = 'dispute'"))
    assert findings() == [("settlement_dispute", "1", balances.DISPUTED.en)]
    with as_master("settlement_entry") as connection:
        connection.execute(text("DELETE FROM settlement_entry WHERE source = 'dispute'"))
    assert findings() == [("settlement_dispute", "1", balances.DISPUTED.en)]


def test_a_store_that_another_franchisee_runs_now_is_no_false_alarm(settled: Shop) -> None:
    with work() as session:
        store = session.get_one(Store, settled.store)
        store.franchisee_id = session.get_one(Store, settled.other_store).franchisee_id
    forget_places()
    assert findings() == []
    with as_master("settlement_entry") as connection:
        connection.execute(update(Entry).where(Entry.what == "points").values(amount=Entry.amount + 1))
    assert balances.OTHERWISE.en in problems()
    services.settle(now=NOON + timedelta(days=2))


def test_sources_are_looked_at_part_by_part(settled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balances, "PART", 1)
    assert findings() == []
    with as_master("settlement_entry") as connection:
        connection.execute(text("UPDATE settlement_entry SET amount = amount + 1"))
    assert len(findings()) > 5
