"""Pure calculations of the tiers: the ladder, the days that count, what a return undoes."""

from __future__ import annotations

from addons.tiers.domain.keeping import Period, Terms, keeps, period
from addons.tiers.domain.ladder import (
    EVENT,
    LADDER,
    RAISE,
    Asked,
    Possible,
    Step,
    above,
    asked,
    height,
    ladder,
    next_above,
    next_below,
    next_step,
)
from addons.tiers.domain.returning import Climbed, Counted, Leads, Ledger, Uncredit
from addons.tiers.domain.windows import Window, period_opens

__all__ = [
    "EVENT",
    "LADDER",
    "RAISE",
    "Asked",
    "Climbed",
    "Counted",
    "Leads",
    "Ledger",
    "Period",
    "Possible",
    "Step",
    "Terms",
    "Uncredit",
    "Window",
    "above",
    "asked",
    "height",
    "keeps",
    "ladder",
    "next_above",
    "next_below",
    "next_step",
    "period",
    "period_opens",
]
