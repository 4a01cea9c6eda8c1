"""Commands of the points ledger; they run inside a posting and never commit.

Whatever changes an account locks its row first: that row is the lock behind which lots are read. What a member owes is
paid at once from what she has, else by the next points that come (`settling`).
"""

from __future__ import annotations

from addons.points.services.adjusting import ask_adjustment, decide_adjustment
from addons.points.services.closing import MONTHS
from addons.points.services.earning import Earning, earn_many
from addons.points.services.exchanging import Candidate, Decide, Exchanged, exchange_many, exchange_on_request
from addons.points.services.expiring import expire
from addons.points.services.holding import Kept, SpentHeld, hold, release, release_overdue, spend_held
from addons.points.services.merging import PERSON
from addons.points.services.offers import Offer
from addons.points.services.pending import release_pending
from addons.points.services.posting import Written, insert_lots_ahead
from addons.points.services.referrals import refer, shrink_referral
from addons.points.services.refusals import (
    BalanceTooLow,
    ExchangeNotOffered,
    HoldIsOver,
    InsufficientPoints,
    IsDecided,
    NeedsSecondPerson,
    NotAsked,
    NothingToExchange,
    NotOneFamily,
    PoolIsOff,
    SeveralOffers,
    TransferTooLarge,
)
from addons.points.services.requesting import exchange_offers, request_exchange
from addons.points.services.reversing import Reversal, Reversed, reverse
from addons.points.services.reviewing import decide_review, propose
from addons.points.services.spending import spend
from addons.points.services.transferring import Transferred, transfer
from addons.points.services.unexchanging import undo_exchanges
from addons.points.services.visits import Visited, record_visit

__all__ = [
    "MONTHS",
    "PERSON",
    "BalanceTooLow",
    "Candidate",
    "Decide",
    "Earning",
    "ExchangeNotOffered",
    "Exchanged",
    "HoldIsOver",
    "InsufficientPoints",
    "IsDecided",
    "Kept",
    "NeedsSecondPerson",
    "NotAsked",
    "NotOneFamily",
    "NothingToExchange",
    "Offer",
    "PoolIsOff",
    "Reversal",
    "Reversed",
    "SeveralOffers",
    "SpentHeld",
    "TransferTooLarge",
    "Transferred",
    "Visited",
    "Written",
    "ask_adjustment",
    "decide_adjustment",
    "decide_review",
    "earn_many",
    "exchange_many",
    "exchange_offers",
    "exchange_on_request",
    "expire",
    "hold",
    "insert_lots_ahead",
    "propose",
    "record_visit",
    "refer",
    "release",
    "release_overdue",
    "release_pending",
    "request_exchange",
    "reverse",
    "shrink_referral",
    "spend",
    "spend_held",
    "transfer",
    "undo_exchanges",
]
