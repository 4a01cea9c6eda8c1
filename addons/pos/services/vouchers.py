"""Vouchers at a till: checked, held for a sale in the making, let go, handed over for what they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.pos import queries
from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from addons.stores.queries import place
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.domain import Hold, typed
from core.db.posting import Operation, Posted
from core.db.scope import brand_wide
from core.db.session import work
from core.errors import NotFound, Refusal
from core.periods import local_day

Plain = dict[str, Any]
_LONGEST = 80


@brand_wide("a voucher is good in every store of the brand")
def check_voucher(session: Session, *, till: KnownTill, code: str, member_id: int | None, now: datetime) -> Plain:
    """Return what a voucher that can be used today is worth; amounts are fen.

    Refuses with NotFound, and with whatever makes it unusable (vouchers.services.require_usable).
    """
    at = place(session, till.store_id)
    code = typed(code)
    voucher = vouchers_read.by_code(session, [code]).get(code)
    if voucher is None:
        raise NotFound(what="voucher", which=code)
    vouchers.require_usable(
        voucher,
        brand_id=at.brand_id,
        member_id=member_id,
        day=local_day(now, at.zone),
        store_id=at.id,
        currency=at.currency,
    )
    return queries.voucher_summary(voucher)


def hold_of(till: KnownTill, sale: str | None) -> Hold | None:
    """Return under what a till holds vouchers for a sale it names; None where it names none."""
    return None if sale is None else Hold(f"{till.name} {till.key_id}"[:_LONGEST], sale[:_LONGEST])


def lock_vouchers(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Hold vouchers for a sale in the making, all of them or none; the same sale holds on for longer.

    Refuses like `vouchers.services.lock`, with KeyReused for another body under the key.
    """
    operation = Operation("pos.lock_vouchers", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        at = place(session, till.store_id)
        held = vouchers.lock(
            session,
            codes=asked["codes"],
            hold=_hold(till, asked),
            store_id=at.id,
            day=local_day(now, at.zone),
            now=now,
            member_id=asked.get("member"),
        )
        return {"vouchers": [_held(one) for one in held]}

    return post_own(operation, command, key)


def _hold(till: KnownTill, asked: Mapping[str, Any]) -> Hold:
    return hold_of(till, str(asked["sale"])) or Hold("", "")


def _held(one: vouchers.Locked) -> Plain:
    told = {"code": one.code, "kind": one.kind, "remaining": one.remaining}
    return told | {"valid_until": one.valid_until.isoformat(), "held_until": one.until.isoformat()}


def release_vouchers(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Let go of vouchers that this till holds for a sale; those it does not hold stay as they are.

    Refuses with OutOfScope, and with KeyReused for another body under the key.
    """
    operation = Operation("pos.release_vouchers", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        hold = _hold(till, asked)
        return {"codes": vouchers.release(session, codes=asked["codes"], hold=hold, store_id=till.store_id, now=now)}

    return post_own(operation, command, key)


def hand_over(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Give what a gift or parking voucher is for, and keep what it was.

    Refuses like `vouchers.services.hand_over`, with KeyReused for another body under the key.
    """
    operation = Operation("pos.hand_over", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        at = place(session, till.store_id)
        given = vouchers.hand_over(
            session,
            code=asked["code"],
            ref=asked["ref"],
            store_id=at.id,
            day=local_day(now, at.zone),
            now=now,
            by=asked.get("cashier") or till.name,
            member_id=asked.get("member"),
            hold=hold_of(till, asked.get("sale")),
        )
        return {"code": given.code, "amount": given.amount}

    return post_own(operation, command, key)


def split_voucher(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Split a cash voucher into several that are together worth what remains of it; amounts are fen.

    Refuses with NotFound, VoucherNeedsMember, VoucherOfOtherMember, like `vouchers.services.split`, and with KeyReused
    for another body under the key.
    """
    operation = Operation("pos.split_voucher", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        voucher = _hers(session, asked)
        codes = vouchers.split(
            session, voucher_id=voucher.id, parts=asked["parts"], **_where(session, till, asked, now)
        )
        return {"vouchers": _anew(session, codes)}

    return post_own(operation, command, key)


def give_voucher(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Give a voucher to another member, under a new code.

    Refuses with NotFound, VoucherNeedsMember, VoucherOfOtherMember, like `vouchers.services.give`, and with KeyReused
    for another body under the key.
    """
    operation = Operation("pos.give_voucher", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        voucher = _hers(session, asked)
        code = vouchers.give(session, voucher_id=voucher.id, member_id=asked["to"], **_where(session, till, asked, now))
        [told] = _anew(session, [code])
        return told

    return post_own(operation, command, key)


def _hers(session: Session, asked: Mapping[str, Any]) -> vouchers_read.UsableVoucher:
    """Return a voucher for this transaction alone to change; a member's is hers to have changed."""
    code = typed(asked["code"])
    voucher = vouchers_read.by_code_to_change(session, [code]).get(code)
    if voucher is None:
        raise NotFound(what="voucher", which=code)
    vouchers.require_hers(voucher, asked.get("member"))
    return voucher


def _where(session: Session, till: KnownTill, asked: Mapping[str, Any], now: datetime) -> Plain:
    day = local_day(now, place(session, till.store_id).zone)
    return {"store_id": till.store_id, "day": day, "now": now, "by": asked.get("cashier") or till.name}


def _anew(session: Session, codes: Sequence[str]) -> list[Plain]:
    """Return the vouchers that took over value of another one, in the order of their codes."""
    found = vouchers_read.by_code(session, codes)
    return [
        {"code": code, "kind": found[code].kind, "value": found[code].value}
        | {"valid_until": found[code].valid_until.isoformat()}
        for code in codes
    ]


def note_refused(*, till: KnownTill, refusal: Refusal, now: datetime) -> None:
    """Keep that a code was tried and refused, where the refusal is about one: who tries codes out is noticed."""
    if "voucher" in refusal.facts or refusal.facts.get("what") == "voucher":
        with work() as session:
            vouchers.note_attempt(
                session, refusal=refusal, store_id=till.store_id, now=now, till=till.key_id, by=till.name
            )
