"""What came of settling: what each party gets or owes, and whether the accounts between them explain themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from addons.points.models import Account
from addons.settlement.models import Entry
from addons.vouchers.models import Voucher
from core.ledger.books import Finding
from rules.vocabulary import Text

_A, _V = Account.__table__, Voucher.__table__


class Line(NamedTuple):
    """What a party gets (below nothing: owes) for one kind of thing in the books of one store, in fen."""

    party: str
    store_id: int
    what: str
    currency: str
    amount: int


def _sides(*where: ColumnElement[bool]) -> Select[str, int, str, str, int]:
    """Return every entry in sight twice: what one party gets, and what the other owes."""
    of = (Entry.store_id, Entry.what, Entry.currency)
    gets = select(Entry.to_party.label("party"), *of, Entry.amount.label("amount")).where(*where)
    owes = select(Entry.from_party, *of, -Entry.amount).where(*where)
    both = union_all(gets, owes).subquery()
    keys = (both.c.party, both.c.store_id, both.c.what, both.c.currency)
    return select(*keys, func.sum(both.c.amount)).group_by(*keys).order_by(*keys)


def trial_balance(session: Session, month: str | None = None) -> list[Line]:
    """Return all balances of the stores in sight, of a month or of all time; they total zero."""
    where = [] if month is None else [Entry.month == month]
    return [Line(*row)._replace(amount=int(row[-1])) for row in session.execute(_sides(*where)).all()]


def _owed_in_points() -> Select[int]:
    return select(func.coalesce(func.sum(_A.c.balance + _A.c.pending + _A.c.reserved), literal(0)))


def _owed_in_vouchers() -> Select[int]:
    return select(func.coalesce(func.sum(_V.c.remaining), literal(0)))


def outstanding(session: Session) -> tuple[int, int]:
    """Return the points members hold in all, and the fen of their vouchers."""
    connection = session.connection()
    return int(connection.scalar(_owed_in_points()) or 0), int(connection.scalar(_owed_in_vouchers()) or 0)


def check(session: Session) -> Iterator[Finding]:
    """Yield what does not balance: an account between the parties that the ledgers do not explain."""
    total = sum(line.amount for line in trial_balance(session))
    if total:
        yield Finding("settlement_entry", "", _UNBALANCED, "0", str(total))


_UNBALANCED = Text("試算表不為零", "试算表不为零", "The trial balance is not zero")
