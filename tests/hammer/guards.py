"""The guards taken away: what is left is the code as it would be written without them.

In the database the constraints of a target's tables are not there; in the workers a row is read where it was locked,
and written whatever it has become. On SQLite a write is no transaction of its own any more: else one writer at a time
would be guard enough.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, UniqueConstraint, bindparam, event, select, text, update
from sqlalchemy.orm import Session

from addons.points.models import Account
from addons.points.services import posting as points
from addons.points.services import taking
from addons.vouchers import queries
from addons.vouchers.models import Budget, Voucher
from addons.vouchers.services import budgets, changing
from core.db import posting, session
from core.db.scope import GuardedSession
from core.db.statement import Statement

_MOMENT = 0.1  # seconds
_A, _V, _B = Account.__table__, Voucher.__table__, Budget.__table__


def drop_constraints(engine: Engine, tables: tuple[Any, ...]) -> None:
    """Make the tables anew without CHECK and UNIQUE; what was in them is gone."""
    with engine.begin() as connection, pytest.MonkeyPatch.context() as patch:
        for table in tables:
            guards = {c for c in table.constraints if isinstance(c, CheckConstraint | UniqueConstraint)}
            patch.setattr(table, "constraints", table.constraints - guards)
            connection.execute(text(f"DROP TABLE {table.name}{_cascade(engine)}"))
        for table in reversed(tables):
            table.create(connection)


def _cascade(engine: Engine) -> str:
    return " CASCADE" if engine.dialect.name == "postgresql" else ""


def take_away() -> None:
    """Take the guards out of the code of this process, which is not used for anything else."""
    points._LOCK = Statement(  # read, not locked
        select(*[_A.c[name] for name in points.Held._fields]).where(_A.c.member_id == bindparam("b_member"))
    )
    points._CHANGE = Statement(
        update(_A)
        .where(_A.c.member_id == bindparam("b_member"), bindparam("b_seen") == bindparam("b_seen"))
        .values({name: _A.c[name] + bindparam(f"b_{name}") for name in points._COUNTERS})
    )
    _replace(taking, "lock_there", _then_thinking(points.lock_there))
    changing._CHANGE = Statement(
        update(_V)
        .where(_V.c.id == bindparam("b_id"), bindparam("b_seen") == bindparam("b_seen"))
        .values({name: bindparam(f"b_{name}") for name in changing._CHANGED})
    )
    _replace(queries, "by_code_to_change", _then_thinking(queries.by_code))
    _replace(budgets, "take", _take_what_was_seen)
    if session.engine().dialect.name == "sqlite":
        _replace(posting, "money_work", _each_statement_by_itself)
        event.listen(session.engine(), "connect", _without_waiting_for_the_disk)


def _replace(module: ModuleType, name: str, function: Callable[..., Any]) -> None:
    assert hasattr(module, name)
    setattr(module, name, function)


def _then_thinking(look: Callable[..., Any]) -> Callable[..., Any]:
    """Let a moment pass after a look, as it does where rules are evaluated."""

    def looked(*args: Any, **named: Any) -> Any:
        found = look(*args, **named)
        time.sleep(_MOMENT)
        return found

    return looked


def _without_waiting_for_the_disk(raw: sqlite3.Connection, _record: Any) -> None:
    """Each statement would wait: there are more tries in the same time without."""
    raw.execute("PRAGMA synchronous=OFF")


def _take_what_was_seen(opened: Session, wanted: dict[int, int]) -> None:
    for number, fen in wanted.items():
        used, granted = opened.execute(select(_B.c.used, _B.c.granted).where(_B.c.id == number)).one()
        time.sleep(_MOMENT)
        if used + fen > granted:
            raise budgets.VoucherBudgetUsedUp(budget=str(number), wanted=fen)
        opened.execute(update(_B).where(_B.c.id == number).values(used=_B.c.used + fen))


@contextmanager
def _each_statement_by_itself() -> Iterator[Any]:
    engine = session.engine().execution_options(isolation_level="AUTOCOMMIT")
    with GuardedSession(engine, expire_on_commit=False) as opened, opened.begin():
        yield opened
