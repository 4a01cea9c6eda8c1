"""The closing of a ledger's months on screen: one person asks, another one approves or refuses.

class PointsCloseView(CloseView):
datamodel = GuibinInterface(CloseRequest)
months = services.MONTHS
decision = "points.decide_close"
base_filters = only(services.MONTHS)
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from flask_appbuilder.models.sqla.filters import FilterEqual
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.validators import DataRequired

from core import clock
from core.db.models import CloseRequest
from core.db.session import reading
from core.ledger import closing
from core.ledger.closing import Months
from core.ledger.periods import named
from core.web import formats
from core.web.forms import PlainSelect
from core.web.posting import key_field, post_form, who
from core.web.roles import HQ
from core.web.two_persons import REQUEST_STATES, TwoPersons


def only(months: Months) -> list[list[Any]]:
    """Return the filter of the requests of one ledger."""
    return [["book", FilterEqual, months.book]]


def waiting(session: Session, months: Months, view: str) -> dict[str, Any]:
    """Return how many closings of a ledger wait, for those who may decide on them."""
    wanted = select(func.count()).where(CloseRequest.book == months.book, CloseRequest.state == "asked")
    return {
        "title": gettext("Months to close"),
        "value": lambda: session.scalar(wanted) or 0,
        "link": f"/{view.lower()}/list/",
        "waits": ("approve", view),
    }


def _figures(figures: Any) -> str:
    told = {name: f"{figures[name]:,}" for name in ("entries", "total")}
    return str(gettext("%(entries)s entries, total %(total)s", **told))


class CloseView(TwoPersons):
    """Months of a ledger that somebody wants closed, or that are."""

    months: ClassVar[Months]
    read_roles, write_roles = HQ, HQ
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "approve", "refuse"]
    exclude_route_methods: Any = frozenset({"edit", "delete", "action_post"})
    empty_text = _("No month is closed yet. Corrections of a closed month count in the open one.")
    show_title, add_title, edit_title = _("Closing"), _("Ask for a month to be closed"), _("Closing")
    add_button = _("Ask for the closing")
    list_columns = ["month", "figures", "state", "asked_by", "asked_at", "decided_by", "decided_at"]
    show_columns = list_columns
    search_columns = ["month", "state", "asked_by", "decided_by"]
    order_columns = ["month", "asked_at"]
    base_order = ("id", "desc")
    add_columns = ["wanted", "key"]
    add_row_message = _("Another person must approve the closing now.")
    label_columns = {
        "asked_at": _("Asked at"),
        "asked_by": _("Asked by"),
        "decided_at": _("Decided at"),
        "decided_by": _("Decided by"),
        "figures": _("Figures"),
        "month": _("Month"),
        "state": _("State"),
    }
    formatters_columns = {
        "asked_at": formats.moment,
        "decided_at": formats.moment,
        "figures": _figures,
        "month": named,
        "state": formats.state_chip(REQUEST_STATES),
    }

    def _init_properties(self) -> None:
        self.add_form_extra_fields = {
            "wanted": SelectField(
                _("Month"),
                choices=self._offered,
                widget=PlainSelect(),
                validators=[DataRequired()],
                description=_("Months are closed one after the other, each from the second day after its end."),
            ),
            "key": key_field(),
        }
        super()._init_properties()

    def _offered(self) -> list[tuple[str, str]]:
        with reading() as session:
            found = [named(month) for month in closing.closable(session, self.months.book, clock.now())]
        return [(month, month) for month in reversed(found)]

    def decide(self, session: Session, number: int, *, approve: bool, by: str) -> str:
        """Close the month, or not."""
        return closing.decide_close(
            session, self.months, request_id=number, approve=approve, by=by, now=clock.now()
        ).state

    def create(self, form: Any) -> CloseRequest:
        """Ask for a month to be closed, with its figures as they are."""
        month = date.fromisoformat(f"{form.wanted.data}-01")
        wanted = {"month": month.isoformat(), "by": who()}

        def command(session: Session) -> dict[str, int]:
            return {"id": closing.ask_close(session, self.months, month=month, by=wanted["by"], now=clock.now()).id}

        answer = post_form(f"{self.months.book}.ask_close", form.key.data or "", wanted, command).answer
        found: CloseRequest = self.datamodel.get(answer["id"])
        return found
