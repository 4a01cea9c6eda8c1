"""A receipt: to look at, to explain, to print."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext

from addons.sales.queries import returns_of
from addons.stores.queries import people_called, place
from addons.till import queries
from addons.till.views import words
from addons.till.views.priced import stored
from core.policy.live import program_of_digest
from core.web.roles import EVERYBODY, NOBODY
from core.web.views import GuibinPage, expose, has_access


class ReceiptPageView(GuibinPage):
    """One receipt."""

    route_base = "/till/receipt"
    default_view = "receipt"
    read_roles = EVERYBODY
    write_roles = NOBODY

    @expose("/<int:receipt_id>")
    @has_access
    def receipt(self, receipt_id: int) -> Any:
        """Show a receipt of one's stores, with what it brought and why it cost what it did."""
        session = self.appbuilder.session
        found = queries.receipt_with(session, receipt_id)
        if found is None:
            abort(404)
        program = program_of_digest(session, found.decision.digest).program
        falls = stored(found.decision.decided(), found.decision.given(), program.book, program.vocabulary)
        return self.render_template(
            "till/receipt.html",
            title=gettext("Receipt %(number)s", number=found.number),
            receipt=found,
            at=place(session, found.store_id),
            lines=list(zip(found.lines, falls, strict=True)),
            news=queries.answer_under(session, found.key),
            words=words,
            returns=returns_of(session, found.id),
            reasons=words.WHY_BACK,
            state_chip=words.state_chip,
            called=people_called(session, (found.cashier,)),
        )
