"""Reads for tills of other makers: whose credential it is, what a member has, what a receipt says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.membership.queries import TillMember
from addons.points import queries as points_read
from addons.pos.models import Till
from addons.sales.models import Line, Receipt, Tender
from addons.tiers import queries as tiers_read
from addons.vouchers import queries as vouchers_read
from addons.vouchers.queries import UsableVoucher


class KnownTill(NamedTuple):
    """A till as its credential names it."""

    id: int
    store_id: int
    name: str
    key_id: str
    secret_hash: str
    active: bool
    last_used_at: datetime | None


_T = Till.__table__
# Over the bare table: whose stores the caller may see is what this finds out.
_BY_KEY = select(*(_T.c[name] for name in KnownTill._fields)).where(_T.c.key_id == bindparam("b_key"))


def till_by_key(session: Session, key_id: str) -> KnownTill | None:
    """Return the till of a key, revoked ones too; None if there is none."""
    row = session.connection().execute(_BY_KEY, {"b_key": key_id}).first()
    return None if row is None else KnownTill(*row)


def name_in_use(session: Session, store_id: int, name: str) -> bool:
    """Tell whether a store has a till of this name that was not revoked."""
    wanted = select(Till.id).where(Till.store_id == store_id, Till.name == name, Till.active)
    return session.scalar(wanted) is not None


def member_summary(session: Session, member: TillMember, day: date) -> dict[str, Any]:
    """Return what a till shows of the member who stands before it; contact data is masked (C31)."""
    points = points_read.state_many(session, [member.id], day)[member.id]
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
    }


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
    wanted = select(Receipt.id, *_HEAD).where(Receipt.store_id == store_id, Receipt.number == number)
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
        "day": head["day"].isoformat(),
        "lines": [dict(line) | {"rules": line["rules"].split()} for line in lines],
        "payments": [dict(tender) for tender in tenders],
    }
