"""Screens of receipts: list, search, and each with the waterfall of its prices; nothing is changed by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from addons.sales.models import Receipt
from addons.sales.queries import returns_of
from addons.sales.views.words import REASONS, SOURCES, TENDERS, state_chip
from core.errors import NotFound
from core.policy.live import NoSuchVersion, program_of_digest
from core.web import formats
from core.web.people import person
from core.web.record_pages import opens
from core.web.roles import NOBODY
from core.web.views import GuibinInterface, ReadOnlyView, expose, has_access
from rules.explain import Explanation, Level, explain


def explained(session: Any, receipt: Receipt, level: Level = "cashier") -> Explanation | None:
    """Explain a receipt's decision in the language of the screen; None where its version cannot be found any more."""
    stored = receipt.decision
    try:
        program = program_of_digest(session, stored.digest).program
    except NoSuchVersion:
        return None
    event, decision = stored.given(), stored.decided()
    language = str(get_locale() or "zh_Hant_TW")
    return explain(program.book, program.vocabulary, event, decision, language=language, level=level)


class ReceiptView(ReadOnlyView):
    """All receipts of the stores in sight."""

    datamodel = GuibinInterface(Receipt)
    empty_text = _("No receipts yet: they come from the till and from connected tills.")
    write_roles = NOBODY
    list_title, show_title, add_title, edit_title = _("Receipts"), _("Receipt"), _("Receipt"), _("Receipt")
    show_template = "sales/receipt.html"
    list_columns = ["number", "at", "store", "member", "tier", "list_total", "cash", "currency", "points", "state"]
    show_columns = [
        "number",
        "at",
        "posted_at",
        "store",
        "cashier",
        "member",
        "tier",
        "quantity",
        "currency",
        "list_total",
        "selling_total",
        "total",
        "tendered",
        "cash",
        "points",
        "credit",
        "source",
        "state",
    ]
    search_columns = ["number", "day", "store", "member", "tier", "cash", "currency", "cashier", "source"]
    order_columns = ["number", "at", "list_total", "cash", "points"]
    base_order = ("id", "desc")
    lookups: ClassVar[dict[str, tuple[str, ...]]] = {"member": ("name", "number")}
    formatters_columns = {
        "number": formats.whole,
        "at": formats.moment,
        "posted_at": formats.moment,
        "day": formats.day,
        "cashier": person,
        "member": opens("member"),
        "tier": formats.tier_or_none,
        "quantity": formats.count,
        "list_total": formats.money,
        "selling_total": formats.money,
        "total": formats.money,
        "tendered": formats.money,
        "cash": formats.money,
        "points": formats.points,
        "credit": formats.money,
        "source": formats.state_chip(SOURCES),
        "state": state_chip,
    }
    label_columns = {
        "number": _("Receipt number"),
        "at": _("When"),
        "posted_at": _("Posted at"),
        "day": _("Day"),
        "store": _("Store"),
        "cashier": _("Cashier"),
        "member": _("Member"),
        "tier": _("Tier"),
        "quantity": _("Pieces"),
        "currency": _("Currency"),
        "list_total": _("At list prices"),
        "selling_total": _("At special prices"),
        "total": _("To pay"),
        "tendered": _("By voucher"),
        "cash": _("Paid in money"),
        "points": _("Points"),
        "credit": _("Tier credit"),
        "source": _("Came from"),
        "state": _("Since then"),
    }

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """Show a receipt with its waterfall, what paid for it and which rules did not apply."""
        widgets = self._show(pk)
        session = self.datamodel.session
        receipt = session.get(Receipt, int(pk)) if pk.isdigit() else None
        if receipt is None:
            raise NotFound(what="receipt", which=pk)
        told = explained(session, receipt)
        return self.render_template(
            self.show_template,
            pk=pk,
            title=str(self.show_title),
            widgets=widgets,
            related_views=(),
            receipt=receipt,
            told=told,
            version=receipt.decision.version,
            paid_by=TENDERS,
            returns=returns_of(session, receipt.id),
            reasons=REASONS,
        )
