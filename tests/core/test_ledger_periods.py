"""Months of a ledger: closed by two persons one after the other, and shut from then on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.db.session import money_engine, money_work
from core.errors import Invalid
from core.ledger import periods
from core.ledger.periods import Closing, close, require_open

JULY = datetime(2026, 7, 10, 4, tzinfo=UTC)
APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def books(every_database: Engine, system: None) -> Iterator[Engine]:
    with clock.fixed(JULY):
        yield every_database


def closed(month: date, *, book: str = "points", by: str = "bob", figures: Any = None) -> Any:
    with money_work() as session:
        return close(session, Closing(book, month, "ann", by), figures or (lambda _s, _m: {"total": 0}), clock.now())


def check(day: date, book: str = "points") -> None:
    with money_work() as session:
        require_open(session, book, day)


def test_no_entry_has_a_day_in_a_closed_month_or_before_it(books: Engine) -> None:
    check(date(2020, 1, 1))
    assert closed(MAY) == {"total": 0}
    for day in (date(2020, 1, 1), APRIL, date(2026, 5, 31)):
        with pytest.raises(periods.MonthIsClosed):
            check(day)
    for day in (JUNE, date(2026, 7, 1), date(2030, 1, 1)):
        check(day)
    check(APRIL, "tiers")  # each book by itself


def test_a_closed_month_keeps_its_figures(books: Engine) -> None:
    counted = closed(MAY, figures=lambda _s, month: {"month": month.isoformat(), "total": 7})
    assert counted == {"month": "2026-05-01", "total": 7}
    with money_work() as session:
        [kept] = periods.closings(session, "points")
        assert (kept.month, kept.figures, kept.closed_by, kept.approved_by) == (MAY, counted, "ann", "bob")
    for wrong in ("UPDATE core_ledger_close SET month = '2026-06-01'", "DELETE FROM core_ledger_close"):
        with pytest.raises(IntegrityError, match="append"), books.begin() as connection:
            connection.execute(text(wrong))


def test_months_are_closed_one_after_the_other_once_they_are_over(books: Engine) -> None:
    with pytest.raises(periods.MonthIsNotOver):
        closed(date(2026, 7, 1))
    closed(APRIL)
    with pytest.raises(periods.MonthIsClosed):
        closed(APRIL)
    with pytest.raises(periods.NotTheNextMonth):
        closed(JUNE)
    closed(MAY)
    with pytest.raises(Invalid):
        closed(date(2026, 6, 2))
    with clock.fixed(datetime(2026, 7, 1, 15, 59, tzinfo=UTC)), pytest.raises(periods.MonthIsNotOver):
        closed(JUNE)  # the last day of June was yesterday: somewhere an entry of it may still be on its way
    with clock.fixed(datetime(2026, 7, 1, 16, 1, tzinfo=UTC)):
        closed(JUNE)


def test_two_persons_close(books: Engine) -> None:
    with pytest.raises(periods.CloseNeedsSecondPerson):
        closed(MAY, by="ann")
    alone = "INSERT INTO core_ledger_close (book, month, figures, closed_by, approved_by, at, row_hash)"
    with pytest.raises(IntegrityError), books.begin() as connection:
        connection.execute(text(f"{alone} VALUES ('points', '2026-05-01', '{{}}', 'ann', 'ann', '2026-07-10', '')"))


def test_an_entry_of_the_present_month_asks_nothing(books: Engine) -> None:
    seen: list[str] = []
    event.listen(money_engine(), "before_cursor_execute", lambda *given: seen.append(given[2]))
    with money_work() as session:
        session.connection()
        seen.clear()
        require_open(session, "points", date(2026, 7, 1))
        assert seen == []
        require_open(session, "points", date(2026, 6, 30))
        assert seen


def test_an_entry_on_its_way_is_counted_before_its_month_closes(books: Engine) -> None:
    """Without the lock the figures would be counted before the entry is there, and the entry come after them."""
    looked = threading.Event()

    def count(session: Session, _month: date) -> dict[str, int]:
        return {"jobs": session.connection().execute(text("SELECT count(*) FROM core_outbox")).scalar_one()}

    def close_later() -> Any:
        looked.wait(30)
        return closed(MAY, figures=count)

    with ThreadPoolExecutor(1) as pool, money_work() as session:
        closing = pool.submit(close_later)
        require_open(session, "points", date(2026, 5, 20))
        looked.set()
        _wait_until_it_waits(books, closing)
        row = {"name": "entry", "data": "{}", "at": JULY.replace(tzinfo=None).isoformat(" ")}
        write = text("INSERT INTO core_outbox (name, data, created_at) VALUES (:name, :data, :at)")
        session.connection().execute(write, row)
        session.commit()
        assert closing.result(30) == {"jobs": 1}


def _wait_until_it_waits(engine: Engine, closing: Any) -> None:
    """On PostgreSQL until the closing waits for the lock; SQLite lets nobody else begin anyway."""
    if engine.dialect.name == "sqlite":
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with engine.connect() as connection:
        while not closing.done() and not connection.execute(waiting).scalar_one():
            connection.rollback()
