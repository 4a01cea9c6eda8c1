"""What the search shows of a member, a receipt, a product; contact data is masked as in every list (C31)."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from addons.insights.queries import finding
from core.web import formats
from core.web.record_pages import page_of
from core.web.search import Found


def find_members(session: Session, typed: str, limit: int) -> list[Found]:
    """Find members of one's stores."""
    return [
        Found(
            row.name or row.number,
            f"{row.number} · {formats.masked_phone(row.phone)}",
            page_of("member", row.id),
        )
        for row in finding.members(session, typed, limit)
    ]


def find_receipts(session: Session, typed: str, limit: int) -> list[Found]:
    """Find receipts of one's stores."""
    return [
        Found(row.number, f"{row.name} · {formats.day(row.day)}", page_of("receipt", row.id))
        for row in finding.receipts(session, typed, limit)
    ]


def find_products(session: Session, typed: str, limit: int) -> list[Found]:
    """Find products."""
    return [
        Found(
            f"{row.code} {row.name}",
            " · ".join(part for part in (row.colour, row.size) if part),
            url_for("ProductView.show", pk=row.id),
        )
        for row in finding.products(session, typed, limit)
    ]
