"""What a till of another maker can do: identify itself, find members, sell, record visits, check vouchers."""

from __future__ import annotations

from addons.pos.services.conflicts import post_held, resolve_conflict
from addons.pos.services.members import begin_file, find_member
from addons.pos.services.offline import take_sales
from addons.pos.services.packs import make_pack
from addons.pos.services.points import hold_points, redeem_points, release_points
from addons.pos.services.refusals import (
    AlreadyResolved,
    BadCredential,
    BadQuote,
    KeyMissing,
    MayNotApproveHere,
    NoEvents,
    NotHeld,
    QuoteExpired,
    QuoteOfOtherBasket,
    QuoteOfOtherTill,
    QuoteOvertaken,
    QuoteUsed,
    QuoteWithdrawn,
    SubscriptionNameTaken,
    TillNameTaken,
    TillRevoked,
    TooManyCalls,
    UnreadableBody,
)
from addons.pos.services.relay import OUTBOX, Passed, forget_messages, relay_once
from addons.pos.services.returns import exchange, preview_return, take_back, take_back_unreceipted
from addons.pos.services.selling import price, read_receipt, record_visit, sell
from addons.pos.services.subscriptions import (
    NewSecret,
    add_subscription,
    change_subscription,
    renew_secret,
    resend,
    send_trial,
)
from addons.pos.services.tills import (
    NewTill,
    add_till,
    admit,
    ask_till,
    recognise,
    renew_credential,
    revoke_till,
    scope_of_till,
)
from addons.pos.services.vouchers import check_voucher, hand_over, lock_vouchers, note_refused, release_vouchers

__all__ = [
    "OUTBOX",
    "AlreadyResolved",
    "BadCredential",
    "BadQuote",
    "KeyMissing",
    "MayNotApproveHere",
    "NewSecret",
    "NewTill",
    "NoEvents",
    "NotHeld",
    "Passed",
    "QuoteExpired",
    "QuoteOfOtherBasket",
    "QuoteOfOtherTill",
    "QuoteOvertaken",
    "QuoteUsed",
    "QuoteWithdrawn",
    "SubscriptionNameTaken",
    "TillNameTaken",
    "TillRevoked",
    "TooManyCalls",
    "UnreadableBody",
    "add_subscription",
    "add_till",
    "admit",
    "ask_till",
    "begin_file",
    "change_subscription",
    "check_voucher",
    "exchange",
    "find_member",
    "forget_messages",
    "hand_over",
    "hold_points",
    "lock_vouchers",
    "make_pack",
    "note_refused",
    "post_held",
    "preview_return",
    "price",
    "read_receipt",
    "recognise",
    "record_visit",
    "redeem_points",
    "relay_once",
    "release_points",
    "release_vouchers",
    "renew_credential",
    "renew_secret",
    "resend",
    "resolve_conflict",
    "revoke_till",
    "scope_of_till",
    "sell",
    "send_trial",
    "take_back",
    "take_back_unreceipted",
    "take_sales",
]
