"""What counts towards a tier, how members climbed, grants by headquarters, reviews and notices."""

from __future__ import annotations

from addons.tiers.models.credit import Credit
from addons.tiers.models.notices import Notice
from addons.tiers.models.reviews import Review, ReviewPart
from addons.tiers.models.steps import CLIMBS, DOWN, REASONS, Grant, TierChange

__all__ = [
    "APPEND_ONLY",
    "CLIMBS",
    "DOWN",
    "REASONS",
    "Credit",
    "Grant",
    "Notice",
    "Review",
    "ReviewPart",
    "TierChange",
]

#: A credit is never changed or removed; a return writes a negative one.
APPEND_ONLY = ("tiers_credit",)
