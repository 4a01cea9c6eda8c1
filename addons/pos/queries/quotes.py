"""The receipt of a quote that was sold."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.pos.models import SoldQuote
from addons.sales.models import Receipt

_Q, _R = SoldQuote.__table__, Receipt.__table__
# Over bare tables: the quote was signed for the till that asks.
_RECEIPT = (
    select(_R.c.number)
    .join_from(_Q, _R, (_R.c.key == _Q.c.key) & (_R.c.store_id == _Q.c.store_id))
    .where(_Q.c.number == bindparam("b_number"))
)


def receipt_of_quote(session: Session, number: str) -> str:
    """Return the number of the receipt a quote was sold with, empty where it was not."""
    return session.connection().execute(_RECEIPT, {"b_number": number}).scalar() or ""
