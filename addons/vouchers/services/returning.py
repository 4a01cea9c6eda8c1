"""When goods come back: value is given back to vouchers that paid for them, vouchers given for them are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.vouchers import queries
from addons.vouchers.queries import UsableVoucher, Used
from addons.vouchers.services import refusals
from addons.vouchers.services.budgets import give_back
from addons.vouchers.services.changing import About, Change, Move, post_changes
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound


class Restored(NamedTuple):
    """Fen given back to a voucher, what remains of it now, and its last day."""

    voucher_id: int
    code: str
    amount: int
    remaining: int
    valid_until: date


class Withdrawn(NamedTuple):
    """Codes of vouchers that are no longer due: those taken back, and those that were used already."""

    withdrawn: list[str]
    used: list[str]


def restore(
    session: Session,
    *,
    receipt_id: int,
    parts: Sequence[tuple[int, int]],
    store_id: int,
    day: date,
    now: datetime,
    by: str = "",
) -> list[Restored]:
    """Give value back to vouchers that paid for a receipt, (voucher, fen) each; it can be used again.

    What was forfeited because no change is given comes back with the last fen of what the receipt took. A voucher
    whose last day is over gets vouchers.restored_days from the day. Refuses with OutOfScope, NotFound for a voucher
    the receipt was not paid with, Invalid for less than a fen, RestoreTooMuch, VoucherCancelled.
    """
    require_store(store_id, write=True)
    wanted = _summed(parts)
    if not wanted:
        return []
    found = queries.to_change(session, wanted)
    used = queries.used_on(session, receipt_id)
    days: int = settings.value(session, "vouchers.restored_days")
    changes = []
    for voucher_id, amount in wanted.items():
        if voucher_id not in used:
            raise NotFound(what="voucher", which=str(voucher_id))
        changes.append(_given_back(found[voucher_id], amount, used[voucher_id], day + timedelta(days=days), day))
    post_changes(session, changes, About(store_id, now, by, receipt_id, reason="return"))
    return [
        Restored(
            c.voucher.id, c.voucher.code, wanted[c.voucher.id], c.remaining, c.valid_until or c.voucher.valid_until
        )
        for c in changes
    ]


def _summed(parts: Sequence[tuple[int, int]]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for voucher_id, amount in parts:
        if amount < 0:
            raise Invalid(field="parts", problem="less than nothing cannot be given back")
        wanted[voucher_id] = wanted.get(voucher_id, 0) + amount
    return wanted


def _given_back(voucher: UsableVoucher, amount: int, used: Used, renewed: date, day: date) -> Change:
    left = used.redeemed - used.restored
    if amount > left or (amount == 0 and voucher.value > 0) or (voucher.value == 0 and voucher.status == "active"):
        raise refusals.RestoreTooMuch(voucher=voucher.code, most=left)
    if voucher.status == "void":
        raise refusals.VoucherCancelled(voucher=voucher.code)
    moves = [Move("redeemed", voucher.state, amount)]
    forfeited = used.forfeited - used.returned
    if amount == left and forfeited:
        moves.append(Move("forfeited", voucher.state, forfeited))
    renew = renewed if voucher.valid_until < day else None
    # Of one that somebody holds at this moment all that remains is held.
    return Change(voucher, moves, valid_until=renew, keeps_hold=True)


def withdraw(
    session: Session, *, receipt_id: int, rule: str, count: int, store_id: int, now: datetime, by: str = ""
) -> Withdrawn:
    """Take back so many of the vouchers that a rule issued with a receipt, since they are no longer due.

    Those nobody used go first, the newest of them first; for the others it is said once that they were used: their
    value is missing. One that was split or given counts as one, with all that came of it. Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    due = [family for family in _families(session, queries.issued_with(session, receipt_id, rule)) if _is_due(family)]
    unused = [family for family in due if not any(voucher.uses for voucher in family)][:count]
    used = [family for family in due if any(voucher.uses for voucher in family)][: max(0, count - len(unused))]
    moved = [change for family in unused for voucher in family if (change := _voided(voucher)) is not None]
    settled = [_settled(family[0]) for family in used]
    post_changes(session, [*moved, *settled], About(store_id, now, by, receipt_id, reason="return"))
    give_back(session, moved)
    return Withdrawn([family[0].code for family in unused], [family[0].code for family in used])


def withdraw_exchanged(
    session: Session, *, voucher_id: int, receipt_id: int, store_id: int, now: datetime, by: str = ""
) -> str | None:
    """Take back a voucher that points became, and all that was split off or given of it; return its code.

    None, and nothing is changed, where anything of it was used or nothing is left. Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    [family] = _families(session, [voucher_id])
    if not _is_due(family) or any(voucher.uses for voucher in family):
        return None
    moved = [change for voucher in family if (change := _voided(voucher)) is not None]
    post_changes(session, moved, About(store_id, now, by, receipt_id, reason="return"))
    give_back(session, moved)
    return family[0].code


#: A voucher that was issued, and after it all that was split off or given of it.
_Family = list[UsableVoucher]


def _families(session: Session, issued: Sequence[int]) -> list[_Family]:
    """Return these vouchers in their order with what came of them, to be changed."""
    if not issued:
        return []
    found = queries.to_change(session, [*issued, *queries.parts_of(session, issued)])
    parts = [voucher for voucher in found.values() if voucher.origin_id is not None]
    return [[found[key], *(part for part in parts if part.origin_id == key)] for key in issued]


def _is_due(family: _Family) -> bool:
    """Tell whether it was not taken back before, nor settled."""
    return not family[0].settled and any(voucher.status in ("active", "used", "expired") for voucher in family)


def _voided(voucher: UsableVoucher) -> Change | None:
    """Take back what is there of a voucher nobody used; what ended by itself too, so that it is not due again."""
    if voucher.status == "active":
        return Change(voucher, [Move(voucher.state, "void", voucher.remaining)], gone="void")
    if voucher.status == "expired":
        return Change(voucher, [Move("expired", "void", voucher.value)], gone="void")
    return None


def _settled(voucher: UsableVoucher) -> Change:
    """Remember that the value of a used voucher was asked for, so that it is not asked for again."""
    return Change(voucher, gone=voucher.status, keeps_hold=True, settled=True)
