"""The auditor's pages: decisions made again, statements, the programme's summary, and the seals."""

from __future__ import annotations

from addons.audit.views.decisions import ReceiptDecisionView
from addons.audit.views.reports import PointsStatementPage, ProgrammeSummaryPage, ReceiptDecisionPage
from addons.audit.views.seals import SealsPage, seals_board
from core.web.home import HomePart
from core.web.record_pages import RecordPage
from core.web.roles import AUDITOR
from core.web.views import Entry

VIEWS = (
    Entry(ReceiptDecisionView, name="Receipt decisions", category="Reports", icon="fa-magnifying-glass", order=10),
    Entry(PointsStatementPage, name="Points statements", category="Reports", icon="fa-file-lines", order=20),
    Entry(ProgrammeSummaryPage, name="Programme summary", category="Reports", icon="fa-chart-column", order=30),
    Entry(SealsPage, name="Seals", category="Reports", icon="fa-stamp", order=40),
)
HIDDEN_VIEWS = (ReceiptDecisionPage,)
PAGES = (RecordPage("decision", "ReceiptDecisionPage.show", "receipt_id"),)
HOME = (HomePart(seals_board, roles=(AUDITOR,), order=35),)
