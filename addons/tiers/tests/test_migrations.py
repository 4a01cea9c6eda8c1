"""The credit of earlier versions becomes entries of receipts, with merges, numbers and hashes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, Table, create_engine, make_url, select, text
from sqlalchemy.orm import Session

from addons.tiers import queries, services
from addons.tiers.models import Credit, TierChange
from addons.vouchers.tests.shop import NOON, open_shop
from core.addons.discover import available
from core.addons.graph import in_order
from core.addons.registry import Registry
from core.db import migrate, session
from core.db.scope import GuardedSession, system_scope
from core.ledger.entry import row_hash

DAY = date(2026, 5, 4)
OF_DAY = {"store_id": 1, "day": DAY, "at": NOON}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def scratch(request: pytest.FixtureRequest, addons: Registry, tmp_path: Path) -> Iterator[Engine]:
    """A database of the first version of these tables; the PostgreSQL one is dropped afterwards."""
    if request.param == "sqlite":
        yield session.connect(f"sqlite:///{tmp_path / 'old.db'}")
        session.disconnect()
        return
    server = make_url(request.getfixturevalue("postgresql_url"))
    name = f"guibin_test_tiers_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield session.connect(server.set(database=name).render_as_string(hide_password=False))
    session.disconnect()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def to(engine: Engine, revision: str, *, down: bool = False) -> None:
    """Bring the tables of tiers, and of what it depends on, to a revision."""
    manifests = in_order(["tiers"], available())
    migrate.upgrade(engine, manifests, [m.name for m in manifests if m.name != "tiers"])
    config = migrate.configuration(manifests)
    with migrate.migrating(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def put(engine: Engine, name: str, *rows: dict[str, Any]) -> None:
    """Insert rows into a table as it is now."""
    table = Table(name, MetaData(), autoload_with=engine)
    plain = [
        {k: v.replace(tzinfo=None) if k == "at" and engine.dialect.name == "sqlite" else v for k, v in row.items()}
        for row in rows
    ]
    with engine.begin() as connection:
        for row in plain:
            connection.execute(table.insert().values(row))


def filled(engine: Engine) -> None:
    """Three members: one bought three times on two days, was merged into the second, and both into the third."""
    to(engine, "tiers_0001")
    with system_scope("test"), GuardedSession(engine) as opened, opened.begin():
        shop = open_shop(opened)
        for number in "123":
            shop.member(number)
    bought = [(1, 11, 100, 1, 4), (1, 12, 250, 2, 4), (1, 13, 40, 0, 5), (2, 21, 500, 5, 4)]
    rows = [
        {"member_id": m, "receipt_id": r, "amount": fen, "points": points, **OF_DAY, "day": date(2026, 5, day)}
        for m, r, fen, points, day in bought
    ]
    moved = [(1, 2, 350, 3, 4), (1, 2, 40, 0, 5), (2, 3, 850, 8, 4), (2, 3, 40, 0, 5)]
    rows += [
        {
            "member_id": m,
            "receipt_id": None,
            "amount": sign * fen,
            "points": sign * points,
            **OF_DAY,
            "day": date(2026, 5, day),
        }
        for old, new, fen, points, day in moved
        for m, sign in ((old, -1), (new, 1))
    ]
    put(engine, "tiers_credit", *rows)


def entries(engine: Engine) -> dict[int, list[tuple[int, str, int, int, int]]]:
    with engine.connect() as connection:
        rows = connection.execute(select(Credit.__table__).order_by(Credit.receipt_id, Credit.number)).mappings().all()
    found: dict[int, list[tuple[int, str, int, int, int]]] = {}
    for row in rows:
        assert row["row_hash"] == row_hash(Credit.__table__, dict(row))
        entry = (row["number"], row["kind"], row["member_id"], row["amount"], row["amount_left"])
        found.setdefault(row["receipt_id"], []).append(entry)
    return found


def test_receipts_get_their_numbers_and_merges_move_receipts(scratch: Engine) -> None:
    filled(scratch)
    to(scratch, "tiers@head")
    found = entries(scratch)
    assert found[11] == [
        (1, "purchase", 1, 100, 100),
        (2, "merge", 1, -100, 0),
        (3, "merge", 2, 100, 100),
        (4, "merge", 2, -100, 0),
        (5, "merge", 3, 100, 100),
    ]
    assert {receipt: len(rows) for receipt, rows in found.items()} == {11: 5, 12: 5, 13: 5, 21: 3}
    with system_scope("test"), GuardedSession(scratch) as opened:
        assert [queries.credit_half_year(opened, member, date(2026, 6, 1)) for member in (1, 2, 3)] == [0, 0, 890]
        assert queries.creditable(opened, 12) == (250, 2)


def test_the_way_back_and_forth_keeps_every_fen(scratch: Engine) -> None:
    filled(scratch)
    to(scratch, "tiers@head")
    before = entries(scratch)
    to(scratch, "tiers@tiers_0001", down=True)
    with scratch.connect() as connection:
        sums = connection.execute(text("SELECT member_id, sum(amount) FROM tiers_credit GROUP BY member_id ORDER BY 1"))
        assert [tuple(row) for row in sums] == [(1, 0), (2, 0), (3, 890)]
    to(scratch, "tiers@head")
    assert entries(scratch) == before


def test_new_entries_go_on_after_the_old_ones(scratch: Engine) -> None:
    filled(scratch)
    to(scratch, "tiers@head")
    with system_scope("test"), session.work() as opened:
        services.credit_many(opened, [services.Credit(3, 1, 31, DAY, 5, NOON)])
        back = services.Uncredit(1, 1, 12, DAY, 200, 2)
        assert services.uncredit(opened, returns=[back], now=NOON)[0].member_id == 3
    assert entries(scratch)[12][-1] == (6, "return", 3, -200, 50)


def test_who_waits_twice_for_the_same_tier_waits_once(scratch: Engine) -> None:
    filled(scratch)
    step = {
        "store_id": 1, "tier_before": "ordinary", "tier_after": "gold", "day": DAY, "reason": "purchase", "rule": "r",
        "credit": 1, "decided_at": NOON, "conversion_due": DAY, "converted_by": "",
    }  # fmt: skip
    with scratch.begin() as connection:
        table = Table("tiers_change", MetaData(), autoload_with=scratch)
        for member in (3, 3, 2):
            naive = NOON.replace(tzinfo=None) if scratch.dialect.name == "sqlite" else NOON
            connection.execute(table.insert().values(step | {"member_id": member, "decided_at": naive}))
    to(scratch, "tiers@head")
    with system_scope("test"), Session(scratch) as opened:
        withdrawn = opened.scalars(select(TierChange.withdrawn_at).order_by(TierChange.id)).all()
        assert [each is not None for each in withdrawn] == [False, True, False]
        assert queries.waiting_many(opened, [2, 3]) == {2: "gold", 3: "gold"}


def test_a_merge_that_moves_what_no_receipt_gave_stops_the_migration(scratch: Engine) -> None:
    filled(scratch)
    odd = {"receipt_id": None, "points": 0, **OF_DAY}
    put(scratch, "tiers_credit", odd | {"member_id": 3, "amount": -1}, odd | {"member_id": 1, "amount": 1})
    with pytest.raises(RuntimeError, match="another amount"):
        to(scratch, "tiers@head")
    with scratch.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM tiers_credit")) == 14  # as it was
