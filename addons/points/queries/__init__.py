"""Reads of the points ledger.

A member's points belong to the member wherever they were earned, and any store may serve her (C31), so the statements
over bare tables here read brand-wide; screens use the mapped classes, which are limited to the reader's stores.
"""

from __future__ import annotations

from addons.points.domain import BOOK
from addons.points.models import Entry, Transfer
from addons.points.queries.audit import audit
from addons.points.queries.exchanges import Exchange, exchanges_of, ref_of
from addons.points.queries.expiring import Expiring, expiring
from addons.points.queries.holds import HeldPart, held_parts, hold_parts, overdue_owners
from addons.points.queries.lots import (
    Earned,
    LotHeld,
    OpenLot,
    due_lots,
    expired_lots,
    lots_by_id,
    lots_held,
    lots_left,
    moved_from,
    open_lots,
    purchase_lots,
    receipt_lots,
    reversible,
)
from addons.points.queries.pool import (
    BACK,
    DRAWN,
    FamilyLot,
    family_has,
    family_lots,
    family_purchase_lots,
    givers_held,
    givers_of,
    pool_of,
)
from addons.points.queries.rewards import referral_of, times_given
from addons.points.queries.state import NOTHING, PointsState, state_many, state_many_ahead
from addons.points.queries.statement import StatementLine, statement
from addons.points.queries.transfers import given_since
from addons.points.queries.trial import Balances, Flow, Sums, balances, by_state, figures, flows, last_day
from addons.points.queries.worth import worth_on
from core.ledger.books import Book
from rules.vocabulary import Text

LEDGERS = (
    Book(BOOK, Text("積分帳", "积分账", "Points ledger"), Entry.__table__, audit),
    Book("points_transfers", Text("家庭轉讓", "家庭转让", "Points within families"), Transfer.__table__, alike=True),
)

__all__ = [
    "BACK",
    "DRAWN",
    "LEDGERS",
    "NOTHING",
    "Balances",
    "Earned",
    "Exchange",
    "Expiring",
    "FamilyLot",
    "Flow",
    "HeldPart",
    "LotHeld",
    "OpenLot",
    "PointsState",
    "StatementLine",
    "Sums",
    "audit",
    "balances",
    "by_state",
    "due_lots",
    "exchanges_of",
    "expired_lots",
    "expiring",
    "family_has",
    "family_lots",
    "family_purchase_lots",
    "figures",
    "flows",
    "given_since",
    "givers_held",
    "givers_of",
    "held_parts",
    "hold_parts",
    "last_day",
    "lots_by_id",
    "lots_held",
    "lots_left",
    "moved_from",
    "open_lots",
    "overdue_owners",
    "pool_of",
    "purchase_lots",
    "receipt_lots",
    "ref_of",
    "referral_of",
    "reversible",
    "state_many",
    "state_many_ahead",
    "statement",
    "times_given",
    "worth_on",
]
