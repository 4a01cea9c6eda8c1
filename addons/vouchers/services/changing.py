"""The one place that changes what a voucher is worth: entries of the ledger and the voucher's own row, together.

Part of a posting, never committing. A change is made of a voucher that was read to be changed; its row is updated only
if no entry came in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.vouchers.domain import WITHIN, Hold
from addons.vouchers.models import Entry, Voucher
from addons.vouchers.queries import UsableVoucher
from core.db.statement import Statement
from core.ledger.entry import write_entries

_V, _E = Voucher.__table__, Entry.__table__
_HOLD = ("lock_till", "lock_key", "locked_until")


class Move(NamedTuple):
    """Fen that go from one account of a voucher to another; the holder's, or another member's who is named."""

    from_state: str
    to_state: str
    amount: int
    member_id: int | None = None


class About(NamedTuple):
    """Where, when, by whom and why; a receipt where there is one."""

    store_id: int
    now: datetime
    by: str = ""
    receipt_id: int | None = None
    reason: str = ""
    ref: str = ""


@dataclass(slots=True)
class Change:
    """What happens to a voucher; what is not said stays as it is, but a hold ends unless it is kept or taken."""

    voucher: UsableVoucher
    moves: Sequence[Move] = ()
    gone: str = "used"  # its status where nothing remains
    member_id: int | None = None
    valid_until: date | None = None
    hold: Hold | None = None
    until: datetime | None = None
    keeps_hold: bool = False
    settled: bool = False
    store_id: int | None = None  # where it happens, if not where everything else does

    @property
    def remaining(self) -> int:
        """Return what remains, in fen."""
        left = self.voucher.remaining
        for move in self.moves:
            left += move.amount * ((move.to_state in WITHIN) - (move.from_state in WITHIN))
        return left

    @property
    def status(self) -> str:
        """Return the status: active while its value, or the voucher without a value as a whole, is the customer's."""
        if not self.moves:
            return self.voucher.status
        active = self.remaining > 0 or (self.voucher.value == 0 and self.moves[-1].to_state in WITHIN)
        return "active" if active else self.gone

    @property
    def holder(self) -> int | None:
        """Return whose it is."""
        return self.voucher.member_id if self.member_id is None else self.member_id


_CHANGED = ("entries", "uses", "remaining", "status", "member_id", "valid_until", "settled", *_HOLD)
# The guard: whoever read the voucher before somebody else's entry changes nothing.
_CHANGE = Statement(
    update(_V)
    .where(_V.c.id == bindparam("b_id"), _V.c.entries == bindparam("b_seen"))
    .values({name: bindparam(f"b_{name}") for name in _CHANGED})
)


def post_changes(session: Session, changes: Sequence[Change], about: About) -> None:
    """Write what happens to vouchers: their rows first, in the order of their keys, then the entries.

    RuntimeError where a voucher was changed since it was read: whoever reads it to change it holds it until the end.
    """
    if not changes:
        return
    ordered = sorted(changes, key=lambda change: change.voucher.id)
    entries = [row for change in ordered for row in _entries(change, about)]
    if _CHANGE.run_each(session, [_row(change) for change in ordered]) != len(ordered):
        message = "a voucher changed although it was read to be changed"
        raise RuntimeError(message)
    write_entries(session, _E, entries)


def _row(change: Change) -> dict[str, Any]:
    seen = change.voucher
    hold, until = (seen.holding, seen.locked_until) if change.keeps_hold else (change.hold, change.until)
    redeemed = sum(move.to_state == "redeemed" for move in change.moves)
    return {
        "b_id": seen.id,
        "b_seen": seen.entries,
        "b_entries": seen.entries + len(change.moves),
        "b_uses": seen.uses + redeemed,
        "b_remaining": change.remaining,
        "b_status": change.status,
        "b_member_id": change.holder,
        "b_valid_until": change.valid_until or seen.valid_until,
        "b_lock_till": None if hold is None else hold.till,
        "b_lock_key": None if hold is None else hold.key,
        "b_locked_until": until,
        "b_settled": change.settled or seen.settled,
    }


def _entries(change: Change, about: About) -> list[dict[str, Any]]:
    seen, use = change.voucher, change.voucher.uses
    if change.store_id is not None:
        about = about._replace(store_id=change.store_id)
    rows = []
    for number, move in enumerate(change.moves, seen.entries + 1):
        redeems = move.to_state == "redeemed"
        use += redeems
        holder = move.member_id or change.holder
        rows.append(entry_row(seen.id, (number, use if redeems else None), move, holder, about))
    return rows


def entry_row(
    voucher_id: int, numbers: tuple[int, int | None], move: Move, member_id: int | None, about: About
) -> dict[str, Any]:
    """Return the row of an entry; its numbers are those among the entries and among the redemptions of the voucher."""
    return {
        "voucher_id": voucher_id,
        "number": numbers[0],
        "use_number": numbers[1],
        "from_state": move.from_state,
        "to_state": move.to_state,
        "amount": move.amount,
        "member_id": member_id,
        "store_id": about.store_id,
        "receipt_id": about.receipt_id,
        "by": about.by,
        "reason": about.reason,
        "ref": about.ref,
        "at": about.now,
    }
