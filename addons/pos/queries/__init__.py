"""Reads for tills of other makers: whose credential it is, what a member has, what a receipt says."""

from __future__ import annotations

from addons.pos.queries.agreement import LEDGERS
from addons.pos.queries.members import member_summary, voucher_summary
from addons.pos.queries.offline import no_outcome, offline_outcome, outcome_of_checkout
from addons.pos.queries.packs import (
    PackedMember,
    PackedVoucher,
    packed_members,
    packed_vouchers,
    prices_of,
    product_codes,
)
from addons.pos.queries.quotes import receipt_of_quote
from addons.pos.queries.receipts import receipt_by_number
from addons.pos.queries.tills import KnownTill, name_in_use, till_ahead, till_by_key
from addons.pos.queries.webhooks import (
    Address,
    ToldOf,
    active_addresses,
    address_of,
    numbers_of_members,
    receipts_told,
    returns_told,
)

__all__ = [
    "LEDGERS",
    "Address",
    "KnownTill",
    "PackedMember",
    "PackedVoucher",
    "ToldOf",
    "active_addresses",
    "address_of",
    "member_summary",
    "name_in_use",
    "no_outcome",
    "numbers_of_members",
    "offline_outcome",
    "outcome_of_checkout",
    "packed_members",
    "packed_vouchers",
    "prices_of",
    "product_codes",
    "receipt_by_number",
    "receipt_of_quote",
    "receipts_told",
    "returns_told",
    "till_ahead",
    "till_by_key",
    "voucher_summary",
]
