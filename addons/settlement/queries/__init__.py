"""Reads of settlement: what is to be settled, what came of it, and the statements of a month."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from addons.settlement.models import Entry
from addons.settlement.queries.balances import check, outstanding
from addons.settlement.queries.legs import Books, legs_of
from addons.settlement.queries.months import changed_months, closed, figures
from addons.settlement.queries.sources import SET_OFF, SOURCES, Row, Source, franchisees, mark_of, pending
from addons.settlement.queries.statements import (
    Said,
    Statement,
    Sum,
    currencies,
    lines,
    months,
    party,
    sees_all,
    statement,
    statements,
)
from addons.settlement.queries.trial import Line, trial_balance
from core.ledger.books import Book, Finding
from rules.vocabulary import Text

__all__ = [
    "LEDGERS",
    "SET_OFF",
    "SOURCES",
    "Books",
    "Line",
    "Row",
    "Said",
    "Source",
    "Statement",
    "Sum",
    "closed",
    "currencies",
    "figures",
    "franchisees",
    "legs_of",
    "lines",
    "mark_of",
    "months",
    "outstanding",
    "party",
    "pending",
    "sees_all",
    "statement",
    "statements",
    "trial_balance",
]


def audit(session: Session) -> Iterator[Finding]:
    """Yield what is not explained, and closed months that are not what they were."""
    yield from check(session)
    yield from changed_months(session)


LEDGERS = (Book("settlement", Text("清算", "清算", "Settlement"), Entry.__table__, audit),)
