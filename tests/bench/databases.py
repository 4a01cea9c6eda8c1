"""Databases that benchmarks throw away: SQLite in a folder, and PostgreSQL where there is a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from core.db import session


def scratch(folder: Path) -> Iterator[Engine]:
    """Yield one engine after the other, each connected as the database of this process and gone afterwards."""
    yield session.connect(f"sqlite:///{folder / 'bench.db'}")
    session.disconnect()
    server = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
    name = f"guibin_bench_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield session.connect(make_url(server).set(database=name).render_as_string(hide_password=False))
    finally:
        session.disconnect()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
