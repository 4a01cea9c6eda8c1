"""What a posting sends ahead to PostgreSQL: answers come late, failures never get lost."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import URL, Column, Engine, MetaData, String, Table, bindparam, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.db.engine import open_money_engine
from core.db.models import Outbox
from core.db.posting import Operation, Plain, post
from core.db.reserve import reserve, reserve_ahead
from core.db.session import glance, money_work, reading
from core.db.statement import Statement, plan_once, write_rows
from core.db.types import Amount, Key
from core.db.wire import MoneyLine
from core.testing.master import standing
from tests.web_admin.wire import until

pytestmark = [pytest.mark.usefixtures("system"), pytest.mark.postgresql]

THING = Table(
    "test_sent",
    MetaData(),
    Column("id", Key, primary_key=True),
    Column("name", String(20), unique=True, nullable=False),
    Column("points", Amount, nullable=False, server_default="0"),
)
C = THING.c
COUNT = Statement(select(func.count()).select_from(THING))
POINTS = Statement(select(C.points).where(C.name == bindparam("b_name")))
LOCKED = Statement(select(C.points).where(C.name == bindparam("b_name")).with_for_update())
ADD = Statement(THING.update().where(C.name == bindparam("b_name")).values(points=C.points + bindparam("b_more")))
TAKEN = Statement(
    THING.update()
    .where(C.name == bindparam("b_name"))
    .values(points=C.points - bindparam("b_less"))
    .returning(C.points)
)
BACKEND = Statement(select(func.pg_backend_pid()))


@pytest.fixture
def things(postgresql: Engine) -> Iterator[Engine]:
    """A table of things."""
    with standing(postgresql, THING) as engine:
        yield engine


def line_of(session: Session) -> Any:
    """Return the driver's connection of a session."""
    return session.connection().connection.dbapi_connection


def kept() -> list[tuple[str, int]]:
    """Return what was committed."""
    with reading() as session:
        return [(name, points) for name, points in session.execute(select(C.name, C.points).order_by(C.name))]


def write(session: Session, *names: str) -> None:
    """Send things ahead."""
    write_rows(session, THING, [{"name": name} for name in names])


def state_of(backend: int) -> str:
    """Return what a process of the server is doing."""
    with reading() as session:
        return str(session.scalar(text("SELECT state FROM pg_stat_activity WHERE pid = :pid"), {"pid": backend}))


def test_what_was_sent_is_seen_by_the_next_question_and_by_sqlalchemy(things: Engine) -> None:
    with money_work() as session:
        write(session, "one", "two")
        assert COUNT.scalar(session) == 2
        write(session, "three")
        assert session.scalar(select(func.count()).select_from(THING)) == 3
        write(session, "four")
    assert [name for name, _ in kept()] == ["four", "one", "three", "two"]


def test_what_goes_ahead_goes_together_when_an_answer_is_needed_or_it_becomes_much(things: Engine) -> None:
    with money_work() as session:
        backend = line_of(session).info.backend_pid
        write(session, *(f"few {number}" for number in range(50)))
        assert state_of(backend) == "idle"  # not even that a transaction begins is known there
        assert COUNT.scalar(session) == 50
        write(session, *(f"many {number}" for number in range(1_000)))
        # Nobody waited for an answer, and what the server was given is no half of a statement it would wait for.
        assert until(lambda: state_of(backend), lambda said: said == "active") == "active"
    assert len(kept()) == 1_050


@pytest.mark.parametrize("asks", [True, False])
def test_a_failure_comes_with_what_is_next_at_the_latest_with_the_commit(things: Engine, asks: bool) -> None:
    answered = []
    with pytest.raises(IntegrityError, match="test_sent_name"), money_work() as session:  # noqa: PT012
        write(session, "one")
        write(session, "one")
        write(session, "two")
        if asks:
            answered.append(COUNT.scalar(session))
    assert answered == []
    assert kept() == []
    with money_work() as session:  # the connection is as good as before
        write(session, "one")
    assert kept() == [("one", 0)]


def test_a_failure_that_somebody_swallowed_is_not_committed(things: Engine) -> None:
    with pytest.raises(DBAPIError), money_work() as session:  # noqa: PT012
        write(session, "one", "one")
        with pytest.raises(IntegrityError):
            COUNT.scalar(session)
    assert kept() == []


def test_a_commit_that_the_server_answers_with_a_rollback_is_a_failure(things: Engine) -> None:
    with pytest.raises(DBAPIError), money_work() as session:  # noqa: PT012
        write(session, "one", "one")
        with pytest.raises(IntegrityError):
            session.execute(select(1))  # SQLAlchemy waits for all answers: the line is as usual, the transaction is not
    assert kept() == []


def test_a_posting_that_fails_ahead_keeps_neither_key_nor_message(things: Engine) -> None:
    def command(session: Session) -> Plain:
        write(session, "one", "one")
        return {}

    with pytest.raises(IntegrityError):
        post(Operation("test.thing", "k", {}), command)
    assert post(Operation("test.thing", "k", {}), lambda _session: {"done": True}).repeated is False
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Outbox)) == 0


def test_rows_changed_are_counted_behind_what_was_sent(things: Engine) -> None:
    with money_work() as session:
        write(session, "one", "two")
        assert ADD.run(session, b_name="one", b_more=3) == 1
        assert ADD.run(session, b_name="nobody", b_more=3) == 0
        assert ADD.run_each(session, [{"b_name": name, "b_more": 1} for name in ("one", "two", "nobody")]) == 2
        ADD.send_each(session, [{"b_name": name, "b_more": 10} for name in ("one", "two")])
    assert kept() == [("one", 14), ("two", 11)]


def test_what_was_looked_up_ahead_counts_until_something_is_written_or_locked(things: Engine) -> None:
    with money_work() as session:
        write(session, "one")
    for between in (
        lambda session: ADD.run(session, b_name="one", b_more=1),
        lambda session: TAKEN.scalar(session, b_name="one", b_less=1),
        lambda session: write(session, "other"),
        lambda session: session.execute(THING.update().values(points=C.points + 1)),
        lambda session: LOCKED.scalar(session, b_name="one"),
    ):
        with money_work() as session:
            POINTS.look_ahead(session, b_name="one")
            between(session)
            seen = POINTS.scalar(session, b_name="one")
            assert seen == session.scalar(select(C.points).where(C.name == "one"))


def test_a_question_ahead_answers_the_same_question_only(things: Engine) -> None:
    with money_work() as session:
        write(session, "one", "two")
        ADD.run(session, b_name="two", b_more=5)
        POINTS.look_ahead(session, b_name="one")
        assert POINTS.scalar(session, b_name="two") == 5
        POINTS.look_ahead(session, b_name="one")
        POINTS.look_ahead(session, b_name="two")
        assert (POINTS.scalar(session, b_name="two"), POINTS.scalar(session, b_name="one")) == (5, 0)


def test_keys_reserved_ahead_are_given_once(things: Engine) -> None:
    with money_work() as session:
        reserve_ahead(session, {THING: 2})
        write(session, "one")
        session.execute(THING.update().values(points=1))
        first, second = reserve(session, {THING: 2})[THING], reserve(session, {THING: 2})[THING]
    assert first == [second[0] - 3, second[0] - 2]  # the one that was sent ahead was not lost; one has its own


def test_prepared_statements_outlive_a_rollback(things: Engine) -> None:
    mine = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%test_sent%'"
    for _ in range(8):
        with pytest.raises(ZeroDivisionError), money_work() as session:  # noqa: PT012
            COUNT.scalar(session)
            raise ZeroDivisionError
    with money_work() as session:
        assert session.scalar(text(mine)) >= 1
    for _ in range(8):
        with reading() as session:
            COUNT.scalar(session)
    with reading() as session:
        assert session.scalar(text(mine)) >= 1


def test_prepared_statements_outlive_what_is_undone_within_a_transaction(things: Engine) -> None:
    for _ in range(8):
        with money_work() as session:
            write(session, "one")
            for _ in range(8):
                with pytest.raises(ZeroDivisionError), session.begin_nested():  # noqa: PT012
                    session.execute(THING.insert().values(name="undone"))
                    raise ZeroDivisionError
            assert COUNT.scalar(session) == 1
            session.execute(THING.delete())


def test_a_statement_that_could_not_be_prepared_is_prepared_when_it_can(things: Engine) -> None:
    lacking = Statement(select(func.count()).select_from(Table("test_later", MetaData(), Column("id", Key))))
    with pytest.raises(DBAPIError, match="test_later"), money_work() as session:
        lacking.scalar(session)
    with pytest.raises(DBAPIError), money_work() as session:  # noqa: PT012
        write(session, "one", "one")
        lacking.scalar(session)
    with things.begin() as other:
        other.execute(text("CREATE TABLE test_later (id bigint)"))
    try:
        with money_work() as session:
            assert lacking.scalar(session) == 0
    finally:
        with things.begin() as other:
            other.execute(text("DROP TABLE test_later"))


def test_a_glance_has_no_transaction_and_leaves_the_next_one_whole(things: Engine) -> None:
    with glance() as session:
        backend = BACKEND.scalar(session)
        assert not line_of(session).info.transaction_status
    with pytest.raises(ZeroDivisionError), money_work() as session:  # noqa: PT012
        assert BACKEND.scalar(session) == backend  # the connection is the one the posting uses
        write(session, "one")
        raise ZeroDivisionError
    assert kept() == []


def test_a_glance_looks_ahead_on_the_journey_of_another_question(things: Engine) -> None:
    with money_work() as session:
        write(session, "one")
    with glance() as session:
        POINTS.look_ahead(session, b_name="one")
        assert BACKEND.scalar(session) == line_of(session).info.backend_pid
        with things.begin() as other:
            other.execute(THING.update().values(points=7))
        # Answered before the change: nobody went to the database for it again.
        assert POINTS.scalar(session, b_name="one") == 0
        assert POINTS.scalar(session, b_name="one") == 7


def test_a_glance_changes_nothing(things: Engine) -> None:
    with money_work() as session:
        write(session, "one")
    for change in (
        lambda session: write(session, "two"),
        lambda session: ADD.run(session, b_name="one", b_more=1),
        lambda session: TAKEN.scalar(session, b_name="one", b_less=1),
    ):
        with pytest.raises(DBAPIError, match="a glance changes nothing"), glance() as session:
            change(session)
    assert kept() == [("one", 0)]


def test_a_connection_that_is_lost_or_closed_takes_what_was_sent_with_it(things: Engine) -> None:
    with pytest.raises(DBAPIError) as lost, money_work() as session:  # noqa: PT012
        backend = BACKEND.scalar(session)
        write(session, "one")
        with reading() as other:
            other.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        write(session, "two")
        COUNT.scalar(session)
    assert lost.value.connection_invalidated
    with money_work() as session:
        write(session, "three")
        line = line_of(session)
        assert isinstance(line, MoneyLine)
        line.close()
        session.connection().invalidate()
        session.rollback()
    gc.collect()
    assert kept() == []


def test_a_server_that_goes_when_it_has_committed_is_lost_and_the_same_key_brings_the_answer(
    things: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Operation("test.thing", "k", {})

    def command(session: Session) -> Plain:
        write(session, "one")
        return {"made": 1}

    with _gone_after_commit(things) as url:
        through = open_money_engine(create_engine(url))
        monkeypatch.setattr("core.db.session._money_engine", through)
        assert post(asked, command) == ({"made": 1}, True)  # the first time was committed, and nobody was told
        through.dispose()
    assert kept() == [("one", 0)]


@contextmanager
def _gone_after_commit(things: Engine) -> Iterator[URL]:
    """Give a way to the server that breaks once: behind the word that a posting is committed."""
    url, broken = things.url, threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as gate, ThreadPoolExecutor(8) as workers:

        def meet() -> None:
            while True:
                try:
                    near, _ = gate.accept()
                except OSError:
                    return
                far = socket.create_connection((url.host or "127.0.0.1", url.port or 5432))
                workers.submit(_carry, near, far, lambda data: data)
                workers.submit(_carry, far, near, cut)

        def cut(data: bytes) -> bytes:
            place = data.find(b"C\x00\x00\x00\x0bCOMMIT\x00")
            if place < 0 or broken.is_set():
                return data
            broken.set()
            said = b"SFATAL\x00C57P01\x00Mgone\x00\x00"
            return data[: place + 12] + b"E" + (len(said) + 4).to_bytes(4) + said + _END

        threading.Thread(target=meet, daemon=True).start()
        query = {"sslmode": "disable", "gssencmode": "disable"}
        yield url.set(host="127.0.0.1", port=gate.getsockname()[1]).update_query_dict(query)
        gate.shutdown(socket.SHUT_RDWR)
    assert broken.is_set()


_END = b"<end>"


def _carry(one: socket.socket, other: socket.socket, through: Callable[[bytes], bytes]) -> None:
    """Carry bytes until one side ends, or `through` says that it does."""
    with one, other:
        while data := one.recv(1 << 20):
            data = through(data)
            other.sendall(data.removesuffix(_END))
            if data.endswith(_END):
                break
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_much_goes_both_ways_at_once(things: Engine) -> None:
    much = 1_000_000
    with money_work() as session:
        line = line_of(session)
        made = [line.ask("SELECT repeat('x', $1::integer)", (much,), reads=True) for _ in range(15)]
        taken = [line.ask("SELECT length($1::text)", ("y" * much,), reads=True) for _ in range(15)]
        assert [len(answer.rows()[0][0]) for answer in made] == [much] * 15
        assert [answer.rows() for answer in taken] == [[(much,)]] * 15


def test_whoever_is_stopped_while_she_waits_leaves_no_answers_to_the_next_one(things: Engine) -> None:
    sleep, was = Statement(select(func.pg_sleep(bindparam("b_for")))), signal.getsignal(signal.SIGALRM)
    signal.signal(signal.SIGALRM, _stop)
    try:
        with pytest.raises(KeyboardInterrupt), money_work() as session:  # noqa: PT012
            backend = BACKEND.scalar(session)
            write(session, "one")
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            sleep.all(session, b_for=1)
    finally:
        signal.signal(signal.SIGALRM, was)
    with money_work() as session:
        assert BACKEND.scalar(session) != backend
        assert COUNT.scalar(session) == 0


def _stop(*_of: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("unit", [reading, money_work])
def test_a_connection_that_is_lost_when_all_is_read_is_the_same_as_one_lost_before(
    things: Engine, unit: Callable[[], AbstractContextManager[Session]]
) -> None:
    with pytest.raises(OperationalError, match="closed the connection") as lost, unit() as session:  # noqa: PT012
        COUNT.scalar(session)
        session.scalar(select(func.count()).select_from(THING))
        with socket.socket(fileno=os.dup(line_of(session).fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
        session.rollback()
    assert lost.value.connection_invalidated
    with unit() as session:
        assert COUNT.scalar(session) == 0


def test_planning_once_ends_with_the_transaction(things: Engine) -> None:
    mode = text("SELECT current_setting('plan_cache_mode')")
    with money_work() as session:
        plan_once(session)
        assert session.scalar(mode) == "force_generic_plan"
    with money_work() as session:
        assert session.scalar(mode) == "auto"
