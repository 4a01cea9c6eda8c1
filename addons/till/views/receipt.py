"""A receipt: to look at, to explain, to print, as paper for the customer."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort
from flask_babel import gettext, lazy_gettext

from addons.sales.models import Receipt
from addons.sales.queries import returns_of
from addons.stores.models import Brand
from addons.stores.queries import people_called, place
from addons.till import queries
from addons.till.documents import Worded, receipt_slip
from addons.till.views import words
from addons.till.views.priced import ReceiptTold, StepShown, stored
from core import clock
from core.policy.live import program_of_digest
from core.web import formats, paper
from core.web.posting import who
from core.web.roles import EVERYBODY, NOBODY
from core.web.views import GuibinPage, expose, has_access


class ReceiptPageView(GuibinPage):
    """One receipt."""

    route_base = "/till/receipt"
    title = lazy_gettext("Page of a receipt")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"receipt": lazy_gettext("Look at")}
    default_view = "receipt"
    read_roles = EVERYBODY
    write_roles = NOBODY
    also_reads = ("receipt", "pdf")

    @expose("/<int:receipt_id>")
    @has_access
    def receipt(self, receipt_id: int) -> Any:
        """Show a receipt of one's stores, with what it brought and why it cost what it did."""
        session = self.appbuilder.session
        found = self._found(receipt_id)
        told, back = self._told(found), returns_of(session, found.id)
        people = (found.cashier, *(name or "" for each in back for name in (each.cashier, each.approved_by)))
        return self.render_template(
            "till/receipt.html",
            title=gettext("Receipt %(number)s", number=found.number),
            receipt=found,
            at=place(session, found.store_id),
            lines=list(zip(found.lines, told.steps, strict=True)),
            told=told,
            version=found.decision.version,
            news=queries.told_of_sale(session, found),
            words=words,
            returns=back,
            reasons=words.WHY_BACK,
            state_chip=words.state_chip,
            called=people_called(session, people),
        )

    @expose("/<int:receipt_id>/pdf")
    @has_access
    def pdf(self, receipt_id: int) -> Any:
        """Print a receipt of one's stores for the customer."""
        session = self.appbuilder.session
        found = self._found(receipt_id)
        at = place(session, found.store_id)
        news, told = queries.told_of_sale(session, found), self._told(found)
        worded = Worded(
            brand=str(session.get_one(Brand, at.brand_id)),
            title=gettext("Receipt %(number)s", number=found.number),
            state=str(words.SINCE[found.state][1]) if found.state else "",
            tiers={code: str(name) for code, name in words.TIERS.items()},
            tenders={code: str(name) for code, name in words.TENDERS.items()},
            why=[_named(steps, line.pay) for line, steps in zip(found.lines, told.steps, strict=True)],
            ahead=told.ahead,
            due=formats.day_in_words((news.get("tier") or {}).get("conversion_due")),
            called=people_called(session, (found.cashier,)),
        )
        document = receipt_slip(found, news, worded, at=at, language=paper.language(), by=who(), now=clock.now())
        return paper.download(document, f"receipt-{found.number}")

    def _found(self, receipt_id: int) -> Receipt:
        """Return a receipt of one's stores; another one is not there."""
        found = queries.receipt_with(self.appbuilder.session, receipt_id)
        if found is None:
            abort(404)
        return found

    def _told(self, receipt: Receipt) -> ReceiptTold:
        """Explain a receipt in the words of the rules that were in force."""
        decision = receipt.decision
        program = program_of_digest(self.appbuilder.session, decision.digest).program
        return stored(decision.decided(), decision.given(), program.book, program.vocabulary)


def _named(steps: tuple[StepShown, ...], pay: int) -> list[str]:
    """Name the discounts that led to a price; vouchers take off what is paid in money, not the price."""
    return [f"{step.label} · {step.words}" if step.words else step.label for step in steps if step.after >= pay]
