"""The month of a franchisee on screen, on paper and as a spreadsheet; the trial balance; settling now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from addons.settlement import documents, queries
from addons.settlement.jobs import SETTLE
from addons.settlement.queries import Line, Statement
from addons.settlement.views.words import WHAT, told_party
from addons.stores.models import Franchisee, Store
from addons.stores.queries import places
from core import clock
from core.db.scope import current_scope
from core.jobs import apart
from core.web import paper
from core.web.posting import who
from core.web.roles import FRANCHISE_ADMIN, HQ
from core.web.views import GuibinPage, expose, has_access
from core.web.working import switch
from reports.document import Document

_MONTH = re.compile(r"\d{4}-\d{2}")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SettlementPage(GuibinPage):
    """What franchisees and headquarters owe each other, month by month."""

    route_base = "/settlement"
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {
        "settle": lazy_gettext("Settle what is new"),
        "trial": lazy_gettext("Trial balance"),
        "xlsx": lazy_gettext("As a spreadsheet (XLSX)"),
    }
    default_view = "list"
    read_roles = (FRANCHISE_ADMIN, *HQ)
    write_roles = HQ
    also_reads = ("list", "show", "pdf", "xlsx", "trial")
    # A statement is of a franchisee with all its stores: the list shows that of the store one works in, whole.
    follows_store = ("trial",)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Show a month: the net of each franchisee in sight."""
        session = self.appbuilder.session
        months = queries.months(session)
        month = request.args.get("month") or (months[0] if months else "")
        found = queries.statements(session, month) if _MONTH.fullmatch(month) else []
        here = switch().chosen
        owner = here and session.scalar(select(Store.franchisee_id).where(Store.id == here.id))
        return self.render_template(
            "settlement/list.html",
            title=gettext("Settlement"),
            months=months,
            month=month,
            rows=[row for row in found if owner in (None, row.franchisee_id)],
            here=here,
            names=dict(session.execute(select(Franchisee.id, Franchisee.name)).all()),
            closed=queries.closed(session, month),
            may_settle=self.appbuilder.sm.has_access("can_settle", self.class_permission_name),
        )

    @expose("/<string:month>/<int:franchisee_id>/<string:currency>")
    @has_access
    def show(self, month: str, franchisee_id: int, currency: str) -> Any:
        """Show the statement of a month."""
        found = self._statement(month, franchisee_id, currency)
        name = self.appbuilder.session.scalar(select(Franchisee.name).where(Franchisee.id == franchisee_id))
        return self.render_template(
            "settlement/statement.html",
            title=gettext("Settlement of %(name)s, %(month)s", name=name, month=month),
            found=found,
            what={code: words for code, (_, words) in WHAT.items()},
            said=documents.said_in(self.appbuilder.session, found, paper.language()),
            closed=queries.closed(self.appbuilder.session, month),
            others=self._others(found),
            stores=len(switch().shops),
        )

    @expose("/<string:month>/<int:franchisee_id>/<string:currency>/pdf")
    @has_access
    def pdf(self, month: str, franchisee_id: int, currency: str) -> Any:
        """Print it with its lines."""
        return paper.download(self._document(month, franchisee_id, currency), f"settlement-{month}-{franchisee_id}")

    @expose("/<string:month>/<int:franchisee_id>/<string:currency>/xlsx")
    @has_access
    def xlsx(self, month: str, franchisee_id: int, currency: str) -> Any:
        """Give it as a spreadsheet with every line, however many there are."""
        out, found = BytesIO(), self._statement(month, franchisee_id, currency)
        documents.write_xlsx(out, self.appbuilder.session, found, **_about())
        return paper.handed(out.getvalue(), _XLSX, f"settlement-{month}-{franchisee_id}.xlsx")

    @expose("/trial-balance")
    @has_access
    def trial(self) -> Any:
        """Show what each party gets or owes; for those who see all stores each currency totals zero, always."""
        session = self.appbuilder.session
        month = request.args.get("month", "")
        rows = queries.trial_balance(session, month if _MONTH.fullmatch(month) else None)
        return self.render_template(
            "settlement/trial.html",
            title=gettext("Trial balance"),
            rows=rows,
            totals=_totals(rows),
            whole=current_scope().reads is None,
            months=queries.months(session),
            month=month,
            closed=queries.closed(session, month),
            stores={place.id: f"{place.code} {place.name}" for place in places(session).values()},
            told_party=told_party,
            what={code: words for code, (_, words) in WHAT.items()},
        )

    @expose("/settle", methods=["POST"])
    @has_access
    def settle(self) -> Any:
        """Settle what came since the last time, in a process apart."""
        apart.begin(SETTLE, {}, g.user.id)
        flash(gettext("Settling has begun; the figures follow in a moment."), "success")
        return redirect(url_for("SettlementPage.list"))

    # -- parts --------------------------------------------------------------------------------------------------------

    def _statement(self, month: str, franchisee_id: int, currency: str) -> Statement:
        """Return a statement; nobody sees the part of one that is of her own stores alone."""
        session = self.appbuilder.session
        known = session.get(Franchisee, franchisee_id) is not None and queries.sees_all(session, franchisee_id)
        if not known or not _MONTH.fullmatch(month) or len(currency) != 3:
            abort(404)
        return queries.statement(session, franchisee_id, month, currency)

    def _others(self, found: Statement) -> tuple[str, ...]:
        """Return the other currencies in which the franchisee has a statement for the month."""
        every = queries.currencies(self.appbuilder.session, found.franchisee_id, found.month)
        return tuple(sorted({*every} - {found.currency}))

    def _document(self, month: str, franchisee_id: int, currency: str) -> Document:
        found = self._statement(month, franchisee_id, currency)
        return documents.settlement_document(self.appbuilder.session, found, **_about())


def _totals(rows: Sequence[Line]) -> dict[str, int]:
    """Return the total of each currency."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.currency] = totals.get(row.currency, 0) + row.amount
    return dict(sorted(totals.items()))


def _about() -> dict[str, Any]:
    """Return what stands on each paper: its language, who took it and why, and when."""
    return {"language": paper.language(), "by": who(), "reason": gettext("Settlement"), "now": clock.now()}
