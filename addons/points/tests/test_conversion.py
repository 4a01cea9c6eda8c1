"""What was there before entries were double is there afterwards, as moves that add up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, create_engine, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from addons.points import queries
from addons.points.models import Entry, Lot, Referral
from addons.points.tests.book import assert_sound, states
from core.addons.registry import Registry
from core.db import migrate, session
from core.db.scope import system_scope
from core.ledger.entry import row_hash

AT = datetime(2026, 4, 1, 4, tzinfo=UTC)
DAY = date(2026, 4, 1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def before(request: pytest.FixtureRequest, addons: Registry, tmp_path: Path) -> Iterator[Engine]:
    """A database with everything up to the tables of points as they were at first."""
    if request.param == "sqlite":
        yield _at_first(session.connect(f"sqlite:///{tmp_path / 'before.db'}"), addons)
        session.disconnect()
        return
    server = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
    name = f"guibin_test_before_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL: {problem}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    yield _at_first(session.connect(url), addons)
    session.disconnect()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def _at_first(engine: Engine, addons: Registry) -> Engine:
    needed = [m for m in addons.manifests if m.name in ("stores", "membership", "vouchers", "points")]
    migrate.upgrade(engine, needed, ["stores", "membership", "vouchers"])
    config = migrate.configuration(needed)
    with migrate.migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "points_0001")
    return engine


def put(connection: Connection, table: str, **row: Any) -> None:
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    moments = {k: v.replace(tzinfo=None) if connection.dialect.name == "sqlite" else v for k, v in row.items()
               if isinstance(v, datetime)}  # fmt: skip
    days = {k: v.isoformat() for k, v in row.items() if isinstance(v, date) and not isinstance(v, datetime)}
    texts = {k: v.isoformat(" ", "microseconds") for k, v in moments.items()}
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row | texts | days)


def shop(connection: Connection) -> None:
    put(connection, "stores_brand", id=1, code="vip", name="貴賓", currency="CNY", has_programme=True)
    put(connection, "stores_market", id=1, code="cn", name="中國", currency="CNY", timezone="Asia/Shanghai")
    put(connection, "stores_region", id=1, code="east", name="華東", market_id=1)
    put(connection, "stores_franchisee", id=1, code="f1", name="加盟商")
    put(
        connection, "stores_store", id=1, code="s1", name="門市", brand_id=1, region_id=1, franchisee_id=1,
        format="boutique", opened_on=date(2020, 1, 1), no_discount=False,
    )  # fmt: skip
    for number in range(1, 6):
        put(
            connection, "membership_member", id=number, store_id=1, brand_id=1, number=f"M{number}", name="",
            phone=f"+8613900000{number}", birthday_declined=True, sex="unknown", email="", district="", street="",
            tier="", status="active", recruited_by="walk_in", recruited_note="", home_market_id=1, is_staff=False,
            joined_at=AT, activated_at=AT,
        )  # fmt: skip


def account(connection: Connection, member: int, earned: int, spent: int, entries: int) -> None:
    row = {"balance": earned - spent, "earned": earned, "spent": spent, "entries": entries}
    put(connection, "points_account", member_id=member, **row)


def lot(connection: Connection, key: int, member: int, source: str, **row: Any) -> None:
    rest = {"state": "available", "earned_on": DAY, "expires_on": None, "receipt_id": None, "rule": "", "store_id": 1}
    put(connection, "points_lot", id=key, member_id=member, source=source, **(rest | row))


def entry(connection: Connection, member: int, lot_id: int, kind: str, **row: Any) -> None:
    rest = {"receipt_id": None, "rule": "", "reason": "", "ref": "", "at": AT, "store_id": 1}
    put(connection, "points_entry", member_id=member, lot_id=lot_id, kind=kind, **(rest | row))


def promise(connection: Connection, key: int, lot_id: int, state: str) -> None:
    put(
        connection, "points_referral", id=key, friend_id=key, referrer_id=5, store_id=1, lot_id=lot_id,
        first_net=235_000, points=705, rule="r", state=state, due_on=date(2026, 4, 15), at=AT,
    )  # fmt: skip


def old_rows(connection: Connection) -> None:
    """Earned and spent; owing beside points; merged; promised and cancelled."""
    shop(connection)
    account(connection, 1, 100, 40, 2)
    lot(connection, 1, 1, "purchase", points=100, remaining=60, receipt_id=7)
    entry(connection, 1, 1, "purchase", number=1, points=100, balance_after=100)
    entry(connection, 1, 1, "spend", number=2, points=-40, balance_after=60)
    account(connection, 2, 500, 300, 4)
    lot(connection, 2, 2, "bonus", points=200, remaining=0)
    lot(connection, 3, 2, "adjust", points=-100, remaining=-100)
    lot(connection, 4, 2, "purchase", points=300, remaining=300)
    entry(connection, 2, 2, "bonus", number=1, points=200, balance_after=200)
    entry(connection, 2, 2, "take_back", number=2, points=-200, balance_after=0)
    entry(connection, 2, 3, "take_back", number=3, points=-100, balance_after=-100)
    entry(connection, 2, 4, "purchase", number=4, points=300, balance_after=200)
    account(connection, 3, 0, 0, 2)
    account(connection, 4, 50, 0, 1)
    lot(connection, 5, 3, "visit", points=50, remaining=0)
    lot(connection, 6, 4, "visit", points=50, remaining=50)
    entry(connection, 3, 5, "visit", number=1, points=50, balance_after=50)
    entry(connection, 3, 5, "merge", number=2, points=-50, balance_after=0)
    entry(connection, 4, 6, "merge", number=1, points=50, balance_after=50)
    lot(connection, 7, 5, "referral", points=705, remaining=705, state="pending")
    lot(connection, 8, 5, "referral", points=705, remaining=0, state="cancelled")
    promise(connection, 1, 7, "pending")
    promise(connection, 2, 8, "cancelled")


def test_signed_entries_become_moves_that_add_up(before: Engine, addons: Registry) -> None:
    needed = [m for m in addons.manifests if m.name in ("stores", "membership", "vouchers", "points")]
    with migrate.migrating(before) as connection:
        old_rows(connection)
    migrate.upgrade(before, needed)
    with system_scope("test"), session.work() as opened:
        assert_sound(opened)
        assert states(opened) == {
            "available": 310,
            "issued": -2060,
            "pending": 705,
            "redeemed": 40,
            "reversed": 1005,
        }
        assert queries.reversible(opened, 7) == queries.Earned(100, 100)
        rows = opened.connection().execute(select(Entry.__table__)).mappings().all()
        assert all(row["row_hash"] == row_hash(Entry.__table__, dict(row)) for row in rows)
        lots = {each.id: each for each in opened.scalars(select(Lot))}
        assert (lots[3].source, lots[3].remaining, lots[4].remaining) == ("debt", 0, 200)
        assert (lots[6].origin_id, lots[7].due_on, lots[8].reversed) == (5, date(2026, 4, 15), 705)
        assert opened.scalars(select(Referral.state).order_by(Referral.id)).all() == ["pending", "cancelled"]
    with pytest.raises(IntegrityError, match="append"), before.begin() as connection:
        connection.execute(text("DELETE FROM points_entry"))
    down_and_up(before, needed)
    with session.work() as opened:  # new rows are numbered after those that were there
        last = opened.connection().execute(text("SELECT max(id) FROM points_lot")).scalar_one()
        with system_scope("test"):
            opened.add(_empty_lot())
            opened.flush()
            assert opened.scalars(select(Lot.id).order_by(Lot.id.desc())).first() == last + 1


def down_and_up(engine: Engine, needed: list[Any]) -> None:
    config = migrate.configuration(needed)
    with migrate.migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "points_0001")
        signed = "SELECT member_id, sum(points) FROM points_entry GROUP BY member_id ORDER BY member_id"
        assert [tuple(row) for row in connection.execute(text(signed))] == [(1, 60), (2, 200), (3, 0), (4, 50)]
    migrate.upgrade(engine, needed)
    with system_scope("test"), session.work() as opened:
        assert_sound(opened)
        assert states(opened)["available"] == 310


def _empty_lot() -> Lot:
    counters = {"points": 0, "pending": 0, "remaining": 0, "reserved": 0, "reversed": 0}
    return Lot(member_id=1, store_id=1, source="adjust", earned_on=DAY, rule="", **counters)


def test_a_closing_that_waits_moves_to_the_kernel_and_back(before: Engine, addons: Registry) -> None:
    config = migrate.configuration(
        [m for m in addons.manifests if m.name in ("stores", "membership", "vouchers", "points")]
    )

    def at(revision: str, *, back: bool = False) -> None:
        with migrate.migrating(before) as connection:
            config.attributes["connection"] = connection
            (command.downgrade if back else command.upgrade)(config, revision)

    def found(statement: str) -> list[tuple[Any, ...]]:
        with before.connect() as connection:
            return [(str(month), *rest) for month, *rest in connection.execute(text(statement))]

    at("points_0004")
    asked = {"state": "asked", "asked_by": "ann", "asked_at": AT}
    with before.begin() as connection:
        put(connection, "points_close_request", id=1, month=DAY, figures='{"entries": 1}', **asked)
    at("points_0005")
    kept = "SELECT month, book, state, asked_by FROM core_ledger_close_request"
    assert found(kept) == [("2026-04-01", "points", "asked", "ann")]
    at("points@points_0004", back=True)
    assert found("SELECT month, state, asked_by FROM points_close_request") == [("2026-04-01", "asked", "ann")]
    assert found(kept) == []
