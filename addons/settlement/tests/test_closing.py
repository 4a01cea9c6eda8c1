"""Months of settlement are closed by two persons; what comes late counts in the first open one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON, Shop
from addons.settlement import queries, services
from addons.settlement.cli import settlement
from addons.settlement.models import Entry
from core import clock
from core.db.models import LedgerClose
from core.db.session import reading, work
from core.errors import NotFound
from core.ledger import closing, periods
from core.testing.master import unguard

MAY = date(2026, 5, 1)
JUNE = datetime(2026, 6, 10, 4, tzinfo=UTC)


@pytest.fixture
def in_june(every_shop: Shop) -> Iterator[Shop]:
    """A shop that sold to a member in May; today it is June."""
    shop = every_shop
    shop.sell(shop.product(100000), shop.product(50000), member_id=shop.member("gold"))
    with clock.fixed(JUNE):
        services.settle(now=JUNE)
        yield shop


def ask(month: date = MAY, by: str = "ann") -> int:
    with work() as session:
        return closing.ask_close(session, services.MONTHS, month=month, by=by, now=clock.now()).id


def decide(request: int, by: str = "bob", *, approve: bool = True) -> str:
    with work() as session:
        row = closing.decide_close(
            session, services.MONTHS, request_id=request, approve=approve, by=by, now=clock.now()
        )
        return row.state


def bring_back(shop: Shop) -> None:
    """A return that was made in May, and is settled only now."""
    [receipt] = shop.rows(Receipt)
    request = ReturnRequest(shop.store, receipt.id, [BackLine(1, 1)], "size")
    sales.take_back(request, key="late", now=NOON + timedelta(days=1))
    services.settle(now=clock.now())


def test_a_closed_month_keeps_its_figures_and_late_lines_count_in_the_open_one(in_june: Shop) -> None:
    assert decide(ask()) == "approved"
    [kept] = in_june.rows(LedgerClose)
    assert (kept.book, kept.month, kept.closed_by, kept.approved_by) == ("settlement", MAY, "ann", "bob")
    assert (kept.figures["total"], kept.figures["entries"]) == (0, len(in_june.rows(Entry)))
    bring_back(in_june)
    late = in_june.rows(Entry, source="return")
    assert {(entry.month, entry.day.month) for entry in late} == {("2026-06", 5)}
    with reading() as session:
        assert queries.figures(session, MAY) == kept.figures
        assert queries.months(session) == ["2026-06", "2026-05"]
        assert list(queries.audit(session)) == []


def test_what_came_in_since_the_first_person_looked_is_not_closed_over(in_june: Shop) -> None:
    asked = ask()
    bring_back(in_june)
    with pytest.raises(closing.FiguresChanged):
        decide(asked)
    assert in_june.rows(LedgerClose) == []
    assert ask(by="cid") == asked  # the one that waits is replaced
    assert decide(asked) == "approved"


def test_two_persons_close_one_ledger_alone(in_june: Shop) -> None:
    asked = ask()
    with pytest.raises(periods.CloseNeedsSecondPerson):
        decide(asked, "ann")
    assert decide(asked, approve=False) == "refused"
    with pytest.raises(closing.CloseIsDecided):
        decide(asked)
    other = closing.Months("points", lambda _session, _month: {"entries": 0, "total": 0})
    with work() as session, pytest.raises(NotFound):  # its requests are not another ledger's
        closing.decide_close(session, other, request_id=ask(), approve=True, by="bob", now=JUNE)
    with reading() as session:
        assert periods.last_closed(session, "points") is None


def test_months_are_offered_one_after_the_other(in_june: Shop) -> None:
    with reading() as session:
        assert closing.closable(session, "settlement", JUNE)[-1] == MAY
        assert MAY not in closing.closable(session, "settlement", datetime(2026, 6, 1, 4, tzinfo=UTC))
        assert closing.closable(session, "settlement", datetime(2026, 6, 2, 4, tzinfo=UTC))[-1] == MAY
    decide(ask())
    with reading() as session:
        assert closing.closable(session, "settlement", JUNE) == []
        assert closing.closable(session, "settlement", JUNE + timedelta(days=31)) == [date(2026, 6, 1)]


def test_a_closed_month_whose_lines_were_changed_is_noticed(in_june: Shop) -> None:
    decide(ask())
    with work() as session:
        connection = session.connection()
        unguard(connection, "settlement_entry")
        connection.execute(text("UPDATE settlement_entry SET month = '2026-06' WHERE id = 1"))
    with reading() as session:
        assert [(found.table, found.entry) for found in queries.audit(session)] == [("core_ledger_close", "2026-05")]


def test_the_command_closes_months_too(shop: Shop, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIBIN_DATABASE", database.url.render_as_string(hide_password=False))

    def said(*words: str) -> str:
        done = CliRunner().invoke(settlement, words)
        return f"{done.output} {done.exception}"

    shop.sell(shop.product(100000), member_id=shop.member("gold"))
    with clock.fixed(JUNE):
        services.settle(now=JUNE)
        assert "total 0" in said("ask-close", "2026-05", "--by", "ann")
        assert "is no month" in said("ask-close", "May", "--by", "ann")
        assert "Another person than ann" in said("approve-close", "1", "--by", "ann")
        assert "approved" in said("approve-close", "1", "--by", "bob")
        assert "closed until the end of 2026-05" in said("closings")
