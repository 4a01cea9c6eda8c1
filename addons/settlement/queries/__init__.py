"""Reads of settlement: what is to be settled, and what came of it."""

from __future__ import annotations

from addons.settlement.queries.balances import LEDGERS, Line, outstanding, trial_balance
from addons.settlement.queries.sources import SOURCES, Row, Source, digests_of, franchisees, mark_of, pending

__all__ = [
    "LEDGERS",
    "SOURCES",
    "Line",
    "Row",
    "Source",
    "digests_of",
    "franchisees",
    "mark_of",
    "outstanding",
    "pending",
    "trial_balance",
]
