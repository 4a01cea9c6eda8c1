"""Reads of receipts, and of what was used up of limited rules."""

from __future__ import annotations

from addons.sales.queries.agreement import LEDGERS
from addons.sales.queries.receipts import edge_members, histories, members_called, numbers_given, uses

__all__ = [
    "LEDGERS",
    "edge_members",
    "histories",
    "members_called",
    "numbers_given",
    "uses",
]
