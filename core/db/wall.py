"""The second wall: on PostgreSQL with separate roles, row-level security limits what the application reads and writes.

Before a statement the transaction says whose stores it is about; a transaction that says nothing sees nothing. What it
says is the scope in force (core.db.scope): its stores to read, and those to write. A posting reads and changes rows of
all stores, since a member may spend here what she earned elsewhere (C31), and writes new ones for its own stores only.
Outside of postings prepared statements (core.db.statement) read all stores, as they do where there is no wall: each is
a question of a service that has looked whether it may be asked. Other reads of bare tables say so with `brand_wide`.

`guibin db roles` puts the wall up. Where it does not stand (SQLite, one role for everything) nothing is said.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

from core.db.scope import current_scope, is_brand_wide

#: The policy that tells a role that it stands behind the wall.
POLICY = "guibin_reads"
#: Execution option of a connection whose transaction moves value.
MONEY = "money_write"
ALL = "*"

_IS_BEHIND = """
SELECT EXISTS (SELECT FROM pg_policies WHERE policyname = %s AND schemaname = current_schema()
               AND current_user = ANY (roles))
"""
_SAY = """
SELECT set_config('guibin.reads', %s, true), set_config('guibin.changes', %s, true),
       set_config('guibin.inserts', %s, true)
"""
_SAID, _BEHIND = "wall_said", "wall_behind"
_Said = tuple[str, str, str]


def stand_behind(engine: Engine) -> None:
    """Let the connections of an engine find out whether they stand behind the wall, and say what they are about."""
    event.listen(engine, "connect", _ask)
    event.listen(engine, "begin", _forget)
    event.listen(engine, "rollback_savepoint", _forget)
    event.listen(engine, "before_execute", _before)


def _ask(raw: Any, record: Any) -> None:
    with raw.cursor() as cursor:
        record.info[_BEHIND] = cursor.execute(_IS_BEHIND, (POLICY,)).fetchone()[0]
    raw.rollback()


def _forget(connection: Connection, *_of: Any) -> None:
    """Say it again: what was said ended with the transaction, or was undone with a part of it."""
    if not connection.invalidated:  # one that was lost takes what it was told with it, and has nothing to be asked
        connection.info.pop(_SAID, None)


def _before(connection: Connection, *_statement: Any) -> None:
    say(connection, is_wide=is_brand_wide())


def is_behind(connection: Connection) -> bool:
    """Tell whether a connection stands behind the wall."""
    return bool(connection.info.get(_BEHIND))


def say(connection: Connection, *, is_wide: bool) -> None:
    """Say what the transaction of a connection is about, if it stands behind the wall and that is not said already."""
    info = connection.info
    if not info.get(_BEHIND):
        return
    wanted = _reach(connection, is_wide=is_wide)
    if info.get(_SAID) != wanted:
        connection.exec_driver_sql(_SAY, wanted)
        info[_SAID] = wanted


def _reach(connection: Connection, *, is_wide: bool) -> _Said:
    scope = current_scope()
    reads, writes = _stores(scope.reads), _stores(scope.writes)
    if connection.get_execution_options().get(MONEY) and writes:
        return ALL, ALL, writes
    return (ALL if is_wide and reads else reads), writes, writes  # nobody sees nothing, whatever is asked


def _stores(stores: frozenset[int] | None) -> str:
    return ALL if stores is None else ",".join(map(str, sorted(stores)))
