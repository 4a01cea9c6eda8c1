"""The words of codes on these screens, and how columns are shown."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from addons.points.models import Lot
from core.db.session import reading
from core.policy.version import NoSuchVersion, version_by_digest
from core.web import formats, ruled
from core.web.people import person
from core.web.record_pages import may_open, opens, page_of

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
    "lot": _("Lot"),
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
    "ruled": _("Rule"),
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


#: What an entry names as its reference: the record's page, and its words; kinds of records before views of points.
_REFERENCES = {
    "voucher": ("voucher", _("Voucher")),
    "member": ("member", _("Member")),
    "drawn": ("member", _("Member")),
    "back": ("member", _("Member")),
    "hold": ("HoldView.show", _("Held points")),
    "review": ("ReviewView.show", _("Points to be decided")),
    "adjustment": ("AdjustmentView.show", _("Points correction")),
}


def referred(ref: str | None) -> Any:
    """Write what an entry refers to in words that lead there; the number of a sale or of a partner as it is."""
    kind, colon, key = (ref or "").partition(":")
    if kind == "by" and colon:
        return person(key)
    if kind not in _REFERENCES or not key.isdigit():
        return formats.text(ref)
    page, words = _REFERENCES[kind]
    if "." not in page:
        return _leading(page_of(page, key), words)
    return _leading(url_for(page, pk=key) if may_open(page) else "", words)


def _leading(address: str, words: Any) -> Any:
    return formats.link(address, words) if address else str(words)


def of_lot(lot: Lot | None) -> Any:
    """Write a lot by the day on which its points were earned, leading to its page."""
    if lot is None:
        return formats.EMPTY
    said = gettext("%(points)s points of %(day)s", points=formats.points(lot.points).striptags(), day=lot.earned_on)
    return _leading(url_for("LotView.show", pk=lot.id) if may_open("LotView.show") else "", said)


FORMATS = {
    "digest": version,
    "active": formats.yes_no,
    "asked_at": formats.moment,
    "asked_by": person,
    "by": person,
    "confirmed_by": person,
    "decided_by": person,
    "decided_at": formats.moment,
    "ended_at": formats.moment,
    "giver": opens("member"),
    "outcome": formats.state_chip(OUTCOMES),
    "taker": opens("member"),
    "until": formats.moment,
    "friend": opens("member"),
    "member": opens("member"),
    "receipt_id": opens("receipt"),
    "ref": referred,
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
    "lot": of_lot,
    "pending": formats.points,
    "points": formats.points,
    "released_at": formats.moment,
    "remaining": formats.points,
    "reserved": formats.points,
    "reversed": formats.points,
    "ruled": ruled.wholly,
    "source": formats.state_chip(KINDS),
    "spent": formats.points,
    "to_state": formats.state_chip(STATES),
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}
