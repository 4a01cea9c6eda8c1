"""Units of work: one database a process, short sessions that commit at the end of the block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, lazyload

from core.db.engine import MONEY, open_engine, open_money_engine
from core.db.scope import GuardedSession
from core.db.wire import at_a_glance

_engine: Engine | None = None
_money_engine: Engine | None = None
_CONNECTION = "connection"  # of the only transaction a session has
_writing: ContextVar[bool] = ContextVar("writing", default=False)


class NestedWrite(RuntimeError):
    """A transaction that moves value was begun inside another one."""


class _MoneySession(GuardedSession):
    """Loads a row without what the screens show beside it: a posting asks for little of that, and then gets it."""


@event.listens_for(_MoneySession, "do_orm_execute")
def _load_alone(state: ORMExecuteState) -> None:
    if state.is_select and state.is_orm_statement and not (state.is_column_load or state.is_relationship_load):
        state.statement = state.statement.options(lazyload("*"))


def connect(url: str) -> Engine:
    """Make `url` the database of this process; the earlier one is closed."""
    global _engine, _money_engine  # noqa: PLW0603 - one database a process
    disconnect()
    _engine = open_engine(url)
    _money_engine = open_money_engine(_engine)
    return _engine


def disconnect() -> None:
    """Close the database of this process."""
    global _engine, _money_engine  # noqa: PLW0603 - one database a process
    for opened in (_engine, _money_engine):
        if opened is not None:
            opened.dispose()
    _engine = _money_engine = None


def engine() -> Engine:
    """Return the engine of this process; RuntimeError before `connect`."""
    if _engine is None:
        message = "no database is connected"
        raise RuntimeError(message)
    return _engine


def money_engine() -> Engine:
    """Return the engine of this process for transactions that move value; RuntimeError before `connect`."""
    return engine() if _money_engine is None else _money_engine


def connection_of(session: Session) -> Connection:
    """Return the connection of a session; quicker than asking the session where it moves value."""
    return session.info.get(_CONNECTION) or session.connection()


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session for reads; nothing is committed."""
    with GuardedSession(engine(), expire_on_commit=False) as session:
        yield session


@contextmanager
def glance() -> Iterator[Session]:
    """Give a session for a question or two of a call that will move value; they need not see the same moment.

    Cheaper than `reading` on PostgreSQL: there is no transaction, and the connection is one the posting will use.
    """
    with (
        money_engine().connect() as connection,
        at_a_glance(connection),
        GuardedSession(connection, expire_on_commit=False) as session,
    ):
        session.info[_CONNECTION] = connection
        yield session


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Give a connection for long reads that all see the database as it is now; writers are not kept waiting."""
    if engine().dialect.name == "sqlite":
        with engine().connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
        return
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def work() -> Iterator[Session]:
    """Give a session for records that are not value; commits at the end, events go out after it."""
    with GuardedSession(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def money_work() -> Iterator[Session]:
    """Give the session of one transaction that moves value (used by the posting service alone).

    NestedWrite inside another one: a posting is one transaction.
    """
    if _writing.get():
        raise NestedWrite
    token = _writing.set(True)
    try:
        with _MoneySession(money_engine(), expire_on_commit=False) as session, session.begin():
            session.info[_CONNECTION] = session.connection(execution_options={MONEY: True})
            yield session
    finally:
        _writing.reset(token)
