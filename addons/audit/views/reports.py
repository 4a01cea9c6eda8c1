"""The auditor's pages: why a receipt cost what it did, made again; points statements; the programme's summary."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from addons.audit import documents, queries, services
from addons.membership.models import Member
from addons.stores.models import Brand
from core import clock
from core.errors import Invalid, NotFound
from core.periods import local_day, months_before
from core.web import paper
from core.web.posting import who
from core.web.roles import HQ, MANAGERS, NOBODY
from core.web.views import GuibinPage, expose, has_access
from reports.document import Document

_FOUND_AT_MOST = 20


def _day(name: str, default: date) -> date:
    """Return a day of the address; refuses with Invalid for what is none."""
    given = request.args.get(name, "")
    if not given:
        return default
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Invalid(field=name, problem="a day is written like 2026-05-01") from None


def _period(months: int) -> tuple[date, date]:
    today = local_day(clock.now())
    since, until = _day("since", months_before(today, months) + timedelta(days=1)), _day("until", today)
    if since > until or (until - since).days > 366 * 5:
        raise Invalid(field="since", problem="the period must begin before it ends and have at most five years")
    return since, until


class ReceiptDecisionPage(GuibinPage):
    """The decision of a receipt: facts, version, steps, what did not apply and what would change that."""

    route_base = "/receipt-decisions"
    title = _("Decision of a receipt")
    default_view = "list"
    read_roles = (*MANAGERS, *HQ)
    write_roles = NOBODY
    also_reads = ("list", "show", "pdf")

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Lead to the list, of the receipts of ?number= where it is given."""
        number = request.args.get("number", "").strip()
        sought: dict[str, Any] = {"_flt_0_number": number} if number else {}
        return redirect(url_for("ReceiptDecisionView.list", **sought))

    @expose("/<int:receipt_id>")
    @has_access
    def show(self, receipt_id: int) -> Any:
        """Show a decision, made again from the facts and the version that are kept with it."""
        found = services.decided(self.appbuilder.session, receipt_id)
        told = found.explained(paper.language())
        return self.render_template(
            "audit/decision.html",
            title=gettext("Decision of receipt %(number)s", number=found.receipt.number),
            found=found,
            receipt=found.receipt,
            told=told,
            version=found.stored.version,
            again=services.reperform(found),
            returned=services.reperform_returns(self.appbuilder.session, found),
            facts=found.facts(paper.language()),
        )

    @expose("/<int:receipt_id>/pdf")
    @has_access
    def pdf(self, receipt_id: int) -> Any:
        """Print a decision."""
        session = self.appbuilder.session
        found = services.decided(session, receipt_id)
        document = documents.decision_document(
            session, found, language=paper.language(), by=who(), reason=gettext("Audit"), now=clock.now()
        )
        return paper.download(document, f"decision-{receipt_id}")


class PointsStatementPage(GuibinPage):
    """A member's points over a period, entry by entry."""

    route_base = "/points-statements"
    default_view = "list"
    read_roles = (*MANAGERS, *HQ)
    write_roles = NOBODY
    also_reads = ("list", "show", "pdf")
    follows_store = ("list",)

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Look for a member by number or name."""
        text = request.args.get("member", "").strip()
        rows: Any = ()
        if text:
            fits = Member.number.startswith(text, autoescape=True) | Member.name.startswith(text, autoescape=True)
            rows = self.appbuilder.session.scalars(select(Member).where(fits).order_by(Member.id).limit(_FOUND_AT_MOST))
            rows = rows.all()
        return self.render_template("audit/members.html", title=gettext("Points statements"), rows=rows, text=text)

    @expose("/<int:member_id>")
    @has_access
    def show(self, member_id: int) -> Any:
        """Show a statement."""
        document = self._document(member_id)
        title = gettext("Points statement of %(number)s", number=document.data["member"]["number"])  # type: ignore[index]
        return self.render_template("audit/statement.html", title=title, data=document.data, member_id=member_id)

    @expose("/<int:member_id>/pdf")
    @has_access
    def pdf(self, member_id: int) -> Any:
        """Print a statement."""
        return paper.download(self._document(member_id), f"points-{member_id}")

    def _document(self, member_id: int) -> Document:
        since, until = _period(12)
        return documents.points_document(
            self.appbuilder.session,
            member_id,
            since=since,
            until=until,
            language=paper.language(),
            by=who(),
            reason=gettext("Points statement"),
            now=clock.now(),
        )


class ProgrammeSummaryPage(GuibinPage):
    """What the programme of a brand did over a period."""

    route_base = "/programme-summary"
    default_view = "show"
    read_roles = HQ
    write_roles = NOBODY
    also_reads = ("show", "pdf")

    @expose("/")
    @has_access
    def show(self) -> Any:
        """Show the figures of the first brand, or of ?brand=."""
        queries.require_all_stores()
        brands = self.appbuilder.session.scalars(select(Brand).order_by(Brand.id)).all()
        if not brands:
            return self.render_template("audit/summary.html", title=gettext("Programme summary"), brands=(), data=None)
        code = request.args.get("brand") or brands[0].code
        document = self._document(code)
        return self.render_template(
            "audit/summary.html",
            title=document.title,
            brands=brands,
            code=code,
            data=document.data,
            currency=next((brand.currency for brand in brands if brand.code == code), ""),
        )

    @expose("/<string:code>/pdf")
    @has_access
    def pdf(self, code: str) -> Any:
        """Print the summary."""
        document = self._document(code)
        return paper.download(document, "programme-summary")

    def _document(self, code: str) -> Document:
        if not code.isascii():
            raise NotFound(what="brand", which=code[:20])
        since, until = _period(12)
        return documents.summary_document(
            self.appbuilder.session,
            code,
            since=since,
            until=until,
            language=paper.language(),
            by=who(),
            reason=gettext("Programme summary"),
            now=clock.now(),
        )
