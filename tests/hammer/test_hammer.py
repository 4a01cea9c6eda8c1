"""Eight processes of eight threads at one balance, one voucher, one budget: nothing twice, nothing too much.

`./dev bench hammer` does the same for a minute each. With the guards taken away the same count finds what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from core.db import session
from tests.hammer.crew import LEAST, PROCESSES, THREADS
from tests.hammer.guards import drop_constraints
from tests.hammer.targets import TARGETS
from tests.hammer.watching import Crew, waiting_crew

SECONDS = 2


@pytest.fixture(scope="module")
def crew(crowd: None) -> Iterator[Crew]:
    with waiting_crew() as waiting:
        yield waiting


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_spent_twice_or_too_much(target: str, crew: Crew, every_database: Engine, tmp_path: Path) -> None:
    outcome = crew.hammers(target, seconds=SECONDS, folder=tmp_path)
    assert outcome.findings == []
    hands = PROCESSES * THREADS
    assert outcome.asked_twice >= LEAST * hands // 2  # each key by two processes
    assert outcome.operations > outcome.done >= LEAST


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def throw_away(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database whose tables may be changed."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    url = make_url(request.getfixturevalue("postgresql_url"))
    name = f"guibin_test_unguarded_{os.getpid()}"
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"'))
    yield session.connect(url.set(database=name).render_as_string(hide_password=False))
    session.disconnect()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.mark.parametrize(
    ("target", "finding"),
    [
        ("balance", "points too many were spent"),
        ("voucher", "receipts were paid with one voucher at once"),
        ("budget", "fen too many were issued"),
    ],
)
def test_without_the_guards_the_same_count_finds_too_much(
    target: str, finding: str, crew: Crew, throw_away: Engine, tmp_path: Path
) -> None:
    drop_constraints(throw_away, TARGETS[target].tables)
    outcome = crew.hammers(target, seconds=SECONDS, folder=tmp_path, guarded=False)
    assert any(finding in found for found in outcome.findings), outcome.findings[:5]
