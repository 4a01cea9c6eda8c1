"""Reads of tier credit and of the ladder."""

from __future__ import annotations

from addons.tiers.queries.balance import StoreBalance, trial_balance
from addons.tiers.queries.credit import (
    NOTHING,
    Creditable,
    HalfYear,
    Held,
    Reached,
    credit_half_year,
    credit_many,
    creditable,
    held,
    opens,
    reached,
    window,
)
from addons.tiers.queries.near import Leader, NearUpgrade, leaders, near_step
from addons.tiers.queries.reviewing import Reviewed, to_review
from addons.tiers.queries.standing import WAITS, Locked, lock_members, steps_on, waiting_many
from addons.tiers.queries.undoing import Shortfall, Undoing, keeps_on_return, shortfall, undoing

__all__ = [
    "NOTHING",
    "WAITS",
    "Creditable",
    "HalfYear",
    "Held",
    "Leader",
    "Locked",
    "NearUpgrade",
    "Reached",
    "Reviewed",
    "Shortfall",
    "StoreBalance",
    "Undoing",
    "credit_half_year",
    "credit_many",
    "creditable",
    "held",
    "keeps_on_return",
    "leaders",
    "lock_members",
    "near_step",
    "opens",
    "reached",
    "shortfall",
    "steps_on",
    "to_review",
    "trial_balance",
    "undoing",
    "waiting_many",
    "window",
]
