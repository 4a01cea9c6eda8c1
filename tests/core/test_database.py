"""Sessions, events after commit, append-only tables, settings and scope: each promise, and what happens without it."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import bus, settings
from core.db.models import Outbox, SettingChange
from core.db.posting import Operation, Plain, post, send_later
from core.db.scope import NOBODY, Scope, acting, current_scope, require_store, system_scope
from core.db.session import connect, disconnect, money_work, reading, work
from core.errors import Invalid, NotFound, OutOfScope
from core.ledger.entry import row_hash

HEARD: list[str] = []


@pytest.fixture(autouse=True)
def listener() -> Iterator[None]:
    """Hear what happens; forget it afterwards."""
    HEARD.clear()
    bus.subscribe("test.happened", _hear)
    yield
    bus._subscribers["test.happened"].clear()


def _hear(happened: bus.Happened) -> None:
    HEARD.append(str(happened.data["what"]))


def announce(session: Session, what: str) -> None:
    """Announce an event of these tests."""
    bus.announce(session, bus.Happened("test.happened", {"what": what}))


@pytest.mark.usefixtures("database", "system")
def test_events_go_out_after_the_commit_and_not_without_it() -> None:
    """Nobody hears of what was rolled back."""
    with work() as session:
        announce(session, "kept")
        assert HEARD == []
    assert HEARD == ["kept"]
    with pytest.raises(ZeroDivisionError):
        _announce_and_crash()
    assert HEARD == ["kept"]


def _announce_and_crash() -> None:
    with work() as session:
        announce(session, "lost")
        raise ZeroDivisionError


@pytest.mark.usefixtures("database", "system")
def test_a_failing_subscriber_fails_loudly() -> None:
    """An error of a subscriber is not swallowed."""
    with pytest.raises(KeyError), work() as session:
        bus.announce(session, bus.Happened("test.happened", {}))


def test_what_is_append_only_refuses_to_change(every_database: Engine, now: datetime) -> None:
    """The database says no, whoever asks."""
    table = SettingChange.__table__
    row = {"name": "x", "old": 1, "new": 2, "reason": "why", "changed_at": now, "changed_by": "me"}
    row |= {"row_hash": row_hash(table, row)}
    with every_database.begin() as connection:
        connection.execute(insert(table), row)
    for statement in (update(table).values(reason="another"), delete(table)):
        with pytest.raises(DBAPIError, match="append-only"), every_database.begin() as connection:
            connection.execute(statement)
    with every_database.connect() as connection:
        assert connection.execute(select(table.c.reason)).scalars().all() == ["why"]


@pytest.mark.usefixtures("database")
def test_without_a_scope_nothing_may_be_done() -> None:
    """Jobs and commands declare themselves; whoever forgets sees and writes nothing."""
    assert current_scope() == NOBODY
    with pytest.raises(OutOfScope):
        require_store(1)
    with acting(Scope(reads=frozenset({1}), writes=frozenset())):
        require_store(1)
        for store, write in ((2, False), (1, True)):
            with pytest.raises(OutOfScope):
                require_store(store, write=write)
    with system_scope("test"):
        require_store(2, write=True)


@pytest.mark.usefixtures("database", "system")
def test_a_setting_changes_with_a_reason_or_not_at_all(now: datetime) -> None:
    """Unknown names, wrong values and missing reasons change nothing."""
    with work() as session:
        wrong = [("no.such", 3, "why"), ("tiers.window_months", "3", "why"), ("tiers.window_months", 3, " ")]
        for name, value, reason in wrong:
            with pytest.raises((NotFound, Invalid)):
                settings.change(session, name=name, to=value, by="me", reason=reason, now=now)
        assert settings.value(session, "tiers.window_months") == 6
        settings.change(session, name="tiers.window_months", to=3, by="me", reason="why", now=now)
        assert settings.value(session, "tiers.window_months") == 3
    with reading() as session:
        kept = session.execute(select(SettingChange.old, SettingChange.new, SettingChange.changed_by)).one()
        assert tuple(kept) == (6, 3, "me")


def _hammer(url: str, name: str, times: int) -> None:
    connect(url)

    def write(session: Session) -> Plain:
        send_later(session, "test.happened", {})
        return {}

    with system_scope("hammer"):
        for number in range(times):
            post(Operation("test", f"{number % 20}-{name if number >= 20 else 'shared'}", {}), write)
    disconnect()


def test_who_moves_value_on_sqlite_is_the_writer_from_the_begin(database: Engine) -> None:
    """A read that turns into a write decides on what is old, or finds the database locked."""
    with closing(sqlite3.connect(database.url.database or "", timeout=0)) as other:
        with money_work(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_processes_with_the_same_keys_write_each_once(every_database: Engine) -> None:
    """Four processes: twenty keys they share and twenty of each; nothing is lost, nothing is doubled."""
    url = every_database.url.render_as_string(hide_password=False)
    processes = [multiprocessing.get_context("spawn").Process(target=_hammer, args=(url, str(n), 40)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with system_scope("test"), reading() as session:
        assert session.scalar(select(func.count()).select_from(Outbox)) == 20 + 4 * 20
