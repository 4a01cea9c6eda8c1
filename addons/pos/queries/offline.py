"""What became of sales that were made offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.pos.models import Conflict, OfflineSale
from addons.sales.models import Line, Receipt
from core.db.models import PostingKey

_FIGURES = ("total", "tendered", "cash", "points")


def no_outcome(key: str, sold_at: datetime) -> dict[str, Any]:
    """Return what is told of a sale that was not taken."""
    return {
        "key": key,
        "state": "refused",
        "number": None,
        "sold_at": sold_at.isoformat(),
        "posted_at": None,
        "conflicts": [],
        "problem": None,
        "repeated": False,
    }


def offline_outcome(session: Session, till_id: int, key: str) -> dict[str, Any]:
    """Return how a sale of a till stands now."""
    sale = session.scalars(select(OfflineSale).where(OfflineSale.till_id == till_id, OfflineSale.key == key)).one()
    conflicts = session.scalars(select(Conflict).where(Conflict.sale_id == sale.id).order_by(Conflict.id))
    told = no_outcome(key, sale.sold_at) | {
        "state": sale.state,
        "number": sale.number or None,
        "posted_at": None if sale.posted_at is None else sale.posted_at.isoformat(),
        "conflicts": [{"kind": c.kind, "amount": c.amount, "bearer": c.bearer} for c in conflicts],
    }
    return told | _figures(session, sale.receipt_id)


def _figures(session: Session, receipt_id: int | None) -> dict[str, Any]:
    if receipt_id is None:
        return {}
    row = session.execute(select(*(getattr(Receipt, name) for name in _FIGURES)).where(Receipt.id == receipt_id)).one()
    return dict(zip(_FIGURES, row, strict=True))


def outcome_of_checkout(
    session: Session, store_id: int, key: str, lines: Sequence[tuple[str, int]], paid: int
) -> dict[str, Any] | None:
    """Return the receipt that a checkout wrote under a key, where it is the same sale; None where there is none."""
    found = session.execute(
        select(Receipt.id, Receipt.number, Receipt.cash, PostingKey.posted_at)
        .join(PostingKey, PostingKey.key == Receipt.key)
        .where(Receipt.store_id == store_id, Receipt.key == key)
    ).first()
    if found is None or found.cash != paid:
        return None
    sold = session.execute(select(Line.code, Line.quantity).where(Line.receipt_id == found.id)).all()
    if sorted(tuple(line) for line in sold) != list(lines):
        return None
    told = {"state": "posted", "number": found.number, "posted_at": found.posted_at.isoformat()}
    return no_outcome("", found.posted_at) | told | _figures(session, found.id)
