"""What a till of another maker can do: identify itself, find members, sell, record visits, check vouchers."""

from __future__ import annotations

from addons.pos.services.members import find_member
from addons.pos.services.refusals import (
    BadCredential,
    BadQuote,
    KeyMissing,
    QuoteExpired,
    QuoteOfOtherBasket,
    QuoteOfOtherTill,
    QuoteOvertaken,
    QuoteUsed,
    QuoteWithdrawn,
    TillNameTaken,
    TillRevoked,
    TooManyCalls,
    UnreadableBody,
)
from addons.pos.services.selling import check_voucher, price, read_receipt, record_visit, sell
from addons.pos.services.tills import NewTill, add_till, recognise, renew_credential, revoke_till, scope_of_till

__all__ = [
    "BadCredential",
    "BadQuote",
    "KeyMissing",
    "NewTill",
    "QuoteExpired",
    "QuoteOfOtherBasket",
    "QuoteOfOtherTill",
    "QuoteOvertaken",
    "QuoteUsed",
    "QuoteWithdrawn",
    "TillNameTaken",
    "TillRevoked",
    "TooManyCalls",
    "UnreadableBody",
    "add_till",
    "check_voucher",
    "find_member",
    "price",
    "read_receipt",
    "recognise",
    "record_visit",
    "renew_credential",
    "revoke_till",
    "scope_of_till",
    "sell",
]
