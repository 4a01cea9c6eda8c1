"""Separate roles on PostgreSQL: who owns the tables, who uses them, who seals, who only reads; and the second wall.

The owner migrates. The application reads everything, adds to what is written once and never changes it, and sees rows
of stores behind row-level security (core.db.wall). The sealer reads what identifies nobody, and adds seals. The reader
reads everything, since verification looks at members' tiers too. Neither reads accounts. Running it again brings
everything up to date, as a migration does by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import ColumnProperty

from core.db.base import Base, metadata
from core.db.models import Seal
from core.db.scope import StoreScoped
from core.db.wall import POLICY
from core.errors import Invalid

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION guibin_all(what text) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('guibin.' || what, true), '') = '*' $$;
CREATE OR REPLACE FUNCTION guibin_stores(what text) RETURNS bigint[] LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN guibin_all(what) THEN '{}'
               ELSE string_to_array(nullif(current_setting('guibin.' || what, true), ''), ',')::bigint[] END $$;
"""
_ACCOUNTS = ("ab_user", "core_recovery_code")


@dataclass(frozen=True, slots=True)
class Roles:
    """The four roles, by their common beginning."""

    prefix: str

    def __post_init__(self) -> None:
        """Refuse a beginning that is no plain name."""
        if not _NAME.fullmatch(self.prefix):
            raise Invalid(field="prefix", problem="small letters, digits and underscores")

    @property
    def owner(self) -> str:
        """Owns the tables; used by migrations alone."""
        return f"{self.prefix}_owner"

    @property
    def app(self) -> str:
        """Web processes and workers."""
        return f"{self.prefix}_app"

    @property
    def sealer(self) -> str:
        """`guibin audit seal`."""
        return f"{self.prefix}_sealer"

    @property
    def reader(self) -> str:
        """`guibin audit verify`."""
        return f"{self.prefix}_reader"


def separate(engine: Engine, prefix: str) -> Roles:
    """Make the roles, give each what it may do, and put the wall up; again: bring all of it up to date.

    Refuses with Invalid on SQLite, and for a prefix that is no plain name.
    """
    if engine.dialect.name != "postgresql":
        raise Invalid(field="database", problem="roles are of PostgreSQL; SQLite has none")
    roles = Roles(prefix)
    with engine.begin() as connection:
        for statement in _statements(connection, roles):
            connection.execute(text(statement))
    return roles


def refresh(engine: Engine) -> None:
    """Bring what the roles may do up to date, if there are any: tables may be new."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        found = connection.scalar(text(_APP), {"policy": POLICY})
    if found is not None:
        separate(engine, str(found).removesuffix("_app"))


_APP = "SELECT roles[1]::text FROM pg_policies WHERE policyname = :policy AND schemaname = current_schema() LIMIT 1"
_GUARDED = """
SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgname = c.relname || '_append_only' AND c.relnamespace = current_schema()::regnamespace
"""


def _statements(connection: Connection, roles: Roles) -> Iterator[str]:
    yield from _roles(connection, roles)
    tables = set(inspect(connection).get_table_names())
    guarded = set(connection.execute(text(_GUARDED)).scalars())
    yield _FUNCTIONS
    yield from _ownership(connection, roles, sorted(tables))
    yield from _schema(roles)
    for table in sorted(tables):
        yield from _grants(table, roles, is_guarded=table in guarded)
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles.app}"
    for table, column in sorted(scoped_tables().items()):
        if table in tables:
            yield from _policies(table, column, roles)


def _roles(connection: Connection, roles: Roles) -> Iterator[str]:
    present = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role in (roles.owner, roles.app, roles.sealer, roles.reader):
        if role not in present:
            yield f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
    who, is_super = connection.execute(
        text("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")
    ).one()
    if not is_super and who != roles.owner:
        yield f"GRANT {roles.owner} TO CURRENT_USER"


def _ownership(connection: Connection, roles: Roles, tables: list[str]) -> Iterator[str]:
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {roles.owner}"
    for table in tables:
        yield f'ALTER TABLE public."{table}" OWNER TO {roles.owner}'  # its sequences go with it
    functions = ["guibin_all(text)", "guibin_stores(text)"]
    if connection.scalar(text("SELECT to_regproc('core_append_only')")) is not None:
        functions.append("core_append_only()")
    for function in functions:
        yield f"ALTER FUNCTION {function} OWNER TO {roles.owner}"


def _schema(roles: Roles) -> Iterator[str]:
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    for role in (roles.app, roles.sealer, roles.reader):
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"


def _grants(table: str, roles: Roles, *, is_guarded: bool) -> Iterator[str]:
    name = f'public."{table}"'
    may = "SELECT, INSERT" if is_guarded else "SELECT, INSERT, UPDATE, DELETE"
    if table in ("alembic_version", Seal.__tablename__):
        may = "SELECT"
    yield f"GRANT {may} ON {name} TO {roles.app}"
    info = metadata.tables[table].info if table in metadata.tables else {}
    if table not in _ACCOUNTS:
        yield f"GRANT SELECT ON {name} TO {roles.reader}"
        if not info.get("personal"):
            yield f"GRANT SELECT ON {name} TO {roles.sealer}"
    if table == Seal.__tablename__:
        yield f"GRANT INSERT ON {name} TO {roles.sealer}"


def scoped_tables() -> dict[str, str]:
    """Return the tables whose rows belong to a store, with the column that says which."""
    found = {}
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, StoreScoped):
            store: Any = mapper.get_property("store_id")
            found[str(mapper.local_table)] = store.columns[0].name if isinstance(store, ColumnProperty) else store.name
    return found


def _policies(table: str, column: str, roles: Roles) -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    reads, changes, inserts = (_within(column, what) for what in ("reads", "changes", "inserts"))
    for name, kind, whom, what in (
        ("guibin_owner", "ALL", roles.owner, "USING (true) WITH CHECK (true)"),
        ("guibin_audit", "SELECT", f"{roles.sealer}, {roles.reader}", "USING (true)"),
        (POLICY, "SELECT", roles.app, f"USING ({reads})"),
        ("guibin_inserts", "INSERT", roles.app, f"WITH CHECK ({inserts})"),
        ("guibin_changes", "UPDATE", roles.app, f"USING ({changes}) WITH CHECK ({changes})"),
        ("guibin_removes", "DELETE", roles.app, f"USING ({changes})"),
    ):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
        yield f"CREATE POLICY {name} ON {table} FOR {kind} TO {whom} {what}"


def _within(column: str, what: str) -> str:
    """Return the condition that a row is of a store the transaction is about; asked once a statement."""
    return f"(SELECT guibin_all('{what}')) OR {column} = ANY ((SELECT guibin_stores('{what}'))::bigint[])"
