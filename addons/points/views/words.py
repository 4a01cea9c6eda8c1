"""The words of codes on these screens, and how columns are shown."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.db.session import reading
from core.policy.version import NoSuchVersion, version_by_digest
from core.web import formats
from core.web.record_pages import opens

KINDS = {
    "purchase": ("good", _("Purchase")),
    "bonus": ("good", _("Bonus points")),
    "visit": ("good", _("Visit")),
    "referral": ("good", _("Referral")),
    "adjust": ("warn", _("Correction")),
    "spend": ("quiet", _("Spent")),
    "exchange": ("accent", _("Exchanged for vouchers")),
    "mature": ("good", _("Waiting is over")),
    "cancel": ("bad", _("Cancelled")),
    "hold": ("warn", _("Held at a till")),
    "release": ("quiet", _("Held no more")),
    "expire": ("quiet", _("Expired")),
    "reverse": ("bad", _("Taken back")),
    "settle": ("quiet", _("Debt paid")),
    "transfer": ("quiet", _("Given within the family")),
    "merge": ("quiet", _("Members merged")),
    "write_off": ("quiet", _("Written off")),
    "collect": ("bad", _("Collected")),
    "debt": ("bad", _("Debt")),
}
STATES = {
    "issued": ("quiet", _("Points issued")),
    "pending": ("warn", _("Pending")),
    "available": ("good", _("Available")),
    "reserved": ("warn", _("Held")),
    "redeemed": ("accent", _("Points redeemed")),
    "expired": ("quiet", _("Expired")),
    "reversed": ("bad", _("Taken back")),
    "transferred": ("quiet", _("Changed hands")),
    "settled": ("quiet", _("Debts paid")),
    "adjusted": ("warn", _("Corrected")),
    "queued": ("bad", _("To be decided")),
    "written_off": ("quiet", _("Written off")),
}
REFERRAL_STATES = {
    "pending": ("warn", _("Pending")),
    "released": ("good", _("Given")),
    "cancelled": ("bad", _("Cancelled")),
}
REVIEW_STATES = {
    "waiting": ("bad", _("To be decided")),
    "asked": ("warn", _("Waits for a second person")),
    "written_off": ("quiet", _("Written off")),
    "collected": ("good", _("Collected")),
}
OUTCOMES = {
    "write_off": ("quiet", _("Write off")),
    "collect": ("warn", _("Collect from the member")),
}
HOLD_STATES = {
    "held": ("warn", _("Held")),
    "spent": ("accent", _("Spent")),
    "released": ("quiet", _("Held no more")),
    "timed_out": ("quiet", _("Time is over")),
}
TRANSFERS = {
    "": ("accent", _("Given to her")),
    "drawn": ("warn", _("Spent together")),
    "back": ("quiet", _("Came back unspent")),
}
LABELS = {
    "active": _("In use"),
    "asked_at": _("Asked at"),
    "asked_by": _("Asked by"),
    "by": _("Done by"),
    "code": _("Reason code"),
    "decided_at": _("Decided at"),
    "decided_by": _("Decided by"),
    "ended_at": _("Ended at"),
    "giver": _("Given by"),
    "taker": _("Given to"),
    "month": _("Month"),
    "name": _("Name"),
    "note": _("Note"),
    "outcome": _("Proposal"),
    "reason_code": _("Reason"),
    "until": _("Held until"),
    "at": _("When"),
    "balance": _("Balance"),
    "balance_after": _("Balance after"),
    "change": _("Change of the balance"),
    "confirmed_by": _("Confirmed by"),
    "day": _("Day"),
    "due_on": _("Waits until"),
    "earned": _("Points received"),
    "digest": _("Rule book"),
    "earned_on": _("Earned on"),
    "entries": _("Entries"),
    "expires_on": _("Expiry day"),
    "first_net": _("First receipt, net"),
    "friend": _("Friend"),
    "from_state": _("From state"),
    "invited": _("By invitation"),
    "kind": _("Kind"),
    "lot_id": _("Lot"),
    "member": _("Member"),
    "not_given": _("Not given, budget used up"),
    "number": _("Entry number"),
    "origin_id": _("Lot it came from"),
    "pending": _("Pending"),
    "points": _("Points"),
    "reason": _("Reason"),
    "ref": _("Reference number"),
    "receipt_id": _("Receipt"),
    "referrer": _("Referred by"),
    "released_at": _("Given at"),
    "remaining": _("Left"),
    "reserved": _("Held"),
    "reversed": _("Taken back"),
    "rule": _("Rule"),
    "source": _("Source"),
    "spent": _("Points gone"),
    "state": _("State"),
    "store": _("Store"),
    "to_state": _("To state"),
}


def version(digest: str) -> str:
    """Return the version of a rule book as people call it; the digest where nobody knows it any more."""
    if not digest:
        return ""
    try:
        with reading() as session:
            return version_by_digest(session, digest).version
    except NoSuchVersion:
        return digest[:12]


FORMATS = {
    "digest": version,
    "active": formats.yes_no,
    "asked_at": formats.moment,
    "decided_at": formats.moment,
    "ended_at": formats.moment,
    "giver": opens("member"),
    "outcome": formats.state_chip(OUTCOMES),
    "taker": opens("member"),
    "until": formats.moment,
    "friend": opens("member"),
    "member": opens("member"),
    "receipt_id": opens("receipt"),
    "referrer": opens("member"),
    "at": formats.moment,
    "balance": formats.points,
    "balance_after": formats.points,
    "change": formats.points,
    "day": formats.day,
    "due_on": formats.day,
    "earned": formats.points,
    "earned_on": formats.day,
    "entries": formats.count,
    "expires_on": formats.day,
    "first_net": formats.money,
    "from_state": formats.state_chip(STATES),
    "invited": formats.yes_no,
    "kind": formats.state_chip(KINDS),
    "pending": formats.points,
    "points": formats.points,
    "released_at": formats.moment,
    "remaining": formats.points,
    "reserved": formats.points,
    "reversed": formats.points,
    "source": formats.state_chip(KINDS),
    "spent": formats.points,
    "to_state": formats.state_chip(STATES),
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}
