"""Uses become entries of the ledger; vouchers, and what refers to them, stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, make_url, select, text

from addons.vouchers.models import Entry, Voucher
from addons.vouchers.tests.shop import NOON, Shop, open_shop
from core.addons.discover import available
from core.addons.graph import in_order
from core.db import migrate, session
from core.db.scope import system_scope
from core.ledger.entry import HASH, row_hash


def to(engine: Engine, revision: str) -> None:
    """Go up or down to a revision of the vouchers."""
    config = migrate.configuration(in_order(available(), available()))
    with migrate.migrating(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if revision.endswith("1") else command.upgrade)(config, revision)


def _administer(url: Any, statement: str) -> None:
    admin = session.connect(url.render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    session.disconnect()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def migrated(request: pytest.FixtureRequest, addons: Any, tmp_path: Path) -> Iterator[Engine]:
    """A database whose tables were made by the migrations, those of vouchers as they were before the ledger."""
    url = make_url(f"sqlite:///{tmp_path / 'migrated.db'}")
    template = None if request.param == "sqlite" else make_url(request.getfixturevalue("postgresql_url"))
    if template is not None:
        url = template.set(database=f"{template.database}_migrated")
        _administer(template, f'CREATE DATABASE "{url.database}"')
    engine = session.connect(url.render_as_string(hide_password=False))
    migrate.upgrade(engine, addons.manifests)
    to(engine, "vouchers@vouchers_0001")
    yield engine
    session.disconnect()
    if template is not None:
        _administer(template, f'DROP DATABASE "{url.database}" WITH (FORCE)')


def put(connection: Connection, table: str, **row: Any) -> None:
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


VOUCHERS = [
    # id, value, remaining, status, uses
    (1, 30_000, 30_000, "active", 0),
    (2, 30_000, 0, "used", 1),
    (3, 30_000, 0, "used", 1),
    (4, 20_000, 20_000, "void", 0),
    (5, 0, 0, "active", 0),
]


def _vouchers(connection: Connection, shop: Shop, member: int) -> None:
    of: dict[str, Any] = {"member_id": member, "brand_id": shop.brand_id, "store_id": shop.store_id, "kind": "cash"}
    when = {"issued_at": NOON, "valid_until": date(2026, 9, 1), "source": "rule", "rule": "r"}
    for key, value, left, status, uses in VOUCHERS:
        figures = {"value": value, "remaining": left, "status": status, "uses": uses}
        put(connection, "vouchers_voucher", id=key, code=f"C{key}", **of, **figures, **when)
    for key, amount in ((2, 25_000), (3, 30_000)):
        used = {"voucher_id": key, "use_number": 1, "receipt_id": key + 40, "amount": amount}
        put(connection, "vouchers_use", id=key, **used, store_id=shop.stores[1], at=NOON)
    connection.execute(text("CREATE TABLE test_tender (voucher_id integer REFERENCES vouchers_voucher (id))"))
    put(connection, "test_tender", voucher_id=2)


def test_uses_become_entries_and_what_refers_to_vouchers_stays(migrated: Engine) -> None:
    with system_scope("test"), session.work() as work:
        shop = open_shop(work)
        member = shop.member()
    with migrated.begin() as connection:
        _vouchers(connection, shop, member)
    to(migrated, "vouchers@head")
    with migrated.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(Entry.__table__).order_by(Entry.id)).mappings()]
        standing = (Voucher.id, Voucher.remaining, Voucher.status, Voucher.entries, Voucher.currency, Voucher.binding)
        kept = connection.execute(select(*standing).order_by(Voucher.id)).all()
        refers = connection.execute(
            text("SELECT v.id FROM test_tender t JOIN vouchers_voucher v ON v.id = t.voucher_id")
        )
        assert refers.scalars().all() == [2]
    moves = [(r["voucher_id"], r["number"], r["use_number"], r["from_state"], r["to_state"], r["amount"]) for r in rows]
    assert moves == [
        (1, 1, None, "issued", "outstanding", 30_000),
        (2, 1, None, "issued", "outstanding", 30_000),
        (2, 2, 1, "outstanding", "redeemed", 25_000),
        (2, 3, None, "outstanding", "forfeited", 5_000),
        (3, 1, None, "issued", "outstanding", 30_000),
        (3, 2, 1, "outstanding", "redeemed", 30_000),
        (4, 1, None, "issued", "outstanding", 20_000),
        (4, 2, None, "outstanding", "void", 20_000),
        (5, 1, None, "issued", "outstanding", 0),
    ]
    assert all(row[HASH] == row_hash(Entry.__table__, row) for row in rows)
    assert [(row["store_id"], row["receipt_id"]) for row in rows[1:4]] == [
        (shop.store_id, None),
        (shop.stores[1], 42),
        (shop.stores[1], 42),
    ]
    assert [tuple(row) for row in kept] == [
        (1, 30_000, "active", 1, "CNY", "member"),
        (2, 0, "used", 3, "CNY", "member"),
        (3, 0, "used", 2, "CNY", "member"),
        (4, 0, "void", 2, "CNY", "member"),
        (5, 0, "active", 1, "CNY", "member"),
    ]
    to(migrated, "vouchers@vouchers_0001")  # and back
    with migrated.connect() as connection:
        uses = connection.execute(text("SELECT voucher_id, use_number, receipt_id, amount FROM vouchers_use"))
        assert sorted(uses) == [(2, 1, 42, 25_000), (3, 1, 43, 30_000)]
        assert connection.execute(text("SELECT count(*) FROM vouchers_voucher")).scalar() == 5


def test_a_row_that_refers_to_nothing_stops_a_migration(migrated: Engine) -> None:
    if migrated.dialect.name != "sqlite":
        return  # PostgreSQL watches references all the time
    with (
        pytest.raises(RuntimeError, match="stores_region refers to nothing"),
        migrate.migrating(migrated) as connection,
    ):
        put(connection, "stores_region", id=1, code="r", name="r", market_id=99)
    with migrated.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM stores_region")).scalar() == 0
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
