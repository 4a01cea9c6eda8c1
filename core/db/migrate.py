"""Migrations: one Alembic branch for the kernel and one for each addon, on SQLite and PostgreSQL alike.

The order of the branches is the order of the addons (core.addons.graph); Alembic's own `depends_on` is not used, see
docs/adr/0002: each branch keeps its own row in alembic_version and goes up and down by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from core.addons.manifest import Manifest
from core.db.append_only import AppendOnly, protect
from core.db.base import metadata
from core.db.engine import MONEY
from core.db.restricted import unrestricted

CORE = "core"
_HOME = Path(__file__).parent / "migrations"
_LOCK = 7_215_340_018  # any fixed number: migrations wait for one another


def configuration(manifests: Iterable[Manifest]) -> Config:
    """Return an Alembic configuration that knows the kernel's migrations and those of these addons."""
    config = Config()
    config.set_main_option("script_location", str(_HOME))
    folders = [_HOME / "versions", *(m.folder / "migrations" / "versions" for m in manifests)]
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(f) for f in folders if f.is_dir()))
    return config


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Give the one connection that may change tables now; one transaction."""
    with (
        engine.connect().execution_options(**{MONEY: True}) as connection,
        unrestricted(connection),
        _rebuilding(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection
        _require_references(connection)


@contextmanager
def _rebuilding(connection: Connection) -> Iterator[None]:
    """Let SQLite change a table that others refer to: it is made anew under another name and takes the old one's.

    References are not watched meanwhile, and all of them are looked at before anything is kept.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")  # within a transaction it would do nothing
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _require_references(connection: Connection) -> None:
    """Raise RuntimeError for a row that refers to one that is not there."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            message = f"a row of {broken[0]} refers to nothing in {broken[2]}"
            raise RuntimeError(message)


def upgrade(engine: Engine, manifests: Sequence[Manifest], names: Iterable[str] | None = None) -> None:
    """Bring the kernel's tables and those of the named addons (default: all given) up to date."""
    import_module("core.web.security.models")  # the kernel's own columns of Flask-AppBuilder's tables
    config = configuration(manifests)
    branches = set(_branches(config))
    wanted = [CORE, *(m.name for m in manifests if names is None or m.name in set(names))]
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        for name in wanted:
            if name in branches:
                command.upgrade(config, f"{name}@head")


def downgrade(engine: Engine, manifests: Sequence[Manifest], name: str) -> None:
    """Take away the tables of one addon and all their rows; the caller has made sure that nobody needs them."""
    config = configuration(manifests)
    if name not in _branches(config):
        return
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, f"{name}@base")


def pending(engine: Engine, manifests: Sequence[Manifest]) -> list[str]:
    """Return the revisions that are there and not applied."""
    script = ScriptDirectory.from_config(configuration(manifests))
    with engine.connect() as connection:
        applied = set(MigrationContext.configure(connection).get_current_heads())
    done = {r.revision for r in script.iterate_revisions(tuple(applied), "base")} if applied else set()
    known = {r.revision for r in script.walk_revisions("base", "heads")}
    return sorted(known - done)


def write_revision(engine: Engine, manifests: Sequence[Manifest], name: str, message: str) -> Path:
    """Write the migration from the tables of `engine` to the mapped classes of one addon (or "core")."""
    import_module("core.web.security.models")
    config = configuration(manifests)
    folder = _HOME / "versions" if name == CORE else _folder_of(manifests, name) / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    config = configuration(manifests)
    first = name not in _branches(config)
    config.attributes["include_object"] = _only(name, manifests)
    config.attributes["process_revision_directives"] = _add_triggers
    with migrating(engine) as connection:
        config.attributes["connection"] = connection
        script = command.revision(
            config,
            message,
            autogenerate=True,
            head="base" if first else f"{name}@head",
            branch_label=name if first else None,
            version_path=str(folder),
            rev_id=f"{name}_{_count(config, name) + 1:04d}",
        )
    if script is None or isinstance(script, list):
        message = f"nothing to write for {name}"
        raise RuntimeError(message)
    return Path(script.path)


def _branches(config: Config) -> set[str]:
    script = ScriptDirectory.from_config(config)
    return {label for revision in script.walk_revisions() for label in revision.branch_labels}


def _count(config: Config, name: str) -> int:
    script = ScriptDirectory.from_config(config)
    return sum(revision.revision.startswith(f"{name}_") for revision in script.walk_revisions())


def _folder_of(manifests: Sequence[Manifest], name: str) -> Path:
    return next(m.folder for m in manifests if m.name == name)


def owner_of(table: str, manifests: Iterable[Manifest]) -> str:
    """Return the addon whose name a table begins with, "core" for the kernel's and Flask-AppBuilder's."""
    fitting = [m.name for m in manifests if table.startswith(f"{m.name}_")]
    return max(fitting, key=len, default=CORE)


def _only(name: str, manifests: Sequence[Manifest]) -> Any:
    def include(_item: Any, label: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        if kind != "table":
            return True
        return label is not None and owner_of(label, manifests) == name and label != "alembic_version"

    return include


def _add_triggers(_context: Any, _revision: Any, directives: list[Any]) -> None:
    for script in directives:
        new = [o.table_name for o in script.upgrade_ops.ops if isinstance(o, ops.CreateTableOp)]
        script.upgrade_ops.ops.extend(AppendOnly(table) for table in new if is_append_only(table))


def is_append_only(table: str) -> bool:
    """Tell whether a table is marked append-only."""
    return bool(metadata.tables[table].info.get("append_only"))


def differences(engine: Engine, manifests: Sequence[Manifest]) -> list[str]:
    """Return what the migrated tables lack of the mapped classes, or have too much; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    return [str(item) for item in found if _is_loaded(str(_table_of(item)), manifests)]


def _table_of(difference: Any) -> str | None:
    for part in difference if isinstance(difference, tuple) else ():
        name = getattr(getattr(part, "table", part), "name", None)
        if name is not None:
            return str(name)
    return None


def create_all(engine: Engine, manifests: Sequence[Manifest]) -> None:
    """Make the tables of the kernel and of these addons straight from the mapped classes (tests, scratch databases).

    `guibin db check` proves that the migrations lead to the same tables.
    """
    import_module("core.web.security.models")
    tables = [t for t in metadata.sorted_tables if _is_loaded(t.name, manifests)]
    with migrating(engine) as connection:
        metadata.create_all(connection, tables=tables)
        for table in tables:
            if is_append_only(table.name):
                protect(connection, table.name)


def _is_loaded(table: str, manifests: Sequence[Manifest]) -> bool:
    """Tell whether a table is the kernel's or one of these addons'; mapped classes of others may be about."""
    return table.startswith(("core_", "ab_")) or owner_of(table, manifests) != CORE
