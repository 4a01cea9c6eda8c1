"""The points ledger: accounts, lots, double entries; what earns points, and what two persons decide."""

from __future__ import annotations

from addons.points.models.ledger import Account, Entry, Lot
from addons.points.models.requests import Adjustment, Hold, HoldPart, ReasonCode, Transfer
from addons.points.models.reviews import Review
from addons.points.models.rewards import Referral, RuleUse, Visit

#: An entry is never changed or removed; a correction is another entry.
APPEND_ONLY = ("points_entry", "points_transfer")

__all__ = [
    "APPEND_ONLY",
    "Account",
    "Adjustment",
    "Entry",
    "Hold",
    "HoldPart",
    "Lot",
    "ReasonCode",
    "Referral",
    "Review",
    "RuleUse",
    "Transfer",
    "Visit",
]
