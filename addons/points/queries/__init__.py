"""Reads of the points ledger.

A member's points belong to the member wherever they were earned, and any store may serve her (C31), so the statements
over bare tables here read brand-wide; screens use the mapped classes, which are limited to the reader's stores.
"""

from __future__ import annotations

from addons.points.queries.lots import (
    Earned,
    LotHeld,
    OpenLot,
    due_lots,
    lots_by_id,
    lots_held,
    lots_left,
    moved_from,
    open_lots,
    purchase_lots,
    receipt_lots,
    reversible,
)
from addons.points.queries.rewards import referral_of, times_given
from addons.points.queries.state import NOTHING, PointsState, state_many
from addons.points.queries.statement import StatementLine, statement

__all__ = [
    "NOTHING",
    "Earned",
    "LotHeld",
    "OpenLot",
    "PointsState",
    "StatementLine",
    "due_lots",
    "lots_by_id",
    "lots_held",
    "lots_left",
    "moved_from",
    "open_lots",
    "purchase_lots",
    "receipt_lots",
    "referral_of",
    "reversible",
    "state_many",
    "statement",
    "times_given",
]
