"""Tables whose rows are never changed or deleted: triggers in the database say so, whoever asks.

`op.append_only("points_entry")` in a migration; autogenerate writes it for a table marked with
`__table_args__ = {"info": {"append_only": True}}` or named in its addon's APPEND_ONLY.
"""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Connection, text

_SQLITE = """
CREATE TRIGGER {table}_no_{event_lower} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION core_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION core_append_only()
"""
_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION core_append_only()
"""


#: The guards of a table on PostgreSQL: trigger -> its kind in pg_trigger.tgtype (before, each row, which events).
KINDS = {"append_only": 0b11011, "no_truncate": 0b100010}
REFUSES = _FUNCTION.split("$$")[1]


def sqlite_guards(table: str) -> dict[str, str]:
    """Return the triggers that guard a table on SQLite: name -> definition."""
    events = ("UPDATE", "DELETE")
    return {
        f"{table}_no_{e.lower()}": _SQLITE.format(table=table, event=e, event_lower=e.lower()).strip() for e in events
    }


def protect(connection: Connection, table: str) -> None:
    """Let the database refuse every change and deletion in a table; dropping the table drops this too."""
    if connection.dialect.name == "sqlite":
        for definition in sqlite_guards(table).values():
            connection.execute(text(definition))
        return
    connection.execute(text(_FUNCTION))
    connection.execute(text(_POSTGRESQL.format(table=table)))
    connection.execute(text(_TRUNCATE.format(table=table)))


def open_up(connection: Connection, table: str) -> None:
    """Take the protection away, for a migration that then gives it back."""
    if connection.dialect.name == "sqlite":
        for event in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER {table}_no_{event}"))
        return
    for trigger in ("append_only", "no_truncate"):
        connection.execute(text(f"DROP TRIGGER {table}_{trigger} ON {table}"))


@Operations.register_operation("append_only")
class AppendOnly(MigrateOperation):
    """The migration step `op.append_only(table)`."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        self.table = table

    @classmethod
    def append_only(cls, operations: Operations, table: str) -> Any:
        """Protect a table."""
        return operations.invoke(cls(table))

    def reverse(self) -> MigrateOperation:
        """Return nothing to undo by itself: the triggers go with their table."""
        return AppendOnly("")


@Operations.implementation_for(AppendOnly)
def _run(operations: Operations, operation: AppendOnly) -> None:
    if operation.table:
        protect(operations.get_bind(), operation.table)


@renderers.dispatch_for(AppendOnly)
def _render(_context: Any, operation: AppendOnly) -> str:
    return f'op.append_only("{operation.table}")'
