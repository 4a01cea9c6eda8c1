"""Migrations give rows from before the hash that they would have been written with."""

from __future__ import annotations

from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError

from core.addons.registry import Registry
from core.db.append_only import protect
from core.db.base import metadata
from core.db.migrate import migrating
from core.db.types import Amount, Key
from core.ledger.entry import HASH, row_hash
from core.ledger.form import COVERS_ID, form_of
from core.ledger.guards import unguarded
from core.ledger.hashing import add_row_hash, drop_row_hash
from core.testing.master import standing
from tests.architecture.tree import ROOT

_OLD = Table("test_old", MetaData(), Column("id", Integer, primary_key=True), Column("amount", Amount, nullable=False))
_NEW: Any = Table("test_old", MetaData(), *(c._copy() for c in _OLD.columns), Column(HASH, String(64)))


def test_old_rows_get_their_hash_and_stay_guarded(every_database: Engine) -> None:
    with standing(every_database, _OLD):
        with migrating(every_database) as connection:
            protect(connection, "test_old")
            connection.execute(insert(_OLD), [{"amount": number} for number in range(5_000)])
            add_row_hash(connection, "test_old", {"id": Key, "amount": Amount()})
        with every_database.connect() as connection:
            rows = connection.execute(select(_NEW)).mappings().all()
            assert [row[HASH] for row in rows] == [row_hash(_NEW, dict(row)) for row in rows]
            assert list(unguarded(connection, ["test_old"])) == []
            columns = {column["name"]: column for column in inspect(connection).get_columns("test_old")}
            assert not columns[HASH]["nullable"]
        with pytest.raises(DBAPIError, match="append-only"), every_database.begin() as connection:
            connection.execute(update(_OLD).values(amount=0))
        with migrating(every_database) as connection:
            drop_row_hash(connection, "test_old")
            assert [c["name"] for c in inspect(connection).get_columns("test_old")] == ["id", "amount"]


MIGRATIONS = sorted(p for p in ROOT.glob("*/**/migrations/versions/*_0002_*hash*.py") if ".venv" not in p.parts)


def test_the_migrations_hash_the_columns_the_tables_have(addons: Registry) -> None:
    """A column that a migration forgets is not covered: the rows from before would not verify."""
    import_module("core.web.security.models")
    seen = 0
    for path in MIGRATIONS:
        spec = spec_from_file_location("migration", path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, columns, keys in module._TABLES:
            table: Any = metadata.tables[name]
            old: Any = Table(name, MetaData(), *(Column(n, kind, primary_key=n in keys) for n, kind in columns.items()))
            old.info[COVERS_ID] = table.info.get(COVERS_ID)
            later = set(form_of(table).names) - set(form_of(old).names)
            assert not [n for n in later if not table.columns[n].nullable], name
            assert set(form_of(old).names) <= set(form_of(table).names), name
            assert [c.name for c in table.primary_key.columns] == list(keys), name
            seen += 1
    assert seen == 13
