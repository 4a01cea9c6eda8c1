"""What waits for somebody who may decide, on everybody's first page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.points.models import Adjustment, Review
from addons.points.services import MONTHS
from core.web.closing import waiting


def waiting_tiles(session: Session) -> list[dict[str, Any]]:
    """Return how many claims, corrections and closings wait, for those who may decide on them."""
    return [
        _tile(session, gettext("Points to be decided"), Review, ("waiting", "asked"), "/reviewview/list/"),
        _tile(session, gettext("Points corrections to approve"), Adjustment, ("asked",), "/adjustmentview/list/"),
        waiting(session, MONTHS, "PointsCloseView"),
    ]


def _tile(session: Session, title: str, model: Any, states: tuple[str, ...], link: str) -> dict[str, Any]:
    wanted = select(func.count()).select_from(model).where(model.state.in_(states))
    view = {Review: "ReviewView", Adjustment: "AdjustmentView"}[model]
    return {"title": title, "value": lambda: session.scalar(wanted) or 0, "link": link, "waits": ("approve", view)}
