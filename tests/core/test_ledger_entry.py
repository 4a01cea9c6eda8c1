"""Entries of a ledger and their keyed hash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, Engine, Integer, MetaData, String, Table, select

from core import config
from core.db.session import money_work, reading
from core.db.types import Amount, Moment
from core.ledger.entry import HASH, row_hash, write_entries
from core.testing.master import standing

TABLE = Table(
    "test_entry",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Amount, nullable=False),
    Column("reason", String(40)),
    Column("day", Date),
    Column("at", Moment, nullable=False),
    Column(HASH, String(64), nullable=False),
)
AT = datetime(2026, 5, 4, 15, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
ROW = {"amount": 300, "reason": "換券", "day": AT.date(), "at": AT}


@pytest.fixture
def table(every_database: Engine, system: None) -> Iterator[Engine]:
    with standing(every_database, TABLE) as engine:
        yield engine


def test_an_entry_read_back_has_the_hash_it_was_written_with(table: Engine) -> None:
    with money_work() as session:
        write_entries(session, TABLE, [ROW, {**ROW, "reason": None, "day": None}])
    with reading() as session:
        found = [dict(row) for row in session.connection().execute(select(TABLE)).mappings()]
    assert [row_hash(TABLE, row) for row in found] == [row[HASH] for row in found]
    assert found[0][HASH] != found[1][HASH]


def test_the_hash_notices_each_column() -> None:
    hashes = {
        row_hash(TABLE, changed)
        for changed in (
            ROW,
            {**ROW, "amount": 301},
            {**ROW, "reason": "換"},
            {**ROW, "reason": None},
            {**ROW, "day": None},
            {**ROW, "at": AT + timedelta(microseconds=1)},
        )
    }
    assert len(hashes) == 6
    assert row_hash(TABLE, {**ROW, "at": AT.astimezone(UTC)}) == row_hash(TABLE, ROW)


def test_the_hash_needs_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = row_hash(TABLE, ROW)
    monkeypatch.setenv("GUIBIN_LEDGER_KEY", "another key, which somebody with the database alone would need")
    config.ledger_key.cache_clear()
    try:
        assert row_hash(TABLE, ROW) != before
    finally:
        monkeypatch.undo()
        config.ledger_key.cache_clear()


def test_a_column_left_to_a_default_is_refused(table: Engine) -> None:
    with pytest.raises(TypeError, match="reason"), money_work() as session:
        write_entries(session, TABLE, [{"amount": 1, "day": None, "at": AT}])
    with reading() as session:
        assert session.connection().execute(select(TABLE)).all() == []


def test_one_secret_is_made_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIBIN_VAR", str(tmp_path))
    made = config.kept_secret("ledger.key")
    assert len(made) >= 48
    assert config.kept_secret("ledger.key") == made
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.key"]
    assert (tmp_path / "ledger.key").stat().st_mode & 0o777 == 0o600
