"""What the first page offers to those who sell: the till, and goods that come back."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy.orm import Session

from core.web.home import Board, HomePart, Start
from core.web.roles import STORES


def _starts(_session: Session) -> Board:
    return Board(
        starts=(
            Start(gettext("Checkout"), "/till/", "fa-cash-register"),
            Start(gettext("Returns and exchanges"), "/returns/", "fa-rotate-left"),
        )
    )


HOME = (HomePart(_starts, roles=STORES, order=1),)
