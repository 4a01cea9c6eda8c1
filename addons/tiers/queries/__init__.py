"""Reads of tier credit and of the ladder."""

from __future__ import annotations

from addons.tiers.models import Credit
from addons.tiers.queries.balance import StoreBalance, trial_balance
from addons.tiers.queries.credit import (
    NOTHING,
    Creditable,
    HalfYear,
    Held,
    Reached,
    credit_half_year,
    credit_many,
    credit_many_ahead,
    creditable,
    held,
    opens,
    reached,
    window,
)
from addons.tiers.queries.keeping import Due, bought_since, due_for_notice, holds_by_grant, open_notices, terms
from addons.tiers.queries.near import Leader, NearUpgrade, leaders, near_step
from addons.tiers.queries.reviewing import (
    Marks,
    Planned,
    Since,
    Span,
    Under,
    chunks,
    climbed_in,
    marks,
    may_climb,
    open_parts,
    plan_of_all,
    plan_of_changed,
    review_of,
    review_with,
    since,
    under_way,
)
from addons.tiers.queries.standing import WAITS, Locked, lock_members, steps_on, waiting_many, waiting_many_ahead
from addons.tiers.queries.undoing import Shortfall, Undoing, keeps_on_return, shortfall, undoing
from addons.tiers.queries.verifying import audit
from core.ledger.books import Book
from rules.vocabulary import Text

LEDGERS = (Book("tiers_credit", Text("升等累計", "升级累计", "Tier credit"), Credit.__table__, audit),)

__all__ = [
    "LEDGERS",
    "NOTHING",
    "WAITS",
    "Creditable",
    "Due",
    "HalfYear",
    "Held",
    "Leader",
    "Locked",
    "Marks",
    "NearUpgrade",
    "Planned",
    "Reached",
    "Shortfall",
    "Since",
    "Span",
    "StoreBalance",
    "Under",
    "Undoing",
    "audit",
    "bought_since",
    "chunks",
    "climbed_in",
    "credit_half_year",
    "credit_many",
    "credit_many_ahead",
    "creditable",
    "due_for_notice",
    "held",
    "holds_by_grant",
    "keeps_on_return",
    "leaders",
    "lock_members",
    "marks",
    "may_climb",
    "near_step",
    "open_notices",
    "open_parts",
    "opens",
    "plan_of_all",
    "plan_of_changed",
    "reached",
    "review_of",
    "review_with",
    "shortfall",
    "since",
    "steps_on",
    "terms",
    "trial_balance",
    "under_way",
    "undoing",
    "waiting_many",
    "waiting_many_ahead",
    "window",
]
