"""What a receipt says, as a till is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.sales.models import Line, Receipt, Tender
from core.db.models import PostingKey

_HEAD = (
    Receipt.number,
    Receipt.at,
    Receipt.day,
    Receipt.cashier,
    Receipt.currency,
    Receipt.tier,
    Receipt.quantity,
    Receipt.list_total,
    Receipt.selling_total,
    Receipt.total,
    Receipt.tendered,
    Receipt.cash,
    Receipt.points,
    Receipt.credit,
)
_LINE = (
    Line.code.label("product"),
    Line.quantity,
    Line.list_price,
    Line.special_price,
    Line.pay,
    Line.tendered,
    Line.net,
    Line.rules,
)


def receipt_by_number(session: Session, store_id: int, number: str) -> dict[str, Any] | None:
    """Return a receipt of a store with its lines and how it was paid; None if the store has none of this number.

    Three queries, limited to the stores of whoever acts.
    """
    wanted = (
        select(Receipt.id, *_HEAD, PostingKey.posted_at)
        .join(PostingKey, PostingKey.key == Receipt.key, isouter=True)
        .where(Receipt.store_id == store_id, Receipt.number == number)
    )
    head = session.execute(wanted).mappings().first()
    if head is None:
        return None
    lines = session.execute(select(*_LINE).where(Line.receipt_id == head["id"]).order_by(Line.line_no)).mappings()
    tenders = session.execute(
        select(Tender.kind, Tender.amount).where(Tender.receipt_id == head["id"]).order_by(Tender.tender_no)
    ).mappings()
    found = {name: value for name, value in head.items() if name != "id"}
    return found | {
        "at": head["at"].isoformat(),
        "posted_at": (head["posted_at"] or head["at"]).isoformat(),
        "day": head["day"].isoformat(),
        "lines": [dict(line) | {"rules": line["rules"].split()} for line in lines],
        "payments": [dict(tender) for tender in tenders],
    }
