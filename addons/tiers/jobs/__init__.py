"""Background work of the tiers: the review of a brand, notices, cards converted by themselves, grants that end."""

from __future__ import annotations

from addons.tiers.jobs.downgrading import downgrade
from addons.tiers.jobs.due import convert_due, end_grants
from addons.tiers.jobs.reviewing import review, review_part

__all__ = ["convert_due", "downgrade", "end_grants", "review", "review_part"]
