"""Screens of receipts and of what came back; nothing is changed by hand."""

from __future__ import annotations

from addons.sales import queries
from addons.sales.views.receipts import ReceiptView, explained
from addons.sales.views.returns import ReturnView
from core.web.record_pages import RecordPage
from core.web.roles import EVERYBODY, HQ, MANAGERS, OFFICE
from core.web.views import Entry

__all__ = ["PAGES", "VIEWS", "ReceiptView", "ReturnView", "explained"]

PAGES = (
    RecordPage("receipt", "ReceiptView.show", named=queries.receipts_called),
    RecordPage("return", "ReturnView.show"),
)

VIEWS = (
    Entry(ReceiptView, name="Receipts", category="Till", icon="fa-receipt", order=20, reads=EVERYBODY),
    # Who may write here may approve returns at a till, as the second person.
    Entry(
        ReturnView, name="Return slips", category="Till", icon="fa-rotate-left", order=30, reads=OFFICE,
        writes=(*MANAGERS, *HQ),
    ),
)  # fmt: skip
