"""What a till shows of a member and of a voucher."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember
from addons.points import queries as points_read
from addons.tiers import queries as tiers_read
from addons.vouchers import queries as vouchers_read
from addons.vouchers.queries import UsableVoucher
from core.db.scope import brand_wide


@brand_wide("what she has from every store of the brand (C31)")
def member_summary(session: Session, member: TillMember, day: date) -> dict[str, Any]:
    """Return what a till shows of the member who stands before it; contact data is masked (C31)."""
    points = points_read.state_many(session, [member.id], day)[member.id]
    family = points_read.family_has(session, member.id, day)
    vouchers = vouchers_read.usable(session, member.id, member.brand_id, day)
    card = {"number": member.card_number, "tier": member.card_tier, "status": member.card_status}
    return {
        "number": member.number,
        "name": member.name,
        "phone": member.masked_phone,
        "status": member.status,
        "tier": member.tier,
        "card": card if member.card_id is not None else None,
        "points": points.balance,
        "family_points": None if family is None else family.balance,
        "credit_half_year": tiers_read.credit_half_year(session, member.id, day),
        "conversion_due": tiers_read.waiting_many(session, [member.id]).get(member.id),
        "vouchers": [voucher_summary(voucher) for voucher in vouchers],
    }


def voucher_summary(voucher: UsableVoucher) -> dict[str, Any]:
    """Return what a till shows of a voucher; amounts are fen."""
    return {
        "code": voucher.code,
        "kind": voucher.kind,
        "value": voucher.value,
        "remaining": voucher.remaining,
        "valid_until": voucher.valid_until.isoformat(),
        "min_spend": voucher.min_spend or 0,
        "categories": voucher.categories,
        "products": voucher.products,
    }
