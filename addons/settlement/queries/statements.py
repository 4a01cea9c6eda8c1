"""The monthly netting statement of a franchisee: what it gets and owes, by kind and rule, and every line of it.

Read through the mapped class: only the stores in sight. A statement is whole only where all stores of the franchisee
are, which the screens and papers ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from addons.sales.models import Receipt
from addons.settlement.domain import CUSTOMERS, FRANCHISEE
from addons.settlement.models import Entry
from addons.stores.models import Store

_R = Receipt.__table__


class Sum(NamedTuple):
    """What a franchisee gets and owes for one kind of thing by one rule, in fen; `counted` lines."""

    what: str
    rule: str
    gets: int
    owes: int
    counted: int


class Statement(NamedTuple):
    """A month of a franchisee; `given` is what its customers got from it, of which funders made part good."""

    franchisee_id: int
    month: str
    currency: str
    sums: tuple[Sum, ...]
    given: int

    @property
    def net(self) -> int:
        """Return what is to be paid to the franchisee, in fen; below nothing: what it has to pay."""
        return sum(each.gets - each.owes for each in self.sums)


def party(franchisee_id: int) -> str:
    """Return a franchisee as a party."""
    return f"{FRANCHISEE}{franchisee_id}"


def statement(session: Session, franchisee_id: int, month: str, currency: str) -> Statement:
    """Return the statement of a month in one currency, of the stores in sight."""
    me = party(franchisee_id)
    gets = func.coalesce(func.sum(case((Entry.to_party == me, Entry.amount), else_=0)), 0)
    owes = func.coalesce(func.sum(case((Entry.from_party == me, Entry.amount), else_=0)), 0)
    wanted = (
        select(Entry.what, Entry.rule, gets, owes, func.count())
        .where(_between(me), Entry.month == month, Entry.currency == currency)
        .group_by(Entry.what, Entry.rule)
        .order_by(Entry.what, Entry.rule)
    )
    sums = tuple(Sum(what, rule, int(g), int(o), n) for what, rule, g, o, n in session.execute(wanted))
    return Statement(franchisee_id, month, currency, sums, _given(session, me, month, currency))


class Said(NamedTuple):
    """A line of a statement, in fen; `receipt` is the number of the receipt it is of."""

    day: date
    store_id: int
    what: str
    rule: str
    from_party: str
    to_party: str
    amount: int
    receipt: str | None


def lines(session: Session, of: Statement) -> Iterator[Said]:
    """Yield all lines of a statement by day, however many there are."""
    wanted = (
        select(*(getattr(Entry, name) for name in Said._fields[:-1]), _R.c.number)
        .outerjoin_from(Entry, _R, _R.c.id == Entry.receipt_id)
        .where(_between(party(of.franchisee_id)), Entry.month == of.month, Entry.currency == of.currency)
        .order_by(Entry.day, Entry.id)
    )
    for row in session.execute(wanted, execution_options={"yield_per": 1000}):
        yield Said._make(row)


def currencies(session: Session, franchisee_id: int, month: str) -> list[str]:
    """Return the currencies in which a franchisee has a statement for a month."""
    me = party(franchisee_id)
    mine = or_(Entry.to_party == me, Entry.from_party == me)
    return list(session.scalars(select(Entry.currency).distinct().where(mine, Entry.month == month)))


def _between(me: str) -> ColumnElement[bool]:
    """Return the condition that a line is between a franchisee and another party, not its customers."""
    mine = or_(Entry.to_party == me, Entry.from_party == me)
    return mine & (Entry.to_party != CUSTOMERS) & (Entry.from_party != CUSTOMERS)


def _given(session: Session, me: str, month: str, currency: str) -> int:
    given = func.sum(case((Entry.to_party == CUSTOMERS, Entry.amount), else_=-Entry.amount))
    wanted = select(given).where(
        Entry.month == month,
        Entry.currency == currency,
        or_(
            (Entry.from_party == me) & (Entry.to_party == CUSTOMERS),
            (Entry.from_party == CUSTOMERS) & (Entry.to_party == me),
        ),
    )
    return int(session.scalar(wanted) or 0)


def months(session: Session) -> list[str]:
    """Return the months in which anything was settled, the latest first."""
    return list(session.scalars(select(Entry.month).distinct().order_by(Entry.month.desc())))


def statements(session: Session, month: str) -> list[Statement]:
    """Return the statements of a month, by currency: of the franchisees whose stores are all in sight."""
    pairs = (
        select(Store.franchisee_id, Entry.currency)
        .join(Entry, Entry.store_id == Store.id)
        .where(Entry.month == month)
        .distinct()
        .order_by(Store.franchisee_id, Entry.currency)
    )
    found = session.execute(pairs).all()
    seen = {franchisee_id for franchisee_id in {pair[0] for pair in found} if sees_all(session, franchisee_id)}
    return [statement(session, key, month, currency) for key, currency in found if key in seen]


def sees_all(session: Session, franchisee_id: int) -> bool:
    """Tell whether all stores of a franchisee are in sight."""
    table = Store.__table__
    every = session.connection().scalar(select(func.count()).where(table.c.franchisee_id == franchisee_id))
    seen = session.scalar(select(func.count(Store.id)).where(Store.franchisee_id == franchisee_id))
    return every == seen
