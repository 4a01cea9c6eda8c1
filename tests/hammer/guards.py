"""The guards taken away: what is left is the code as it would be written without them.

In the database the constraints of a target's tables are not there; in the workers a row is read where it was locked,
and written whatever it has become. On SQLite a write is no transaction of its own any more: else one writer at a time
would be guard enough, and the last key would be one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError, Lock
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, Table, UniqueConstraint, bindparam, event, select, text, update
from sqlalchemy.orm import Session

from addons.points import queries as points_queries
from addons.points.models import Account
from addons.points.services import posting as points
from addons.vouchers import queries
from addons.vouchers.models import Budget, Voucher
from addons.vouchers.services import budgets, changing, issuing
from core.db import posting, session
from core.db.restricted import unrestricted
from core.db.scope import GuardedSession
from core.db.statement import Statement

_MOMENT = 0.1  # seconds
_MEETING = 10  # seconds to wait for the first looks of the others
_A, _V, _B = Account.__table__, Voucher.__table__, Budget.__table__


def drop_constraints(engine: Engine, tables: tuple[Any, ...]) -> None:
    """Make the tables anew without CHECK and UNIQUE; what was in them is gone."""
    with engine.begin() as connection, unrestricted(connection), pytest.MonkeyPatch.context() as patch:
        for table in tables:
            guards = {c for c in table.constraints if isinstance(c, CheckConstraint | UniqueConstraint)}
            patch.setattr(table, "constraints", table.constraints - guards)
            connection.execute(text(f"DROP TABLE {table.name}{_cascade(engine)}"))
        for table in reversed(tables):
            table.create(connection)


def _cascade(engine: Engine) -> str:
    return " CASCADE" if engine.dialect.name == "postgresql" else ""


def take_away(others: Barrier) -> None:
    """Take the guards out of the code of this process, which is not used for anything else.

    Its first look waits for the first looks of the others: then all have seen the same, on a slow machine as well.
    """
    think = _Thinking(others)
    points._LOCK = Statement(  # read, not locked
        select(*[_A.c[name] for name in points.Held._fields]).where(_A.c.member_id == bindparam("b_member"))
    )
    points._CHANGE = Statement(
        update(_A)
        .where(_A.c.member_id == bindparam("b_member"), bindparam("b_seen") == bindparam("b_seen"))
        .values({name: _A.c[name] + bindparam(f"b_{name}") for name in points._COUNTERS})
    )
    _replace(points_queries, "open_lots", think.after(points_queries.open_lots))  # the last look before points go
    changing._CHANGE = Statement(
        update(_V)
        .where(_V.c.id == bindparam("b_id"), bindparam("b_seen") == bindparam("b_seen"))
        .values({name: bindparam(f"b_{name}") for name in changing._CHANGED})
    )
    _replace(queries, "by_code_to_change", think.after(queries.by_code))
    _replace(budgets, "take", _take_what_was_seen(think))
    if session.engine().dialect.name == "sqlite":
        _replace(posting, "money_work", _each_statement_by_itself)
        for module in (points, issuing):
            _replace(module, "reserve", _keys_of_this_moment)
        event.listen(session.engine(), "connect", _without_waiting_for_the_disk)


def _replace(module: ModuleType, name: str, function: Callable[..., Any]) -> None:
    assert hasattr(module, name)
    setattr(module, name, function)


class _Thinking:
    """Lets a moment pass after a look, as it does where rules are evaluated."""

    def __init__(self, others: Barrier) -> None:
        self._others = others
        self._first = Lock()

    def after(self, look: Callable[..., Any]) -> Callable[..., Any]:
        """Return the look with the moment after it."""

        def looked(*args: Any, **named: Any) -> Any:
            found = look(*args, **named)
            if self._first.acquire(blocking=False):
                with suppress(BrokenBarrierError):  # somebody else had nothing to look at
                    self._others.wait(_MEETING)
            else:
                time.sleep(_MOMENT)
            return found

        return looked


def _without_waiting_for_the_disk(raw: sqlite3.Connection, _record: Any) -> None:
    """Each statement would wait: there are more tries in the same time without."""
    raw.set_authorizer(None)
    raw.execute("PRAGMA synchronous=OFF")


def _keys_of_this_moment(_opened: Session, wanted: Mapping[Table, int]) -> dict[Table, list[int]]:
    """Return keys as a sequence would: in their order, and nobody else's."""
    first = time.monotonic_ns()
    return {table: list(range(first, first + count)) for table, count in wanted.items()}


def _take_what_was_seen(think: _Thinking) -> Callable[[Session, dict[int, int]], None]:
    look = think.after(
        lambda opened, number: opened.execute(select(_B.c.used, _B.c.granted).where(_B.c.id == number)).one()
    )

    def take(opened: Session, wanted: dict[int, int]) -> None:
        for number, fen in wanted.items():
            used, granted = look(opened, number)
            if used + fen > granted:
                raise budgets.VoucherBudgetUsedUp(budget=str(number), wanted=fen)
            opened.execute(update(_B).where(_B.c.id == number).values(used=_B.c.used + fen))

    return take


@contextmanager
def _each_statement_by_itself() -> Iterator[Any]:
    engine = session.engine().execution_options(isolation_level="AUTOCOMMIT")
    with GuardedSession(engine, expire_on_commit=False) as opened, opened.begin():
        yield opened
