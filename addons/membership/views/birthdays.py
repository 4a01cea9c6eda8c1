"""Whose birthday it is this month and next: to be called, and to be pinned up where gifts are made ready (MSG-11)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext

from addons.membership import queries
from addons.stores.queries import places
from core import clock
from core.db.scope import current_scope
from core.errors import Invalid
from core.periods import local_day, months_after
from core.web import formats
from core.web.posting import who
from core.web.roles import NOBODY
from core.web.views import GuibinPage, expose, has_access

MOST = 500
_AHEAD = 3  # months


class BirthdaysPage(GuibinPage):
    """The birthdays of a month; on paper the name, month and day alone, with the day the paper goes away (C32)."""

    route_base = "/birthdays"
    default_view = "list"
    write_roles = NOBODY
    follows_store = ("list",)
    also_reads = ("list",)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show this month's birthdays, or those of ?month=2026-06, in all of one's stores or in ?store=1."""
        today = local_day(clock.now())
        first = _month(request.args.get("month", ""), today)
        stores = [place for place in places(self.appbuilder.session).values() if current_scope().may_read(place.id)]
        wanted = stores[0].id if len(stores) == 1 else request.args.get("store", type=int)
        chosen = next((place for place in stores if place.id == wanted), None)
        found = queries.birthdays(
            self.appbuilder.session,
            first.year,
            first.month,
            store_id=None if chosen is None else chosen.id,
            limit=MOST + 1,
        )
        return self.render_template(
            "membership/birthdays.html",
            title=gettext("Birthdays"),
            rows=found[:MOST],
            more=len(found) > MOST,
            most=MOST,
            month=first,
            months=[months_after(today.replace(day=1), ahead) for ahead in range(_AHEAD)],
            last_day=months_after(first, 1),
            stores=sorted(stores, key=lambda place: place.code),
            chosen=chosen,
            names={place.id: place.name for place in stores},
            masked_phone=formats.masked_phone,
            today=today,
            by=who(),
        )


def _month(typed: str, today: date) -> date:
    """Return the first day of a month as it was asked for; refuses with Invalid."""
    if not typed:
        return today.replace(day=1)
    try:
        return date.fromisoformat(f"{typed}-01")
    except ValueError:
        raise Invalid(field="month", problem="a month is written like 2026-06") from None
