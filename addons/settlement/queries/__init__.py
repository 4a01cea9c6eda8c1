"""Reads of settlement: what is to be settled, what came of it, and the statements of a month."""

from __future__ import annotations

from addons.settlement.queries.balances import LEDGERS, Line, outstanding, trial_balance
from addons.settlement.queries.sources import SOURCES, Row, Source, franchisees, mark_of, pending
from addons.settlement.queries.statements import Statement, Sum, lines, months, party, sees_all, statement, statements

__all__ = [
    "LEDGERS",
    "SOURCES",
    "Line",
    "Row",
    "Source",
    "Statement",
    "Sum",
    "franchisees",
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
