"""Commands of the points ledger; they run inside a posting and never commit.

Whatever changes an account locks its row first: that row is the lock behind which lots are read.
"""

from __future__ import annotations

from addons.points.services.earning import Earning, earn_many
from addons.points.services.exchanging import Candidate, Decide, Exchanged, exchange_many, exchange_on_request
from addons.points.services.merging import PERSON
from addons.points.services.pending import release_pending
from addons.points.services.posting import Written
from addons.points.services.referrals import refer, shrink_referral
from addons.points.services.refusals import BalanceTooLow, InsufficientPoints, NothingToExchange
from addons.points.services.reversing import Reversal, Reversed, reverse
from addons.points.services.spending import spend
from addons.points.services.visits import Visited, record_visit

__all__ = [
    "PERSON",
    "BalanceTooLow",
    "Candidate",
    "Decide",
    "Earning",
    "Exchanged",
    "InsufficientPoints",
    "NothingToExchange",
    "Reversal",
    "Reversed",
    "Visited",
    "Written",
    "earn_many",
    "exchange_many",
    "exchange_on_request",
    "record_visit",
    "refer",
    "release_pending",
    "reverse",
    "shrink_referral",
    "spend",
]
