"""Statements that are put together once: what they give is what SQLAlchemy gives, failures too."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Engine, MetaData, String, Table, bindparam, event, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from core.db import posting
from core.db.listed import any_of
from core.db.models import Job, Outbox, PostingKey
from core.db.posting import Operation, Plain, post
from core.db.reserve import reserve
from core.db.session import engine, reading, work
from core.db.statement import Statement, upsert, write_rows
from core.db.types import Amount, Json, Key, Moment
from core.testing.master import standing

pytestmark = pytest.mark.usefixtures("system")

THING = Table(
    "test_thing",
    MetaData(),
    Column("id", Key, primary_key=True),
    Column("name", String(20), unique=True, nullable=False),
    Column("day", Date),
    Column("at", Moment),
    Column("held", Boolean),
    Column("points", Amount, server_default="7"),
    Column("data", Json),
)
FULL = {
    "name": "full",
    "day": date(2026, 2, 28),
    "at": datetime(2026, 5, 4, 15, 0, 0, 123456, timezone(timedelta(hours=8))),
    "held": True,
    "points": 2**40,
    "data": {"名": ["值", 1, None, True]},
}
EMPTY = {**dict.fromkeys(FULL), "name": "empty"}
C = THING.c
NAMED = Statement(select(*THING.c).where(C.name == bindparam("b_name")))
AMONG = Statement(select(C.name).where(any_of(C.name, "b_names")).order_by(C.name))
ADD = Statement(
    THING.update()
    .where(C.name == bindparam("b_name"), C.points + bindparam("b_more") >= 0)
    .values(points=C.points + bindparam("b_more"))
    .returning(C.points, C.day)
)
RENAME = Statement(THING.update().where(C.name == bindparam("b_old")).values(name=bindparam("b_new")))
KEEP = upsert(
    THING,
    lambda new: new.on_conflict_do_update(
        index_elements=["name"], set_={"points": C.points + new.excluded.points}
    ).returning(C.name, C.points),
)


@pytest.fixture
def things(every_database: Engine) -> Iterator[Engine]:
    """A table of things."""
    with standing(every_database, THING) as engine:
        yield engine


def names() -> list[str]:
    """Return what is kept."""
    with reading() as session:
        return [name for (name,) in Statement(select(C.name).order_by(C.name)).all(session)]


def test_values_come_back_as_sqlalchemy_gives_them(things: Engine) -> None:
    """Days, moments, truths, plain data and nothing at all: read by a prepared statement and by SQLAlchemy alike."""
    with work() as session:
        write_rows(session, THING, [FULL, EMPTY])
        write_rows(session, THING, [{"name": "short"}])
        write_rows(session, THING, [])
    with reading() as session:
        for name, points in (("full", 2**40), ("empty", None), ("short", 7)):
            found = NAMED.first(session, b_name=name)
            usual = session.connection().execute(select(*THING.c).where(C.name == name)).one()
            assert found == tuple(usual)
            assert found is not None
            assert found[5] == points
        at = Statement(select(C.at).where(C.name == "full")).scalar(session)
        assert (at, at.tzinfo) == (FULL["at"], UTC)
        assert NAMED.all(session, b_name="nobody") == []
        assert NAMED.first(session, b_name="nobody") is None
        assert NAMED.scalar(session, b_name="nobody") is None


def test_a_guarded_update_tells_what_it_changed_or_that_it_changed_nothing(things: Engine) -> None:
    """RETURNING and the count of changed rows, for one row and for many."""
    with work() as session:
        write_rows(session, THING, [{**FULL, "points": 5}, EMPTY])
        assert ADD.all(session, b_name="full", b_more=-5) == [(0, FULL["day"])]
        assert ADD.first(session, b_name="full", b_more=-1) is None
        assert RENAME.run(session, b_old="full", b_new="a") == 1
        assert RENAME.run(session, b_old="full", b_new="a") == 0
        assert RENAME.run_each(session, [{"b_old": "a", "b_new": "b"}, {"b_old": "empty", "b_new": "c"}]) == 2
        assert RENAME.run_each(session, [{"b_old": "b", "b_new": "d"}]) == 1
        assert RENAME.run_each(session, []) == 0
    assert names() == ["c", "d"]


def test_what_is_there_already_is_changed_and_what_is_new_is_added(things: Engine) -> None:
    """ON CONFLICT on both databases, one row and several."""
    with work() as session:
        assert KEEP.all(session, name="a", points=1) == [("a", 1)]
        assert KEEP.all(session, name="a", points=2) == [("a", 3)]
        rows = [{"name": "a", "points": 3}, {"name": "b", "points": 4}]
        assert sorted(KEEP.all_each(session, rows)) == [("a", 6), ("b", 4)]
        assert KEEP.all_each(session, rows[:1]) == [("a", 9)]
        assert KEEP.all_each(session, []) == []


def test_what_never_changes_is_written_out(things: Engine) -> None:
    """Words and numbers stand in the statement, whatever they are made of; a list of them too."""
    odd = ["it's", "100 %", ":b_name", "名?", "%s"]
    among = Statement(select(C.name, C.points + 1).where(C.name.in_(odd), C.points > -1).order_by(C.name).limit(9))
    just = Statement(select(C.name).where(C.name == "it's", C.points == bindparam("b_points")))
    heard: list[Any] = []
    with work() as session:
        write_rows(session, THING, [{"name": name, "points": 0} for name in (*odd, "another")])
        assert sorted(among.all(session)) == [(name, 1) for name in sorted(odd)]
        event.listen(engine(), "before_cursor_execute", lambda *given: heard.append(given[3]))
        assert just.all(session, b_points=0) == [("it's",)]
    assert [list(given.values() if isinstance(given, dict) else given) for given in heard] == [[0]]


def test_a_list_is_one_value_of_any_length(things: Engine) -> None:
    """None, one, and more than a statement could have parameters."""
    with work() as session:
        write_rows(session, THING, [{"name": f"n{number}"} for number in range(3)])
        assert AMONG.all(session, b_names=[]) == []
        assert AMONG.all(session, b_names=("n1",)) == [("n1",)]
        assert AMONG.all(session, b_names=[f"n{number}" for number in range(100_000)]) == [("n0",), ("n1",), ("n2",)]


@pytest.mark.usefixtures("things")
def test_it_belongs_to_the_transaction_of_the_session() -> None:
    """What is rolled back was never there, before and after a commit."""
    with pytest.raises(ZeroDivisionError):
        _write_and_crash()
    assert names() == []
    with work() as session:
        write_rows(session, THING, [{"name": "kept"}])
    assert names() == ["kept"]


def _write_and_crash() -> None:
    with work() as session:
        write_rows(session, THING, [{"name": "lost"}])
        assert len(NAMED.all(session, b_name="lost")) == 1
        raise ZeroDivisionError


def test_keys_are_reserved_in_order_and_never_twice(things: Engine) -> None:
    """On SQLite they follow the last row, on PostgreSQL the sequence gives them."""

    def take(session: Session) -> Plain:
        keys = reserve(session, {THING: 3, Outbox.__table__: 0})
        assert keys[Outbox.__table__] == []
        write_rows(session, THING, [{"id": key, "name": str(key)} for key in keys[THING]])
        return {"keys": keys[THING]}

    first, second = (post(Operation("test", key, {}), take).answer["keys"] for key in "ab")
    assert second == [key + 3 for key in first]
    assert reserve_nothing() == []


def reserve_nothing() -> list[int]:
    """Return no keys of no rows."""
    with reading() as session:
        return reserve(session, {THING: 0})[THING]


# --- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("things")
def test_failures_are_those_of_sqlalchemy() -> None:
    """A broken promise of the table, one row and several, and words the database does not know."""
    with work() as session:
        write_rows(session, THING, [{"name": "a"}])
    for twice in ([{"name": "a"}], [{"name": "b"}, {"name": "b"}]):
        with pytest.raises(IntegrityError, match=r"(?i)unique"), work() as session:
            write_rows(session, THING, twice)
    with pytest.raises(DBAPIError) as caught, work() as session:
        Statement(select(func.no_such_function())).all(session)
    assert caught.value.connection_invalidated is False
    assert "no_such_function" in str(caught.value.statement)
    assert names() == ["a"]


def test_a_missing_value_is_named(things: Engine) -> None:
    """A typing error does not become NULL."""
    with reading() as session:
        with pytest.raises(KeyError, match="b_name"):
            NAMED.all(session)
        with pytest.raises(KeyError, match="day"):
            write_rows(session, THING, [{"name": "a", "day": None}, {"name": "b"}])


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (select(PostingKey), "mapped classes"),
        (select(PostingKey.key), "mapped classes"),
        (select(C.name).where(C.name.in_(bindparam("b_names", expanding=True))), "any_of"),
        (Job.__table__.insert(), "state, done, total"),
        (select(C.name).where(C.name == bindparam("b_name", callable_=lambda: "a")), "b_name"),
    ],
)
def test_what_cannot_be_prepared_is_refused(statement: Any, problem: str) -> None:
    """Mapped classes would go past the limits of one's stores; lists and hidden values would change the statement."""
    with reading() as session, pytest.raises(TypeError, match=problem):
        Statement(statement).all(session, b_names=["a"])


def test_whoever_listens_to_statements_hears_these(things: Engine) -> None:
    """Tests count queries so; what is given is the same then."""
    heard: list[str] = []

    def note(*given: Any) -> None:
        heard.append(given[2])

    event.listen(engine(), "before_cursor_execute", note)
    with work() as session:
        write_rows(session, THING, [FULL, EMPTY])
        assert ADD.all(session, b_name="full", b_more=1) == [(2**40 + 1, FULL["day"])]
        assert RENAME.run(session, b_old="empty", b_new="a") == 1
    event.remove(engine(), "before_cursor_execute", note)
    assert [words.split()[0] for words in heard] == ["INSERT", "UPDATE", "UPDATE"]
    assert names() == ["a", "full"]
    assert len(heard) == 3


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgresql")
def test_a_posting_whose_connection_dies_is_done_again() -> None:
    """A killed backend is noticed by whichever statement comes next; the same key writes once."""
    killed: list[int] = []

    def write(session: Session) -> Plain:
        pid = Statement(select(func.pg_backend_pid())).scalar(session)
        if not killed:
            with engine().connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            killed.append(pid)
            with pytest.raises(OperationalError) as caught:
                posting.send_later(session, "test.happened", {})
            assert caught.value.connection_invalidated
            with pytest.raises(PendingRollbackError):
                posting.send_later(session, "test.happened", {})
            raise caught.value
        posting.send_later(session, "test.happened", {})
        return {"pid": pid}

    assert post(Operation("test", "k", {}), write).answer["pid"] not in killed
    assert counted() == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgresql")
def test_a_statement_that_is_stopped_half_way_takes_its_connection_along() -> None:
    """Nobody may go on with a connection that waits for somebody else's answer."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with reading() as session:
            connection = session.connection()
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                Statement(select(func.pg_sleep(60))).all(session)
            assert connection.invalidated
    finally:
        signal.signal(signal.SIGALRM, before)
    assert counted() == 0


def counted() -> int:
    """Count the messages."""
    with reading() as session:
        return int(Statement(select(func.count()).select_from(Outbox.__table__)).scalar(session))


def test_a_posting_that_meets_a_lock_is_done_again(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else writes past the queue of the product, longer than SQLite waits."""
    event.listen(database, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=1"))
    waited: list[float] = []
    with closing(sqlite3.connect(str(database.url.database), check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        def wait(seconds: float) -> None:
            waited.append(seconds)
            other.rollback()

        monkeypatch.setattr(time, "sleep", wait)

        def write(session: Session) -> Plain:
            posting.send_later(session, "test.happened", {})
            return {}

        post(Operation("test", "k", {}), write)
        assert len(waited) == 1
    assert counted() == 1


def test_a_lock_met_by_a_statement_is_a_passing_failure(database: Engine) -> None:
    """Records that are not value begin without the lock: the statement itself meets it."""
    event.listen(database, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=1"))
    with closing(sqlite3.connect(str(database.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), work() as session:
            posting.send_later(session, "test.happened", {})
    assert counted() == 0
