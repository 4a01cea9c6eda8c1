"""A connection to SQLite cannot take away what guards the ledgers; a migration can, and only meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from core.db.append_only import sqlite_guards
from core.db.models import SettingChange
from core.db.restricted import unrestricted

TABLE = SettingChange.__tablename__
GUARDS = sorted(sqlite_guards(TABLE))


def _guards(engine: Engine) -> list[str]:
    of_table = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name")
    with engine.connect() as connection:
        return list(connection.execute(of_table, {"table": TABLE}).scalars())


@pytest.mark.parametrize(
    "statement",
    [
        f"DROP TRIGGER {TABLE}_no_update",
        f"DROP TABLE {TABLE}",
        f"ALTER TABLE {TABLE} RENAME TO mine",
        f"ALTER TABLE {TABLE} DROP COLUMN reason",
        "ATTACH DATABASE ':memory:' AS mine",
        "VACUUM INTO '/dev/null/mine'",
        "PRAGMA recursive_triggers=OFF",
        "PRAGMA Foreign_Keys = 0",
        "PRAGMA main.writable_schema(1)",
        "PRAGMA synchronous=OFF",
        "PRAGMA journal_mode=MEMORY",
    ],
)
def test_neither_guards_nor_what_they_rest_on_go_away(database: Engine, statement: str) -> None:
    with database.connect() as connection:
        with pytest.raises(DatabaseError, match=r"not authorized|authorization denied"):
            connection.exec_driver_sql(statement)
        assert connection.exec_driver_sql("PRAGMA recursive_triggers").scalar() == 1
    assert _guards(database) == GUARDS


def test_what_is_written_once_is_not_replaced_either(database: Engine, now: str) -> None:
    row = {"name": "x", "old": 1, "new": 2, "reason": "why", "changed_at": now, "changed_by": "me", "row_hash": "h"}
    with database.begin() as connection:
        key = connection.execute(insert(SettingChange.__table__), row).inserted_primary_key
        assert key is not None
    again = insert(SettingChange.__table__).prefix_with("OR REPLACE")
    with pytest.raises(IntegrityError, match="append-only"), database.begin() as connection:
        connection.execute(again, row | {"id": key[0], "new": 3})


def test_tables_are_added_and_looked_at(database: Engine) -> None:
    with database.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE mine (id INTEGER PRIMARY KEY)")
        assert len(connection.exec_driver_sql("PRAGMA table_info(mine)").all()) == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        connection.exec_driver_sql("PRAGMA cache_size=-1000")


def test_it_is_unrestricted_for_a_while_and_not_after_a_failure(database: Engine) -> None:
    with database.connect() as connection:
        with pytest.raises(ZeroDivisionError):
            _fail_unrestricted(connection)
        with pytest.raises(DatabaseError, match="not authorized"):
            connection.exec_driver_sql(f"DROP TRIGGER {GUARDS[1]}")
        connection.rollback()
    assert _guards(database) == GUARDS[1:]


def _fail_unrestricted(connection: Connection) -> None:
    with unrestricted(connection):
        connection.exec_driver_sql(f"DROP TRIGGER {GUARDS[0]}")
        raise ZeroDivisionError
