"""Whose points expire next: whom to tell, while there is time to use them (C21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext

from addons.points import queries
from core import clock, settings
from core.periods import local_day
from core.web.formats import masked_phone
from core.web.roles import NOBODY
from core.web.views import GuibinPage, expose, has_access

MOST = 500


class ExpiringPage(GuibinPage):
    """Members of one's stores whose points expire within the days that the setting says."""

    route_base = "/points-expiring"
    default_view = "list"
    write_roles = NOBODY

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show them, those that lose points first before the others."""
        session = self.appbuilder.session
        days = settings.value(session, "points.expiry_notice_days")
        rows = queries.expiring(session, local_day(clock.now()) + timedelta(days=days), MOST)
        return self.render_template(
            "points/expiring.html",
            title=gettext("Points that expire"),
            rows=rows,
            days=days,
            on=settings.value(session, "points.expiry"),
            most=MOST,
            masked_phone=masked_phone,
        )
