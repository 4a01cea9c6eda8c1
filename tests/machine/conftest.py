"""Grounds on which lives are lived: the company as it was founded, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from addons.stores.queries import forget_places
from core import settings as decisions
from core.db import session as database
from core.db.scope import system_scope
from tests.machine.company import Company, book, founded
from tests.machine.tills import Ground


def _forget() -> None:
    forget_places()
    decisions.forget_values()


@pytest.fixture(scope="session")
def founded_on_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Company]:
    """The company on SQLite, to be copied."""
    path = tmp_path_factory.mktemp("company") / "founded.db"
    shutil.copy(sqlite_template, path)
    database.connect(f"sqlite:///{path}")
    _forget()
    with system_scope("test"):
        company = founded()
    database.disconnect()
    return path, company


@contextmanager
def on_postgresql(url: str) -> Iterator[Callable[[], None]]:
    """Give a way to begin with the company on PostgreSQL, from a template; all databases made are dropped."""
    name = f"{make_url(url).database}_machine"
    server = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")

    def run(*statements: str) -> None:
        database.disconnect()
        with server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    at = make_url(url).set(database=name).render_as_string(hide_password=False)

    def begin() -> None:
        run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{name}_t"')
        database.connect(at)
        _forget()

    source = make_url(url).database
    run(f'CREATE DATABASE "{name}_t" TEMPLATE "{source}"')
    database.connect(f"{at}_t")
    _forget()
    with database.work() as session:  # the first of everything is number one, as on SQLite
        restarted = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
        session.connection().execute(text(restarted))
    founded()
    yield begin
    run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'DROP DATABASE "{name}_t" WITH (FORCE)')
    server.dispose()


@pytest.fixture
def here(founded_on_sqlite: tuple[Path, Company], tmp_path: Path) -> Iterator[Ground]:
    """A ground on SQLite."""
    path, company = founded_on_sqlite

    def begin() -> None:
        database.disconnect()
        for old in tmp_path.glob("life.db*"):
            old.unlink()
        shutil.copy(path, tmp_path / "life.db")
        database.connect(f"sqlite:///{tmp_path / 'life.db'}")
        _forget()

    with system_scope("test"), book():
        yield Ground(company, begin, begin)
    database.disconnect()
    _forget()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ground(request: pytest.FixtureRequest, here: Ground) -> Iterator[Ground]:
    """A ground on each database; twins are always lived on SQLite."""
    if request.param == "sqlite":
        yield here
        return
    with on_postgresql(request.getfixturevalue("postgresql_url")) as begin:
        yield Ground(here.company, begin, here.begin)
