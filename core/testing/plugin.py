"""pytest fixtures: a database with all addons, fresh for each test, on SQLite and where asked on PostgreSQL."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import clock, settings
from core.addons import registry
from core.addons.discover import available, extra_paths, make_importable
from core.db import migrate, session
from core.db.engine import open_engine, open_money_engine
from core.db.models import InstalledAddon
from core.db.scope import GuardedSession, system_scope

#: The day most tests live in: a Monday afternoon in Shanghai.
NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Let tests of addons on GUIBIN_ADDONS_PATH import them; no key and no anchor is that of an installation."""
    os.environ.setdefault("GUIBIN_LEDGER_KEY", "the key of ledgers that are thrown away")
    make_importable(extra_paths())


def pytest_collection_finish() -> None:
    """What was read until now stays: to look through it for garbage again and again takes a tenth of a run."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def seal_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys of seals and anchors lie in a folder of this run."""
    folder = tmp_path_factory.mktemp("seals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUIBIN_SEAL_KEYS", str(folder / "keys"))
        patch.setenv("GUIBIN_ANCHORS", str(folder / "anchors"))
        yield


@pytest.fixture(scope="session", autouse=True)
def written_statements() -> Iterator[None]:
    """What SQLAlchemy wrote for one database it need not write again for the next: a test opens one of its own."""
    first: dict[str, Engine] = {}

    def knowing(engine: Engine) -> Engine:
        known = first.setdefault(engine.name, engine)
        engine.dialect = known.dialect
        engine._compiled_cache = known._compiled_cache  # noqa: SLF001 - no public name takes one over
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.db.session.open_engine", lambda url: knowing(open_engine(url)))
        patch.setattr("core.db.session.open_money_engine", lambda engine: knowing(open_money_engine(engine)))
        yield


@pytest.fixture(scope="session")
def addons() -> registry.Registry:
    """All addons there are, loaded."""
    return registry.load(available())


@pytest.fixture(scope="session")
def sqlite_template(addons: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "guibin.db"
    _fill(session.connect(f"sqlite:///{path}"), addons)
    session.disconnect()
    return path


@pytest.fixture(scope="session")
def postgresql_url(addons: registry.Registry) -> Iterator[str]:
    """An empty PostgreSQL database with all tables; skipped where there is no server, a failure in CI."""
    server = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
    name = f"guibin_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except OperationalError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL: {problem}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    _fill(session.connect(url), addons)
    session.disconnect()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def _fill(engine: Engine, loaded: registry.Registry) -> None:
    migrate.create_all(engine, loaded.manifests)
    with system_scope("tests"), session.work() as work:
        for manifest in loaded.manifests:
            work.add(InstalledAddon(name=manifest.name, version=manifest.version, installed_at=NOW, loaded=[]))


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite database, connected."""
    path = tmp_path / "guibin.db"
    shutil.copy(sqlite_template, path)
    settings.forget_values()
    yield session.connect(f"sqlite:///{path}")
    session.disconnect()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    """A PostgreSQL database without rows, connected."""
    engine = session.connect(postgresql_url)
    settings.forget_values()
    yield engine
    _empty(engine)
    session.disconnect()


#: Rows go, numbering starts anew; deleting from the few tables that have rows is much quicker than TRUNCATE on all.
_EMPTY = """
DO $$ DECLARE name text; sequence text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;  -- append-only tables and foreign keys too
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'core_addon' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM %I', name);
      FOR sequence IN SELECT pg_get_serial_sequence(quote_ident(name), column_name) FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name = name AND column_name = 'id' LOOP
        IF sequence IS NOT NULL THEN PERFORM setval(sequence, 1, false); END IF;
      END LOOP;
    END IF;
  END LOOP;
END $$
"""


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(_EMPTY))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def every_database(request: pytest.FixtureRequest) -> Engine:
    """The test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue("database" if request.param == "sqlite" else "postgresql")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Modules that take most connections a server has take them in turn."""
    with (tmp_path_factory.getbasetemp().parent / "crowd.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.fixture
def broker() -> Iterator[str]:
    """A Redis database of this process's own, emptied; skipped where there is no Redis, a failure in CI."""
    redis = pytest.importorskip("redis")
    server = os.environ.get("GUIBIN_TEST_REDIS", "redis://127.0.0.1:6379/15").rpartition("/")[0]
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{server}/{15 - number % 8}"
    client = redis.Redis.from_url(url)
    try:
        client.flushdb()
    except redis.exceptions.ConnectionError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no Redis")
    yield url
    client.flushdb()
    client.close()


@pytest.fixture
def system() -> Iterator[None]:
    """Act for the whole programme."""
    with system_scope("test"):
        yield


@pytest.fixture
def now() -> Iterator[datetime]:
    """Stop the clock at NOW."""
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def db_session(database: Engine) -> Iterator[Session]:
    """A session of a fresh SQLite database that sees everything; what is not committed is lost."""
    with system_scope("test"), GuardedSession(database, expire_on_commit=False) as opened:
        yield opened
