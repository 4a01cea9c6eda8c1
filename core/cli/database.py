"""`guibin db upgrade|roles|check|revision|pending`."""

from __future__ import annotations

import os
import tempfile

import click
from sqlalchemy import Engine, create_engine, inspect, make_url, text

from core import clock
from core.addons import install, registry
from core.addons.discover import available
from core.addons.graph import in_order
from core.config import database_url
from core.db import migrate, session
from core.db.roles import separate


@click.group()
def db() -> None:
    """Tables and their migrations."""


@db.command()
def upgrade() -> None:
    """Bring the tables of the kernel and of everything installed up to date."""
    install.upgrade(session.connect(database_url()), clock.now())


@db.command()
@click.option("--prefix", default="guibin", show_default=True, help="How the names of the roles begin.")
def roles(prefix: str) -> None:
    """Separate owner, application, sealer and reader, and put up the wall between stores (PostgreSQL)."""
    engine = session.connect(database_url())
    install.load_installed(engine)
    made = separate(engine, prefix)
    click.echo(f"{made.owner} owns and migrates; {made.app} works; {made.sealer} seals; {made.reader} reads")


@db.command()
def pending() -> None:
    """List migrations that are there and not applied; exit code 1 if there are any."""
    found = migrate.pending(session.connect(database_url()), registry.load(install.present(session.engine())).manifests)
    for revision in found:
        click.echo(revision)
    raise SystemExit(bool(found))


@db.command()
@click.argument("addon")
@click.option("-m", "--message", default="Tables")
def revision(addon: str, message: str) -> None:
    """Write a migration for ADDON (or core) from its mapped classes, against a scratch database."""
    found = available()
    names = found if addon == migrate.CORE else [addon]
    manifests = registry.load(names).manifests
    with tempfile.TemporaryDirectory() as folder:
        engine = session.connect(f"sqlite:///{folder}/scratch.db")
        migrate.upgrade(engine, manifests)
        path = migrate.write_revision(engine, manifests, addon, message)
        session.disconnect()
    click.echo(path)


@db.command()
def check() -> None:
    """Migrate everything up, down and up again on scratch databases, and compare with the mapped classes."""
    with tempfile.TemporaryDirectory() as folder:
        _up_down_up(session.connect(f"sqlite:///{folder}/scratch.db"))
        click.echo("sqlite: up, down, up: ok")
    server = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
    try:
        scratch = _scratch_postgresql(server)
    except _Unreachable:
        if os.environ.get("CI") == "true":
            raise
        click.echo("postgresql: not reachable, left out")
        return
    _up_down_up(session.connect(scratch))
    session.disconnect()
    _drop_postgresql(server)
    click.echo("postgresql: up, down, up: ok")


class _Unreachable(click.ClickException):
    pass


_NAME = "guibin_migration_check"


def _scratch_postgresql(server: str) -> str:
    try:
        _drop_postgresql(server)
        with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"CREATE DATABASE {_NAME}"))
    except Exception as problem:
        raise _Unreachable(f"PostgreSQL at {server}: {problem}") from problem
    return make_url(server).set(database=_NAME).render_as_string(hide_password=False)


def _drop_postgresql(server: str) -> None:
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)"))


def _up_down_up(engine: Engine) -> None:
    found = available()
    manifests = registry.load(found).manifests
    migrate.upgrade(engine, manifests)
    differences = migrate.differences(engine, manifests)
    if differences:
        raise click.ClickException("the mapped classes differ from the migrations:\n" + "\n".join(differences))
    for manifest in reversed(in_order(found, found)):
        migrate.downgrade(engine, manifests, manifest.name)
    migrate.downgrade(engine, manifests, migrate.CORE)
    left = set(inspect(engine).get_table_names()) - {"alembic_version"}
    if left:
        raise click.ClickException(f"left after the way down: {', '.join(sorted(left))}")
    migrate.upgrade(engine, manifests)
