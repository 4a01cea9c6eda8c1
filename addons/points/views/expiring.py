"""Whose points expire next: whom to tell, while there is time to use them (C21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from addons.points import queries
from core import clock, settings
from core.periods import local_day
from core.web import formats
from core.web.lists.page import ListPage
from core.web.roles import NOBODY

MOST = 10_000


class ExpiringPage(ListPage):
    """Members of one's stores whose points expire within the days that the setting says."""

    route_base = "/points-expiring"
    write_roles = NOBODY
    list_template = "points/expiring.html"
    list_title = _("Points that expire")
    empty_text = _("No points of your members expire in this time.")
    record_kind = "member"
    list_columns = ("member", "phone", "points", "first_day", "balance")
    more_columns = ("number",)
    search_columns = ("member", "number", "points", "first_day", "balance")
    order_columns = ("member", "points", "first_day", "balance")
    label_columns = {
        "member": _("Member"),
        "number": _("Member number"),
        "phone": _("Phone"),
        "points": _("Points that go"),
        "first_day": _("First last day"),
        "balance": _("Balance"),
    }
    formatters_columns = {
        "phone": formats.masked_phone,
        "points": formats.points,
        "first_day": formats.day,
        "balance": formats.points,
    }

    def rows(self) -> Sequence[queries.Expiring]:
        """Return those that lose points first before the others."""
        return queries.expiring(self.appbuilder.session, local_day(clock.now()) + timedelta(days=self._days()), MOST)

    def key_of(self, row: queries.Expiring) -> str:
        """Return the member."""
        return str(row.member_id)

    def around(self) -> dict[str, Any]:
        """Say within which days, and whether points expire at all."""
        on = settings.value(self.appbuilder.session, "points.expiry")
        return {"days": self._days(), "on": on, "most": MOST}

    def _days(self) -> int:
        return int(settings.value(self.appbuilder.session, "points.expiry_notice_days"))
