"""One operation is one transaction under one key: nothing is lost, nothing is doubled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from threading import Event

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from core.db.models import Outbox, PostingKey
from core.db.posting import KeyReused, Operation, Plain, StillRunning, post, post_batch, send_later
from core.db.session import NestedWrite, reading
from core.errors import Refusal

pytestmark = pytest.mark.usefixtures("system")


class NothingLeft(Refusal):
    """A refusal for these tests."""

    sentence = "%(wanted)s were asked for."
    wanted: int


def write_one(session: Session) -> Plain:
    """Write one message."""
    send_later(session, "test.happened", {})
    return {"written": 1}


def messages() -> int:
    """Count the messages that were written."""
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Outbox)) or 0


def test_the_same_key_gives_the_same_answer_and_writes_once(every_database: Engine) -> None:
    """A repeated request is answered from the key."""
    first = post(Operation("test", "k", {"a": 1}), write_one)
    again = post(Operation("test", "k", {"a": 1}), write_one)
    assert (first.answer, first.repeated) == ({"written": 1}, False)
    assert (again.answer, again.repeated) == ({"written": 1}, True)
    assert messages() == 1


def test_the_same_key_with_another_request_is_refused(every_database: Engine) -> None:
    """A key stands for one request."""
    post(Operation("test", "k", {"a": 1}), write_one)
    with pytest.raises(KeyReused):
        post(Operation("test", "k", {"a": 2}), write_one)
    assert messages() == 1


def test_a_refusal_is_kept_and_nothing_else(every_database: Engine) -> None:
    """A "no" rolls back what was written and is given again."""

    def refuse(session: Session) -> Plain:
        write_one(session)
        raise NothingLeft(wanted=3)

    for _ in range(2):
        with pytest.raises(NothingLeft, match="3 were asked for"):
            post(Operation("test", "k", {}), refuse)
    with pytest.raises(NothingLeft):
        post(Operation("test", "k", {}), write_one)
    assert messages() == 0


def test_an_error_leaves_no_key_so_that_a_retry_can_succeed(every_database: Engine) -> None:
    """A crash in the middle is as if nothing had been asked."""

    def crash(session: Session) -> Plain:
        write_one(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post(Operation("test", "k", {}), crash)
    assert post(Operation("test", "k", {}), write_one).repeated is False
    assert messages() == 1


@pytest.mark.usefixtures("every_database")
def test_many_threads_with_one_key_write_once() -> None:
    """Double deliveries at the same moment are one operation."""
    with ThreadPoolExecutor(8) as threads:
        posted = list(threads.map(lambda _: post(Operation("test", "k", {}), write_one), range(24)))
    assert sum(not p.repeated for p in posted) == 1
    assert messages() == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgresql")
def test_a_key_whose_operation_still_runs_is_not_run_a_second_time() -> None:
    """Who asks meanwhile is told so and may ask again; on SQLite one writer at a time waits instead."""
    begun, may_end = Event(), Event()

    def slow(session: Session) -> Plain:
        begun.set()
        assert may_end.wait(60)
        return write_one(session)

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(copy_context().run, post, Operation("test", "k", {}), slow)
        assert begun.wait(60)
        with pytest.raises(StillRunning) as refused:
            post(Operation("test", "k", {}), write_one)
        assert (refused.value.status, refused.value.facts) == (409, {"key": "k"})
        may_end.set()
        assert running.result().repeated is False
    assert post(Operation("test", "k", {}), write_one).repeated is True
    assert messages() == 1


@pytest.mark.postgresql
def test_a_connection_lost_within_a_savepoint_is_no_failure(postgresql: Engine) -> None:
    """Whoever loses its connection in the middle of a part of its work begins anew, as anywhere else."""
    lost: list[int] = []

    def command(session: Session) -> Plain:
        with session.begin_nested():
            if not lost:
                lost.extend(session.scalars(text("SELECT pg_backend_pid()")))
                with postgresql.connect() as other:
                    other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost[0]})
            return write_one(session)

    assert post(Operation("test", "k", {}), command).repeated is False
    assert (len(lost), messages()) == (1, 1)


@pytest.mark.usefixtures("database")
def test_a_posting_inside_a_posting_is_refused() -> None:
    """One operation is one transaction."""
    with pytest.raises(NestedWrite):
        post(Operation("test", "k", {}), lambda _: post(Operation("test", "l", {}), write_one).answer)
    assert messages() == 0


def test_a_batch_leaves_out_what_is_known_and_is_all_or_nothing(every_database: Engine) -> None:
    """An import that is repeated changes nothing; one that fails half-way keeps nothing."""
    operations = [Operation("test", f"k{n}", {"n": n}) for n in range(5)]
    post(operations[2], write_one)

    def write(session: Session, new: object) -> list[Plain]:
        return [write_one(session) for _ in new]  # type: ignore[attr-defined]

    assert post_batch(operations, write) == 4
    assert post_batch(operations, write) == 0
    assert messages() == 5

    def crash(session: Session, new: object) -> list[Plain]:
        write(session, new)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        post_batch([Operation("test", "other", {})], crash)
    assert messages() == 5


def test_the_fingerprint_covers_kind_and_request(database: Engine, now: datetime) -> None:
    """Keys are kept with what was asked and when."""
    post(Operation("test", "k", {"a": 1}), write_one)
    with reading() as session:
        row = session.get_one(PostingKey, "k")
    assert row.fingerprint == Operation("test", "k", {"a": 1}).fingerprint
    assert row.fingerprint != Operation("other", "k", {"a": 1}).fingerprint
    assert row.posted_at == now
