"""Months of settlement that somebody wants closed, or that are."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.settlement.models import Dispute
from addons.settlement.services import MONTHS
from core.db.models import CloseRequest
from core.ledger.periods import named
from core.web import formats
from core.web.closing import CloseView, only, waiting
from core.web.views import GuibinInterface


def _books_of(month: date) -> Any:
    """Lead from a closing to the trial balance of its month: whoever approves looks at it first."""
    return formats.link(url_for("SettlementPage.trial", month=named(month)), named(month))


class SettlementCloseView(CloseView):
    """The closing of settlement's months."""

    datamodel = GuibinInterface(CloseRequest)
    months = MONTHS
    decision = "settlement.decide_close"
    base_filters = only(MONTHS)
    list_title = _("Closing of settlement")
    formatters_columns = CloseView.formatters_columns | {"month": _books_of}


def waiting_tiles(session: Session) -> list[dict[str, Any]]:
    """Return how many months and disputes wait, for those who may decide on them."""
    asked = select(func.count()).select_from(Dispute).where(Dispute.state == "asked")
    title = gettext("Disputes to answer")
    return [
        waiting(session, MONTHS, "SettlementCloseView"),
        {
            "title": title,
            "value": lambda: session.scalar(asked) or 0,
            "link": "/disputeview/list/",
            "waits": ("can_edit", "DisputeView"),
        },
    ]
