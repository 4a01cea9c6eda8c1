"""Members whose tier comes up for review (C05)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.tiers.models import Notice
from addons.tiers.views.words import BY_MEMBER, FORMATS, LABELS, measured
from core.web import formats
from core.web.roles import NOBODY
from core.web.views import GuibinInterface, ReadOnlyView

STATES = {
    "open": ("warn", _("Under notice")),
    "kept": ("good", _("Tier kept")),
    "lowered": ("bad", _("One level down")),
    "dropped": ("quiet", _("No longer needed")),
}


class NoticeView(ReadOnlyView):
    """Who is under notice: how much is missing, and the days until which it counts."""

    datamodel = GuibinInterface(Notice)
    empty_text = _("Nobody is under notice. Headquarters decide whether tiers are reviewed at all.")
    write_roles = NOBODY
    list_title, show_title = _("Members under notice"), _("Notice")
    add_title, edit_title = _("Notice"), _("Notice")
    list_columns = ["member", "tier", "missing", "review_on", "ends_on", "state", "store"]
    show_columns = [*list_columns, "tier_after", "counts_from", "given_on", "ended_on"]
    search_columns = ["review_on", "ends_on", "member", "tier", "state", "store"]
    order_columns = ["review_on", "ends_on"]
    base_order = ("review_on", "desc")
    lookups = BY_MEMBER
    label_columns = LABELS | {
        "missing": _("Missing"),
        "tier_after": _("Else goes down to"),
        "counts_from": _("Counts from"),
        "given_on": _("Notice given"),
        "review_on": _("Review"),
        "ends_on": _("Last day of grace"),
        "ended_on": _("Ended"),
    }
    formatters_columns = FORMATS | {
        "missing": measured,
        "counts_from": formats.day,
        "given_on": formats.day,
        "review_on": formats.day,
        "ended_on": formats.day,
        "state": formats.state_chip(STATES),
    }


def under_notice(session: Session) -> int:
    """Return how many members of the person's stores are under notice."""
    return session.scalar(select(func.count(Notice.id)).where(Notice.state == "open")) or 0
