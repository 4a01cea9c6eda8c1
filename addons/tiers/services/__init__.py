"""Commands of the tiers: credit, one step an evaluation, card conversion, grants by two persons, returns.

They run inside a posting and never commit. The rules decide who climbs (event `tier_review`).

When a tier holds (C06, E24): the step is decided and written at once, and the ladder goes on from there; its price
holds from the day the card is converted in a store, at the latest from the day `conversion_due`, when a job converts it
by itself. Until then membership_member.tier, which sets the price, stays as it was. Where the setting tiers.activation
is `at_once`, both happen together.
"""

from __future__ import annotations

from addons.tiers.domain import Uncredit
from addons.tiers.services.climbing import Standing, evaluate, evaluate_many, near_upgrade
from addons.tiers.services.converting import confirm_conversion, convert_card, convert_due
from addons.tiers.services.crediting import Credit, Uncredited, credit_many, uncredit
from addons.tiers.services.downgrading import give_notices, settle_notices
from addons.tiers.services.granting import decide_grant, end_grants, request_grant
from addons.tiers.services.moving import Converted, TierChanged
from addons.tiers.services.persons import PERSON
from addons.tiers.services.refusals import GrantIsDecided, GrantNeedsSecondPerson, NoUpgradeWaits, TierNotAbove
from addons.tiers.services.returning import reassess
from addons.tiers.services.reviewing import SPAN, Wanted, begin_review, end_part, review_members

__all__ = [
    "PERSON",
    "SPAN",
    "Converted",
    "Credit",
    "GrantIsDecided",
    "GrantNeedsSecondPerson",
    "NoUpgradeWaits",
    "Standing",
    "TierChanged",
    "TierNotAbove",
    "Uncredit",
    "Uncredited",
    "Wanted",
    "begin_review",
    "confirm_conversion",
    "convert_card",
    "convert_due",
    "credit_many",
    "decide_grant",
    "end_grants",
    "end_part",
    "evaluate",
    "evaluate_many",
    "give_notices",
    "near_upgrade",
    "reassess",
    "request_grant",
    "review_members",
    "settle_notices",
    "uncredit",
]
