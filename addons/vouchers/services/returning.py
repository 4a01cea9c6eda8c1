"""When goods come back: value is given back to vouchers that paid for them, vouchers given for them are withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.vouchers import queries
from addons.vouchers.queries import Stood, UsableVoucher, Used
from addons.vouchers.services import refusals
from addons.vouchers.services.budgets import give_back
from addons.vouchers.services.changing import About, Change, Move, post_changes
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound


class Restored(NamedTuple):
    """Fen given back to a voucher, what remains of it now, and its last day.

    `ended`: it was cancelled or is no longer due, so what went back to it is void and nothing remains.
    """

    voucher_id: int
    code: str
    amount: int
    remaining: int
    valid_until: date
    ended: bool = False


class Spent(NamedTuple):
    """A voucher that was issued, and fen paid with it, or with what came of it, and not given back."""

    voucher_id: int
    code: str
    amount: int


class Withdrawn(NamedTuple):
    """Vouchers that are no longer due: codes of those taken back, and those of which something is spent."""

    withdrawn: list[str]
    used: list[Spent]


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
    whose last day is over gets vouchers.restored_days from the day. What goes back to one that was cancelled, or that
    is no longer due, is void at once. Refuses with OutOfScope, NotFound for a voucher the receipt was not paid with,
    Invalid for less than a fen, RestoreTooMuch.
    """
    require_store(store_id, write=True)
    wanted = _summed(parts)
    if not wanted:
        return []
    origins = queries.origins_of(session, wanted)
    found = queries.to_change(session, {*wanted, *origins.values()})
    used = queries.used_on(session, receipt_id)
    days: int = settings.value(session, "vouchers.restored_days")
    changes = []
    for voucher_id, amount in wanted.items():
        if voucher_id not in used:
            raise NotFound(what="voucher", which=str(voucher_id))
        moves = _given_back(found[voucher_id], amount, used[voucher_id])
        if found[voucher_id].status == "void" or found[origins[voucher_id]].settled:
            changes.append(_void_at_once(found[voucher_id], moves))
        else:
            changes.append(_good_again(found[voucher_id], moves, day + timedelta(days=days), day))
    post_changes(session, changes, About(store_id, now, by, receipt_id, reason="return"))
    give_back(session, changes)
    return [_restored(change, wanted[change.voucher.id]) for change in changes]


def _restored(change: Change, amount: int) -> Restored:
    voucher = change.voucher
    until = change.valid_until or voucher.valid_until
    return Restored(voucher.id, voucher.code, amount, change.remaining, until, change.status == "void")


def _summed(parts: Sequence[tuple[int, int]]) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for voucher_id, amount in parts:
        if amount < 0:
            raise Invalid(field="parts", problem="less than nothing cannot be given back")
        wanted[voucher_id] = wanted.get(voucher_id, 0) + amount
    return wanted


def _given_back(voucher: UsableVoucher, amount: int, used: Used) -> list[Move]:
    left = used.redeemed - used.restored
    if amount > left or (amount == 0 and voucher.value > 0) or (voucher.value == 0 and used.times == 0):
        raise refusals.RestoreTooMuch(voucher=voucher.code, most=left)
    moves = [Move("redeemed", voucher.state, amount)]
    forfeited = used.forfeited - used.returned
    if amount == left and forfeited:
        moves.append(Move("forfeited", voucher.state, forfeited))
    return moves


def _good_again(voucher: UsableVoucher, moves: list[Move], renewed: date, day: date) -> Change:
    renew = renewed if voucher.valid_until < day else None
    # Of one that somebody holds at this moment all that remains is held.
    return Change(voucher, moves, valid_until=renew, keeps_hold=True)


def _void_at_once(voucher: UsableVoucher, moves: list[Move]) -> Change:
    there = voucher.remaining + sum(move.amount for move in moves)
    return Change(voucher, [*moves, Move(voucher.state, "void", there)], gone="void")


# --- vouchers that were given for what came back --------------------------------------------------------------------


def withdraw(
    session: Session, *, receipt_id: int, rule: str, count: int, store_id: int, now: datetime, by: str = ""
) -> Withdrawn:
    """Take back so many of the vouchers that a rule issued with a receipt, since they are no longer due.

    Those of which nothing is spent go first, the newest of them first; of the others what is left goes, and it is said
    once what is spent of them. One that was split or given counts as one, with all that came of it; what was spent and
    given back since is not spent. Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    unused, used = _leaving(_families(session, queries.issued_with(session, receipt_id, rule)), count)
    moved = [change for family in [*unused, *used] for change in family.voided()]
    changes = {change.voucher.id: change for change in moved}
    for family in used:
        changes[family.first.id] = _settled(family.first, changes.get(family.first.id))
    post_changes(session, list(changes.values()), About(store_id, now, by, receipt_id, reason="return"))
    give_back(session, moved)
    return Withdrawn([family.first.code for family in unused], [family.as_spent() for family in used])


def withdraw_exchanged(
    session: Session, *, voucher_id: int, receipt_id: int, store_id: int, now: datetime, by: str = ""
) -> str | None:
    """Take back a voucher that points became, and all that was split off or given of it; return its code.

    None, and nothing is changed, where anything of it is spent or nothing is left. Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    [family] = _families(session, [voucher_id])
    if not family.due or family.used:
        return None
    moved = list(family.voided())
    post_changes(session, moved, About(store_id, now, by, receipt_id, reason="return"))
    give_back(session, moved)
    return family.first.code


def spent_of_lost(session: Session, *, receipt_id: int, rule: str, count: int) -> list[Spent]:
    """Return of which vouchers `withdraw` would say that something is spent; nothing is changed."""
    issued = queries.issued_with(session, receipt_id, rule)
    return [family.as_spent() for family in _leaving(_families(session, issued, queries.by_id), count)[1]]


def spent_of_ended(session: Session, coming: Mapping[int, int]) -> dict[int, int]:
    """Return what is spent of vouchers that are no longer due, in fen, by the key of the one that was issued.

    Of those alone to which `coming` (voucher, fen) belong; what is still to be given back to these is not spent.
    """
    if not coming:
        return {}
    origins = queries.origins_of(session, coming)
    families = _families(session, sorted({*origins.values()}), queries.by_id)
    left = {family.first.id: family.spent for family in families if family.first.settled}
    for voucher_id, amount in coming.items():
        if origins[voucher_id] in left:
            left[origins[voucher_id]] -= amount
    return left


class _Family(NamedTuple):
    """A voucher that was issued, and all that was split off or given of it; where each stands over all receipts."""

    first: UsableVoucher
    parts: list[UsableVoucher]
    standing: Mapping[int, Stood]

    @property
    def spent(self) -> int:
        """Return fen that were paid and not given back."""
        return sum(self.standing[voucher.id].spent for voucher in (self.first, *self.parts))

    @property
    def used(self) -> bool:
        """Tell whether any of it is spent; what has no value was used as a whole."""
        if self.spent:
            return True
        return any(self.standing[v.id].times > 0 for v in (self.first, *self.parts) if v.value == 0)

    @property
    def due(self) -> bool:
        """Tell whether it was not taken back before, nor settled."""
        live = any(voucher.status in ("active", "used", "expired") for voucher in (self.first, *self.parts))
        return not self.first.settled and (live or self.used)

    def as_spent(self) -> Spent:
        """Return what is spent of it."""
        return Spent(self.first.id, self.first.code, self.spent)

    def voided(self) -> Iterator[Change]:
        """Take back what is there of it; what ended by itself too, so that it is not due again."""
        for voucher in (self.first, *self.parts):
            if voucher.status == "active":
                yield Change(voucher, [Move(voucher.state, "void", voucher.remaining)], gone="void")
            elif voucher.status == "expired":
                yield Change(voucher, [Move("expired", "void", self.standing[voucher.id].expired)], gone="void")


_Read = Callable[[Session, Collection[int]], dict[int, UsableVoucher]]


def _families(session: Session, issued: Sequence[int], read: _Read = queries.to_change) -> list[_Family]:
    """Return these vouchers in their order with what came of them, to be changed unless they are read otherwise."""
    if not issued:
        return []
    found = read(session, [*issued, *queries.parts_of(session, issued)])
    standing = queries.stood(session, found)
    parts = [voucher for voucher in found.values() if voucher.origin_id is not None]
    return [_Family(found[key], [part for part in parts if part.origin_id == key], standing) for key in issued]


def _leaving(families: Sequence[_Family], count: int) -> tuple[list[_Family], list[_Family]]:
    """Return which of them go when so many are no longer due: those of which nothing is spent, and the others."""
    due = [family for family in families if family.due]
    unused = [family for family in due if not family.used][:count]
    return unused, [family for family in due if family.used][: count - len(unused)]


def _settled(voucher: UsableVoucher, change: Change | None) -> Change:
    """Remember that the value of a used voucher was asked for, so that it is not asked for again."""
    if change is None:
        return Change(voucher, gone=voucher.status, keeps_hold=True, settled=True)
    change.settled = True
    return change
