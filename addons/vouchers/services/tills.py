"""At the till: holding vouchers, letting go of them, paying with them, handing out what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.stores.queries import place as place_of
from addons.vouchers import queries
from addons.vouchers.domain import Hold, typed
from addons.vouchers.queries import UsableVoucher
from addons.vouchers.services import refusals
from addons.vouchers.services.changing import About, Change, Move, post_changes
from core import settings
from core.db.scope import require_store
from core.errors import Invalid, NotFound


class Redeemed(NamedTuple):
    """A voucher that was used: the number of the use and its amount in fen."""

    voucher_id: int
    code: str
    use_number: int
    amount: int


class Locked(NamedTuple):
    """A voucher that a till holds: what remains of it in fen, and until when."""

    voucher_id: int
    code: str
    kind: str
    remaining: int
    valid_until: date
    until: datetime


def require_usable(
    voucher: UsableVoucher,
    *,
    brand_id: int,
    member_id: int | None,
    day: date,
    store_id: int | None = None,
    currency: str | None = None,
) -> None:
    """Do nothing for a voucher that can be used; store and currency count where they are given.

    One that is a member's needs her: nobody uses it without her card. Refuses with VoucherOfOtherBrand,
    VoucherOfOtherMember, VoucherUsed, VoucherCancelled, VoucherReplaced, VoucherExpired, VoucherNotYet,
    VoucherOfOtherStore, VoucherOfOtherCurrency, VoucherNeedsMember.
    """
    code = voucher.code
    if voucher.brand_id != brand_id:
        raise refusals.VoucherOfOtherBrand(voucher=code)
    if member_id is not None and voucher.member_id is not None and voucher.member_id != member_id:
        raise refusals.VoucherOfOtherMember(voucher=code)
    require_active(voucher, day)
    if voucher.valid_from is not None and day < voucher.valid_from:
        raise refusals.VoucherNotYet(voucher=code, valid_from=voucher.valid_from.isoformat())
    if store_id is not None and voucher.stores is not None and store_id not in voucher.stores:
        raise refusals.VoucherOfOtherStore(voucher=code)
    if currency is not None and voucher.currency != currency:
        raise refusals.VoucherOfOtherCurrency(voucher=code, currency=voucher.currency)
    if voucher.member_id is not None and member_id is None:
        raise refusals.VoucherNeedsMember(voucher=code)


def require_active(voucher: UsableVoucher, day: date) -> None:
    """Do nothing for a voucher of which something is left on a day.

    Refuses with VoucherUsed, VoucherCancelled, VoucherReplaced, VoucherExpired.
    """
    if voucher.status == "used":
        raise refusals.VoucherUsed(voucher=voucher.code)
    if voucher.status == "void":
        raise refusals.VoucherCancelled(voucher=voucher.code)
    if voucher.status in ("split", "transferred"):
        raise refusals.VoucherReplaced(voucher=voucher.code)
    if voucher.status == "expired" or voucher.valid_until < day:
        raise refusals.VoucherExpired(voucher=voucher.code, valid_until=voucher.valid_until.isoformat())


def require_free(voucher: UsableVoucher, now: datetime, hold: Hold | None = None) -> None:
    """Do nothing for a voucher that nobody else holds at a moment.

    Refuses with VoucherLocked.
    """
    if voucher.locked_until is not None and voucher.is_held(now, hold):
        minutes = -((now - voucher.locked_until) // timedelta(minutes=1))  # one that has begun counts
        raise refusals.VoucherLocked(voucher=voucher.code, till=voucher.lock_till or "", minutes=minutes)


def require_holder(voucher: UsableVoucher, member_id: int | None) -> None:
    """Do nothing unless a voucher would become the member's who uses it, and there is none.

    Refuses with VoucherNeedsMember.
    """
    if voucher.binding == "first_use" and voucher.member_id is None and member_id is None:
        raise refusals.VoucherNeedsMember(voucher=voucher.code)


def require_hers(voucher: UsableVoucher, member_id: int | None) -> None:
    """Do nothing for a voucher that is nobody's, or of the member who stands there.

    Refuses with VoucherNeedsMember where nobody says whose it is, VoucherOfOtherMember.
    """
    if voucher.member_id is None or voucher.member_id == member_id:
        return
    if member_id is None:
        raise refusals.VoucherNeedsMember(voucher=voucher.code)
    raise refusals.VoucherOfOtherMember(voucher=voucher.code)


# --- holding -------------------------------------------------------------------------------------------------------


def lock(
    session: Session,
    *,
    codes: Sequence[str],
    hold: Hold,
    store_id: int,
    day: date,
    now: datetime,
    member_id: int | None = None,
) -> list[Locked]:
    """Hold vouchers for a sale in the making, for vouchers.lock_minutes; the same till and key holds on for longer.

    All of them or none. Refuses with OutOfScope, NotFound, Invalid for a till without a name, VoucherLocked where
    another till holds one, and with what `require_usable` refuses.
    """
    require_store(store_id, write=True)
    if not hold.till or not hold.key:
        raise Invalid(field="hold", problem="a hold needs the till and the key of its sale")
    at = place_of(session, store_id)
    until = now + timedelta(minutes=settings.value(session, "vouchers.lock_minutes"))
    found = _found(session, codes)
    for voucher in found:
        require_usable(
            voucher, brand_id=at.brand_id, member_id=member_id, day=day, store_id=store_id, currency=at.currency
        )
        require_free(voucher, now, hold)
    about = About(store_id, now, by=hold.till)
    post_changes(session, [_held(voucher, hold, until) for voucher in found], about)
    return [Locked(v.id, v.code, v.kind, v.remaining, v.valid_until, until) for v in found]


def _held(voucher: UsableVoucher, hold: Hold, until: datetime) -> Change:
    """Take a hold: one that is over is let go first, one's own goes on."""
    moves = [Move("outstanding", "locked", voucher.remaining)]
    if voucher.lock_till is not None:
        moves = [] if voucher.holding == hold else [Move("locked", "outstanding", voucher.remaining), *moves]
    return Change(voucher, moves, hold=hold, until=until)


def release(session: Session, *, codes: Sequence[str], hold: Hold, store_id: int, now: datetime) -> list[str]:
    """Let go of vouchers and return the codes of those that this till and key held; the others stay as they are.

    Refuses with OutOfScope.
    """
    require_store(store_id, write=True)
    found = queries.by_code_to_change(session, [typed(code) for code in codes])
    own = [voucher for voucher in found.values() if voucher.holding == hold]
    changes = [Change(v, [Move("locked", "outstanding", v.remaining)]) for v in own]
    post_changes(session, changes, About(store_id, now, by=hold.till))
    return [voucher.code for voucher in own]


# --- using ---------------------------------------------------------------------------------------------------------


def redeem(
    session: Session,
    *,
    uses: Sequence[tuple[str, int]],
    receipt_id: int,
    store_id: int,
    brand_id: int,
    day: date,
    now: datetime,
    member_id: int | None = None,
    hold: Hold | None = None,
    by: str = "",
) -> list[Redeemed]:
    """Pay parts of a receipt with vouchers, (code, fen) each; there is no change: what is left is forfeited (C18).

    Held or not; a voucher that is nobody's yet and becomes its first user's is the member's from now on. Refuses with
    OutOfScope, NotFound, VoucherLocked where another till holds one, VoucherUsed for one that is named twice,
    VoucherTooSmall, and with what `require_usable` and `require_holder` refuse.
    """
    require_store(store_id, write=True)
    currency = place_of(session, store_id).currency
    found = {voucher.code: voucher for voucher in _found(session, [code for code, _ in uses])}
    changes = []
    for text, amount in uses:
        voucher = found.pop(typed(text), None)
        if voucher is None:
            raise refusals.VoucherUsed(voucher=typed(text))
        require_usable(voucher, brand_id=brand_id, member_id=member_id, day=day, store_id=store_id, currency=currency)
        require_free(voucher, now, hold)
        changes.append(_used(voucher, amount, member_id))
    post_changes(session, changes, About(store_id, now, by, receipt_id))
    return [
        Redeemed(each.voucher.id, each.voucher.code, each.voucher.uses + 1, each.moves[0].amount) for each in changes
    ]


def _used(voucher: UsableVoucher, amount: int, member_id: int | None) -> Change:
    pays = voucher.kind != "discount"  # a coupon lowers the price, whatever is written on it
    if not min(pays, voucher.value) <= amount <= pays * voucher.remaining:
        raise refusals.VoucherTooSmall(voucher=voucher.code)
    require_holder(voucher, member_id)
    moves = [Move(voucher.state, "redeemed", amount)]
    if amount < voucher.remaining:
        moves.append(Move(voucher.state, "forfeited", voucher.remaining - amount))
    return Change(voucher, moves, member_id=member_id if voucher.binding == "first_use" else None)


def hand_over(
    session: Session,
    *,
    code: str,
    ref: str,
    store_id: int,
    day: date,
    now: datetime,
    by: str,
    member_id: int | None = None,
    hold: Hold | None = None,
) -> Redeemed:
    """Give what a gift or parking voucher is for: the article handed out, or the partner's reference, is kept with it.

    Refuses with OutOfScope, NotFound, ReferenceNeeded, WrongVoucherKind for one that pays, VoucherLocked, and with what
    `require_usable` and `require_holder` refuse.
    """
    require_store(store_id, write=True)
    if not ref.strip():
        raise refusals.ReferenceNeeded
    at = place_of(session, store_id)
    [voucher] = _found(session, [code])
    if voucher.kind not in ("gift", "parking"):
        raise refusals.WrongVoucherKind(voucher=voucher.code)
    require_usable(voucher, brand_id=at.brand_id, member_id=member_id, day=day, store_id=store_id, currency=at.currency)
    require_free(voucher, now, hold)
    change = _used(voucher, voucher.remaining, member_id)
    post_changes(session, [change], About(store_id, now, by, ref=ref.strip()[:120]))
    return Redeemed(voucher.id, voucher.code, voucher.uses + 1, voucher.remaining)


def _found(session: Session, codes: Sequence[str]) -> list[UsableVoucher]:
    """Return the vouchers to be changed, in the order they are named; NotFound for the first that is not there."""
    wanted = list(dict.fromkeys(typed(code) for code in codes))
    found = queries.by_code_to_change(session, wanted)
    missing = [code for code in wanted if code not in found]
    if missing:
        raise NotFound(what="voucher", which=missing[0])
    return [found[code] for code in wanted]
