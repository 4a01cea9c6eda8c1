"""Vouchers end: cancelled by headquarters with a reason, or by themselves after their last day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.vouchers import queries
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.services.budgets import give_back
from addons.vouchers.services.changing import About, Change, Move, post_changes
from addons.vouchers.services.tills import require_active
from core.db.scope import require_store
from core.errors import Invalid, NotFound


def cancel(
    session: Session, *, voucher_ids: Collection[int], reason: str, day: date, now: datetime, by: str
) -> list[str]:
    """Cancel vouchers and return their codes; what remains of them is void and goes back to their budgets.

    One that a till holds is cancelled too: headquarters decides. Refuses with OutOfScope for the store that issued
    one, NotFound, Invalid without a reason, VoucherUsed, VoucherExpired, VoucherCancelled, VoucherReplaced.
    """
    if not reason.strip():
        raise Invalid(field="reason", problem="a voucher is not cancelled without a reason")
    found = queries.to_change(session, voucher_ids)
    for voucher_id in voucher_ids:
        if voucher_id not in found:
            raise NotFound(what="voucher", which=str(voucher_id))
        require_store(found[voucher_id].store_id, write=True)
        require_active(found[voucher_id], day)
    changes = [_gone(voucher, "void") for voucher in found.values()]
    post_changes(session, changes, About(0, now, by, reason=reason.strip()[:200]))
    give_back(session, changes)
    return [voucher.code for voucher in found.values()]


def expire(session: Session, *, day: date, now: datetime, limit: int = 1000) -> int:
    """End vouchers whose last day was before a day, at most so many at once; return how many there were.

    Refuses with OutOfScope for a store that may not be written.
    """
    found = queries.to_change(session, queries.ended(session, day, limit)).values()
    over = [voucher for voucher in found if voucher.status == "active" and voucher.valid_until < day]
    for store_id in {voucher.store_id for voucher in over}:
        require_store(store_id, write=True)
    post_changes(session, [_gone(voucher, "expired") for voucher in over], About(0, now))
    return len(over)


def _gone(voucher: UsableVoucher, account: str) -> Change:
    moves = [Move(voucher.state, account, voucher.remaining)]
    return Change(voucher, moves, gone=account, store_id=voucher.store_id)
