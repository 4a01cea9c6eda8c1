"""The trial balance, month by month, and the closing of months."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries, services
from addons.points.domain import BOOK, STATES
from addons.points.queries import Balances, Sums
from addons.points.views.words import STATES as STATE_WORDS
from addons.stores.models import Store
from core import clock
from core.db.models import CloseRequest, LedgerClose
from core.ledger import periods
from core.periods import local_day, months_after, months_before
from core.web import formats
from core.web.closing import CloseView, only
from core.web.roles import HQ, NOBODY
from core.web.views import GuibinInterface, GuibinPage, expose, has_access


class Line(NamedTuple):
    """One account of the ledger over a month."""

    state: str
    words: tuple[str, Any]
    opening: int
    sums: Sums
    entered: str
    left: str

    @property
    def closing(self) -> int:
        """Return what is in it at the end."""
        return self.opening + self.sums.balance


class TrialPage(GuibinPage):
    """What is in each account of the points ledger; the total is nothing, always."""

    route_base = "/points-books"
    default_view = "month"
    read_roles = HQ
    write_roles = NOBODY
    follows_store = ("month",)

    @expose("/")
    @has_access
    def month(self) -> Any:
        """Show a month: opening, what came, what went, closing; by account and by store."""
        session = self.appbuilder.session
        today = local_day(clock.now()).replace(day=1)
        chosen = min(_month(request.args.get("month", "")) or today, today)
        last = queries.last_day(chosen)
        opening = queries.balances(session, chosen - timedelta(days=1))
        moved = queries.flows(session, since=chosen, until=last)
        stores = {row.id: row.name for row in session.scalars(select(Store))}
        store = request.args.get("store", type=int)
        store = store if store in stores else None
        lines = _lines(_of(opening, store), [f for f in moved if store in (None, f.store_id)], chosen, store)
        closing = queries.balances(session, last)
        return self.render_template(
            "points/books.html",
            title=gettext("Trial balance of points"),
            month=chosen,
            before=months_before(chosen, 1),
            after=months_after(chosen, 1) if chosen < today else None,
            lines=lines,
            store=store,
            stores=stores,
            by_store=closing,
            states=[state for state in STATES if any(state in states for states in closing.values())],
            words=STATE_WORDS,
            closed=_closed(session, chosen),
            total=sum(line.closing for line in lines),
        )


def _month(text: str) -> date | None:
    """Return the first day of a month written 2026-05, None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _of(balances: Balances, store: int | None) -> dict[str, int]:
    """Add balances up by state, of one store or of all."""
    sums: dict[str, int] = {}
    for store_id, states in balances.items():
        if store in (None, store_id):
            for state, points in states.items():
                sums[state] = sums.get(state, 0) + points
    return sums


def _lines(opening: dict[str, int], moved: list[queries.Flow], month: date, store: int | None) -> list[Line]:
    sums = queries.by_state(moved)
    return [
        Line(
            state,
            STATE_WORDS[state],
            opening.get(state, 0),
            sums.get(state, Sums()),
            _entries(to_state=state, month=month, store=store),
            _entries(from_state=state, month=month, store=store),
        )
        for state in STATES
        if state in sums or opening.get(state)
    ]


def _entries(*, month: date, store: int | None, **states: str) -> str:
    """Return the address of the entries that came into an account, or left it, in a month."""
    filters: dict[str, Any] = {f"_flt_3_{name}": state for name, state in states.items()}
    filters |= {"_flt_1_day": month - timedelta(days=1), "_flt_2_day": months_after(month, 1)}
    filters |= {} if store is None else {"_flt_0_store": store}
    return url_for("EntryView.list", **filters)


def _closed(session: Session, month: date) -> LedgerClose | None:
    return next((each for each in periods.closings(session, BOOK) if each.month == month), None)


def _books_of(month: date) -> Any:
    """Lead from a closing to the books of its month: whoever approves looks at them first."""
    named = periods.named(month)
    return formats.link(url_for("TrialPage.month", month=named), named)


class PointsCloseView(CloseView):
    """Months of the points ledger that somebody wants closed, or that are."""

    datamodel = GuibinInterface(CloseRequest)
    months = services.MONTHS
    decision = "points.decide_close"
    base_filters = only(services.MONTHS)
    list_title = _("Closing of points")
    formatters_columns = CloseView.formatters_columns | {"month": _books_of}
