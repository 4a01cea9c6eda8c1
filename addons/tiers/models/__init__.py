"""What counts towards a tier, how members climbed, grants by headquarters, and the reviews."""

from __future__ import annotations

from addons.tiers.models.credit import Credit
from addons.tiers.models.reviews import Review, ReviewPart
from addons.tiers.models.steps import CLIMBS, DOWN, REASONS, Grant, TierChange

__all__ = ["APPEND_ONLY", "CLIMBS", "DOWN", "REASONS", "Credit", "Grant", "Review", "ReviewPart", "TierChange"]

#: A credit is never changed or removed; a return writes a negative one.
APPEND_ONLY = ("tiers_credit",)
