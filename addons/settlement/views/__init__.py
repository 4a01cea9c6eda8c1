"""Screens of settlement: statements of a month, their lines, what is disputed, and the trial balance."""

from __future__ import annotations

from addons.settlement.views.closing import SettlementCloseView, waiting_tiles
from addons.settlement.views.disputes import DisputeForm, DisputeView
from addons.settlement.views.lines import SettlementEntryView
from addons.settlement.views.statements import SettlementPage
from core.web.roles import AUDITOR, FRANCHISE_ADMIN, HQ, OFFICE
from core.web.views import Entry

VIEWS = (
    Entry(
        SettlementPage,
        name="Settlement",
        category="Reports",
        icon="fa-scale-balanced",
        order=40,
        reads=(FRANCHISE_ADMIN, *HQ),
    ),
    Entry(
        SettlementEntryView,
        name="Settlement lines",
        category="Reports",
        icon="fa-list",
        order=41,
        reads=OFFICE,
        listed=(FRANCHISE_ADMIN, *HQ, AUDITOR),
    ),
    Entry(
        DisputeView,
        name="Disputed lines",
        category="Reports",
        icon="fa-comments",
        order=42,
        reads=OFFICE,
        listed=(FRANCHISE_ADMIN, *HQ, AUDITOR),
    ),
    Entry(
        SettlementCloseView,
        name="Closing of settlement",
        category="Reports",
        icon="fa-calendar-check",
        order=43,
    ),
)
TILES = (waiting_tiles,)
HIDDEN_VIEWS = (DisputeForm,)
