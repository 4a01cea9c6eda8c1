"""What is kept of a closed month of settlement, and whether it is still what the lines of the month say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.settlement.domain import BOOK
from addons.settlement.models import Entry
from addons.settlement.queries.trial import trial_balance
from core.db.models import LedgerClose
from core.ledger.books import Finding
from core.ledger.periods import closings, named
from rules.vocabulary import Text

_CHANGED = Text("已結帳月份的數字與明細不符", "已结账月份的数字与明细不符", "A closed month is not what its lines say")


def figures(session: Session, month: date) -> dict[str, Any]:
    """Return what is kept of a closed month: what each party gets or owes by store and currency, how many lines."""
    stores: dict[str, dict[str, dict[str, int]]] = {}
    lines = trial_balance(session, named(month))
    for line in lines:
        parties = stores.setdefault(str(line.store_id), {}).setdefault(line.currency, {})
        parties[line.party] = parties.get(line.party, 0) + line.amount
    entries = session.scalar(select(func.count(Entry.id)).where(Entry.month == named(month)))
    return {"stores": stores, "total": sum(line.amount for line in lines), "entries": entries or 0}


def closed(session: Session, month: str) -> LedgerClose | None:
    """Return the closing of a month (2026-05), None while it is open."""
    return next((each for each in closings(session, BOOK) if named(each.month) == month), None)


def changed_months(session: Session) -> Iterator[Finding]:
    """Yield the closed months whose lines are not those that were kept."""
    for each in closings(session, BOOK):
        counted = figures(session, each.month)
        if counted != each.figures:
            kept = str(each.figures["entries"])
            yield Finding(LedgerClose.__tablename__, named(each.month), _CHANGED, kept, str(counted["entries"]))
