"""The trial balance, months that are closed, and the ledger counted again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from addons.points import queries, services
from addons.points.models import Account, Review
from addons.points.tests.book import assert_sound, earn, reverse, spend
from addons.points.tests.test_holding import hold
from addons.vouchers.tests.shop import Shop, at
from core import clock
from core.db.models import CloseRequest, LedgerClose
from core.db.scope import Scope, acting
from core.errors import NotFound, OutOfScope
from core.ledger import closing, periods
from core.testing.master import unguard

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
JUNE = datetime(2026, 6, 10, 4, tzinfo=UTC)


@pytest.fixture
def books(everywhere: Shop) -> Iterator[Shop]:
    """In June, with points earned in April and May, some of them spent in another store."""
    shop = everywhere
    with clock.fixed(JUNE):
        member = shop.member()
        earn(shop, member, 1000, day=date(2026, 4, 20))
        earn(shop, member, 500, day=date(2026, 5, 31), receipt_id=8, store_id=shop.stores[1])
        spend(shop, member, 300, now=at(date(2026, 5, 31)), store_id=shop.stores[1])
        yield shop


def ask(shop: Shop, month: date, by: str = "ann") -> CloseRequest:
    return closing.ask_close(shop.session, services.MONTHS, month=month, by=by, now=clock.now())


def decide(shop: Shop, request: CloseRequest, by: str = "bob", *, approve: bool = True) -> CloseRequest:
    return closing.decide_close(
        shop.session, services.MONTHS, request_id=request.id, approve=approve, by=by, now=clock.now()
    )


def test_the_trial_balance_is_nothing_in_every_store(books: Shop) -> None:
    shop = books
    first, second = shop.stores
    assert queries.balances(shop.session) == {
        first: {"issued": -1000, "available": 1000},
        second: {"issued": -500, "available": 200, "redeemed": 300},
    }
    assert queries.balances(shop.session, date(2026, 4, 30)) == {first: {"issued": -1000, "available": 1000}}
    sums = queries.by_state(queries.flows(shop.session, since=MAY))
    assert {state: (each.came, each.went, each.balance) for state, each in sums.items()} == {
        "issued": (0, 500, -500),
        "available": (500, 300, 200),
        "redeemed": (300, 0, 300),
    }
    own = frozenset({second})
    with acting(Scope(reads=own, writes=own)):
        assert set(queries.balances(shop.session)) == {second}


def test_a_closed_month_takes_no_entries_and_the_correction_goes_to_the_open_one(books: Shop) -> None:
    shop = books
    member = shop.member("2")
    figures = decide(shop, ask(shop, APRIL)).figures
    assert figures == {
        "stores": {str(shop.store_id): {"issued": -1000, "available": 1000}},
        "total": 0,
        "moved": {"issued>available": 1000},
        "entries": 1,
    }
    buyer = shop.session.scalars(select(Account.member_id)).one()
    with pytest.raises(periods.MonthIsClosed), shop.session.begin_nested():
        earn(shop, member, 10, day=date(2026, 4, 30), receipt_id=9)
    with pytest.raises(periods.MonthIsClosed), shop.session.begin_nested():
        spend(shop, buyer, 1, now=at(date(2026, 4, 30)))
    earn(shop, member, 10, day=date(2026, 5, 1), receipt_id=9)
    assert reverse(shop, buyer, 1000, day=date(2026, 6, 10)).points == 1000  # of April, in June
    assert_sound(shop.session)


def test_the_next_months_stand_on_those_that_are_closed(books: Shop) -> None:
    shop = books
    decide(shop, ask(shop, APRIL))
    before = queries.balances(shop.session)
    figures = decide(shop, ask(shop, MAY)).figures
    assert queries.balances(shop.session) == before
    assert figures["stores"] == {str(store): states for store, states in before.items()}
    assert figures["moved"] == {"available>redeemed": 300, "issued>available": 500}
    assert list(queries.audit(shop.session)) == []


def test_what_came_in_meanwhile_must_be_looked_at_before_a_month_is_closed(books: Shop) -> None:
    shop = books
    asked = ask(shop, APRIL)
    earn(shop, shop.member("2"), 10, day=date(2026, 4, 30), receipt_id=9)
    with pytest.raises(closing.FiguresChanged), shop.session.begin_nested():
        decide(shop, asked)
    shop.session.refresh(asked)
    again = ask(shop, APRIL, by="cid")  # replaces the one that waits
    assert again.id == asked.id
    assert decide(shop, again).state == "approved"


def test_two_persons_close_and_one_can_refuse(books: Shop) -> None:
    shop = books
    asked = ask(shop, APRIL)
    with pytest.raises(periods.CloseNeedsSecondPerson):
        decide(shop, asked, "ann")
    assert decide(shop, asked, approve=False).state == "refused"
    with pytest.raises(closing.CloseIsDecided):
        decide(shop, asked)
    with pytest.raises(NotFound):
        closing.decide_close(shop.session, services.MONTHS, request_id=99, approve=True, by="bob", now=clock.now())
    assert periods.last_closed(shop.session, "points") is None
    with pytest.raises(periods.MonthIsNotOver):
        ask(shop, date(2026, 6, 1))
    own = frozenset({shop.store_id})
    with acting(Scope(reads=own, writes=own)), pytest.raises(OutOfScope):
        ask(shop, APRIL)


# --- counted again ---------------------------------------------------------------------------------------------------


def busy(shop: Shop) -> None:
    """A little of everything: spent, held, owed, waiting to be decided, closed."""
    member, other = shop.member("2"), shop.member("3")
    earn(shop, member, 8000, receipt_id=10)
    spend(shop, member, 8000)
    reverse(shop, member, 8000, receipt=10)
    earn(shop, other, 300, receipt_id=11)
    hold(shop, other, 100, now=JUNE)
    decide(shop, ask(shop, APRIL))


#: What somebody does to the database -> where it is noticed.
TAMPERED: tuple[tuple[str, str], ...] = (
    ("UPDATE points_account SET balance = balance + 1, earned = earned + 1 WHERE member_id = {one}", "points_account"),
    ("UPDATE points_account SET pending = 5 WHERE member_id = {one}", "points_account"),
    ("UPDATE points_account SET entries = entries + 1 WHERE member_id = {one}", "points_account"),
    ("UPDATE points_lot SET remaining = remaining - 1 WHERE member_id = {one} AND remaining > 0", "points_lot"),
    ("UPDATE points_lot SET points = points + 7 WHERE member_id = {one}", "points_lot"),
    ("UPDATE points_lot SET reversed = 1 WHERE member_id = {one}", "points_lot"),
    ("UPDATE points_lot SET member_id = {two} WHERE member_id = {one}", "points_account"),
    ("UPDATE points_hold SET state = 'released', ended_at = at", "points_lot"),
    ("UPDATE points_review SET points = points - 1", "points_review"),
    ("DELETE FROM points_entry WHERE number = 2 AND member_id = {one}", "points_account"),
    ("UPDATE points_entry SET balance_after = balance_after + 1 WHERE number = 2", "points_entry"),
    ("UPDATE points_entry SET points = points + 1 WHERE number = 1 AND member_id = {one}", "points_account"),
    ("UPDATE points_entry SET store_id = {other} WHERE number = 1 AND member_id = {one}", "core_ledger_close"),
)


@pytest.mark.parametrize("place", range(len(TAMPERED)))
def test_whatever_is_changed_by_hand_is_noticed(books: Shop, place: int) -> None:
    shop = books
    busy(shop)
    assert list(queries.audit(shop.session)) == []
    statement, where = TAMPERED[place]
    one, two = shop.session.scalars(text("SELECT member_id FROM points_account ORDER BY member_id LIMIT 2"))
    unguard(shop.session.connection(), "points_entry")
    shop.session.flush()
    shop.session.execute(text(statement.format(one=one, two=two, other=shop.stores[1])))
    found = list(queries.audit(shop.session))
    assert where in {finding.table for finding in found}, found


def test_a_closed_month_whose_figures_are_changed_is_noticed(books: Shop) -> None:
    shop = books
    busy(shop)
    _changed_figures(shop)
    assert [finding.table for finding in queries.audit(shop.session)] == ["core_ledger_close"]


def _changed_figures(shop: Shop) -> None:
    row = shop.session.scalars(select(LedgerClose)).one()
    shop.session.expunge(row)
    forged: Any = {**row.figures, "entries": 5}
    connection = shop.session.connection()
    unguard(connection, "core_ledger_close")
    connection.execute(LedgerClose.__table__.update().values(figures=forged))


def test_a_claim_that_vanishes_is_noticed(books: Shop) -> None:
    shop = books
    busy(shop)
    shop.session.execute(Review.__table__.delete())
    assert [finding.table for finding in queries.audit(shop.session)] == ["points_review"]


def test_a_month_without_entries_is_closed_too(shop: Shop) -> None:
    with clock.fixed(JUNE):
        assert decide(shop, ask(shop, APRIL)).figures == {"stores": {}, "total": 0, "moved": {}, "entries": 0}
        assert list(queries.audit(shop.session)) == []
        assert (clock.now() - JUNE) < timedelta(1)
