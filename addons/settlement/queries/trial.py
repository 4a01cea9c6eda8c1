"""What came of settling: what each party gets or owes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session

from addons.settlement.models import Entry


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
    """Return all balances of the stores in sight, of a month or of all time; in each currency they total zero."""
    where = [] if month is None else [Entry.month == month]
    return [Line(*row)._replace(amount=int(row[-1])) for row in session.execute(_sides(*where)).all()]
