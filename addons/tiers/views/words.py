"""The words of the screens, and how their values look."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from core.web import formats, ruled
from core.web.people import person
from core.web.record_pages import opens

REASONS = {
    "purchase": ("good", _("Purchase")),
    "review": ("good", _("Nightly review")),
    "grant": ("accent", _("Grant by headquarters")),
    "grant_ended": ("quiet", _("Grant ended")),
    "merge": ("quiet", _("Members merged")),
    "return": ("bad", _("Goods came back")),
    "downgrade": ("bad", _("After notice")),
}
KINDS = {
    "purchase": ("good", _("Purchase")),
    "return": ("bad", _("Return")),
    "correction": ("quiet", _("Corrected")),
    "merge": ("quiet", _("Members merged")),
}
CONVERSIONS = {
    "": ("warn", _("Waits for the card")),
    "card": ("good", _("Card converted")),
    "automatic": ("quiet", _("By itself")),
    "at_once": ("quiet", _("At once")),
    "withdrawn": ("bad", _("Withdrawn")),
}
GRANT_STATES = {
    "asked": ("warn", _("Waits for a second person")),
    "approved": ("good", _("Approved")),
    "refused": ("bad", _("Refused")),
    "ended": ("quiet", _("Ended")),
}
LABELS = {
    "amount": _("Net spend"),
    "amount_left": _("Receipt still counts"),
    "asked_at": _("Asked at"),
    "asked_by": _("Asked by"),
    "at": _("When"),
    "card_state": _("Card conversion"),
    "conversion_due": _("Holds by itself from"),
    "converted_at": _("Holds since"),
    "converted_by": _("Card conversion"),
    "credit": _("Spent in half a year"),
    "day": _("Day"),
    "decided_at": _("Decided at"),
    "decided_by": _("Decided by"),
    "ends_on": _("Last day"),
    "kind": _("Kind"),
    "member": _("Member"),
    "points": _("Points"),
    "reason": _("Reason"),
    "receipt_id": _("Receipt"),
    "ruled": _("Rule"),
    "state": _("State"),
    "sold_at": _("Sold at"),
    "store": _("Store"),
    "tier": _("Tier"),
    "tier_after": _("To"),
    "tier_before": _("From"),
    "withdrawn_at": _("Withdrawn at"),
}
FORMATS = {
    "amount": formats.money,
    "amount_left": formats.money,
    "asked_at": formats.moment,
    "asked_by": person,
    "at": formats.moment,
    "card_state": formats.state_chip(CONVERSIONS),
    "conversion_due": formats.day,
    "converted_at": formats.moment,
    "converted_by": formats.state_chip(CONVERSIONS),
    "credit": formats.money,
    "day": formats.day,
    "decided_at": formats.moment,
    "decided_by": person,
    "ends_on": formats.day,
    "kind": formats.state_chip(KINDS),
    "member": opens("member"),
    "points": formats.points,
    "receipt_id": opens("receipt"),
    "ruled": ruled.wholly,
    "sold_at": formats.moment,
    "tier": formats.tier_chip,
    "tier_after": formats.tier_chip,
    "tier_before": formats.tier_chip,
    "withdrawn_at": formats.moment,
}
BY_MEMBER: dict[str, tuple[str, ...]] = {"member": ("name", "number")}


@formats.numeric
def measured(value: tuple[str, int]) -> Any:
    """Write an amount in what it is counted in: points, or money."""
    metric, amount = value
    return formats.points(amount) if metric == "points" else formats.money(amount)
