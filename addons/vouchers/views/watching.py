"""Where the value of vouchers stands, and who tries codes in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.stores.queries import currencies, places
from addons.vouchers import queries
from addons.vouchers.domain import STATES
from addons.vouchers.models import Batch
from addons.vouchers.views import words
from core import clock, settings
from core.web.roles import MANAGERS, NOBODY, OFFICE
from core.web.views import GuibinPage, expose, has_access

DAYS = (1, 7, 30)


class VoucherAccountsPage(GuibinPage):
    """The trial balance of vouchers: it comes to nothing."""

    route_base = "/voucher-accounts"
    default_view = "show"
    read_roles = OFFICE
    write_roles = NOBODY
    follows_store = ("show",)

    @expose("/")
    @has_access
    def show(self) -> Any:
        """Show what stands in each account of each store in sight."""
        session = self.appbuilder.session
        stores = {key: place.name for key, place in places(session).items()}
        rows: dict[str, dict[str, int]] = {}
        totals = dict.fromkeys(STATES, 0)
        for standing in queries.trial_balance(session):
            rows.setdefault(stores[standing.store_id], {})[standing.state] = standing.amount
            totals[standing.state] += standing.amount
        shown = [state for state in STATES if any(row.get(state) for row in rows.values())]
        return self.render_template(
            "vouchers/accounts.html",
            currencies=currencies(session),
            title=gettext("Where vouchers stand"),
            rows=sorted(rows.items()),
            totals=totals,
            states=shown,
            words=words,
        )


class VoucherAttemptsPage(GuibinPage):
    """Codes tried in vain by store and till; many unknown ones in a short time look like guessing."""

    route_base = "/voucher-attempts"
    default_view = "show"
    read_roles = (*MANAGERS, *OFFICE)
    write_roles = NOBODY
    follows_store = ("show",)

    @expose("/")
    @has_access
    def show(self) -> Any:
        """Show what was tried in the last days."""
        days = request.args.get("days", type=int) or DAYS[1]
        days = days if days in DAYS else DAYS[1]
        found, least = tried(self.appbuilder.session, days)
        return self.render_template(
            "vouchers/attempts.html",
            title=gettext("Codes tried in vain"),
            rows=found,
            least=least,
            days=days,
            choices=DAYS,
            words=words,
        )


def tried(session: Session, days: int) -> tuple[list[queries.Tried], int]:
    """Return what was tried in so many days, and from how many unknown codes on it looks like guessing."""
    within = timedelta(minutes=settings.value(session, "vouchers.guess_minutes"))
    found = queries.attempts_by_till(session, clock.now() - timedelta(days=days), within)
    return found, settings.value(session, "vouchers.guess_attempts")


def tiles(session: Any) -> list[dict[str, Any]]:
    """Return at how many tills codes seem to be guessed, and how many batches wait for a second person."""
    found, least = tried(session, 1)
    asked = session.scalar(select(func.count(Batch.id)).where(Batch.state == "asked"))
    counted = (
        (gettext("Tills where codes are guessed"), sum(each.guesses >= least for each in found), "/voucher-attempts/",
         ("can_show", "VoucherAttemptsPage")),
        (gettext("Batches of vouchers to approve"), asked or 0, "/voucherbatchview/list/",
         ("approve", "VoucherBatchView")),
    )  # fmt: skip
    return [
        {"title": title, "value": value, "link": link, "waits": step} for title, value, link, step in counted if value
    ]
