"""Sales that tills made without a connection: each is posted once, in whatever order and parts they come in.

An upload is taken in the order of the moments of sale, then of the keys; uploads in the order they arrive. What cannot
be posted is held for a person, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.pos import queries
from addons.pos.domain import packs
from addons.pos.domain.offline import Brought, Found
from addons.pos.models import Conflict, OfflineSale, Pack
from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from addons.pos.services.settling import Settled, settle
from addons.sales import services as sales
from addons.vouchers import services as vouchers
from core import settings
from core.db.posting import KeyReused, Operation, send_later
from core.db.scope import require_store
from core.db.session import reading
from core.errors import Refusal

Plain = dict[str, Any]

#: Somebody may use a voucher between the look at it and the payment: then it is looked at again.
_LOOKS = 3
_MEANWHILE = (vouchers.VoucherUsed, vouchers.VoucherLocked, vouchers.VoucherExpired, vouchers.VoucherReplaced)


def take_sales(*, till: KnownTill, asked: Sequence[Mapping[str, Any]], now: datetime, secret: str) -> list[Plain]:
    """Take the sales a till brings and return what became of each, in the order they were named.

    A sale that came before is not posted again. Refuses with OutOfScope, DatabaseBusy and StillRunning: what was
    taken until then stays, and the same may be sent again.
    """
    require_store(till.store_id, write=True)
    told: dict[int, Plain] = {}
    for place, sale in sorted(enumerate(asked), key=lambda pair: (pair[1]["sold_at"], pair[1]["key"], pair[0])):
        told[place] = _take(till, sale, now, secret)
    return [told[place] for place in range(len(asked))]


def _take(till: KnownTill, asked: Mapping[str, Any], now: datetime, secret: str) -> Plain:
    key = str(asked["key"])
    operation = Operation("pos.offline_sale", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        brought, pack = _opened(session, till, asked, secret)
        row = OfflineSale(
            store_id=till.store_id,
            till_id=till.id,
            key=key,
            pack_id=None if pack is None else pack.id,
            sold_at=brought.sold_at,
            received_at=now,
            paid=brought.paid,
        )
        wrong = clock_problem(session, brought.sold_at, now)
        if wrong is not None:
            return hold(session, row, brought, [wrong])
        return post_or_hold(session, row, brought, pack, key=operation.key, at=min(brought.sold_at, now), now=now)

    try:
        posted = post_own(operation, command, key)
    except KeyReused as reused:
        return _sold_before(till, asked, reused)
    return _told(till, key) | {"repeated": posted.repeated}


def _told(till: KnownTill, key: str) -> Plain:
    with reading() as session:
        return queries.offline_outcome(session, till.id, key)


def _sold_before(till: KnownTill, asked: Mapping[str, Any], reused: KeyReused) -> Plain:
    """Return the receipt of a checkout under the same key whose answer was lost; else the key is refused."""
    key = str(asked["key"])
    lines = sorted((line["product"], line["quantity"]) for line in asked["lines"])
    paid = sum(payment["amount"] for payment in asked["payments"])
    with reading() as session:
        found = queries.outcome_of_checkout(session, till.store_id, own_key(till, key), lines, paid)
    if found is not None:
        return found | {"key": key, "sold_at": asked["sold_at"].isoformat(), "repeated": True}
    return queries.no_outcome(key, asked["sold_at"]) | {"problem": {"code": reused.code, "facts": reused.facts}}


def _opened(session: Session, till: KnownTill, asked: Mapping[str, Any], secret: str) -> tuple[Brought, Pack | None]:
    """Read what the till says and shows: the pack it sold by, the member it found in it."""
    pack_id = packs.pack_of(secret, asked["pack"], till.id)
    pack = None if pack_id is None else session.get(Pack, pack_id)
    shown = asked.get("member")
    member = None if shown is None else packs.member_of_pack(secret, shown, till.store_id)
    brought = Brought(
        sold_at=asked["sold_at"],
        lines=tuple((line["product"], line["quantity"]) for line in asked["lines"]),
        payments=tuple((payment["kind"], payment["amount"]) for payment in asked["payments"]),
        vouchers=tuple((voucher["code"], voucher["amount"]) for voucher in asked.get("vouchers", ())),
        member_id=None if member is None else member.member_id,
        tier=None if member is None else member.tier,
        card=asked.get("card") if shown is None or member is not None else "",  # nobody's: she is unknown
        cashier=asked.get("cashier") or till.name,
        currency=asked.get("currency"),
    )
    return brought, pack


def clock_problem(session: Session, sold_at: datetime, now: datetime) -> Found | None:
    """Return what is wrong with a till's clock: a sale that is yet to come, or one of long ago."""
    ahead = timedelta(minutes=settings.value(session, "pos.clock_minutes"))
    oldest = timedelta(days=settings.value(session, "pos.offline_days"))
    if now - oldest <= sold_at <= now + ahead:
        return None
    return Found("clock", facts={"sold_at": sold_at.isoformat(), "received_at": now.isoformat()})


def post_or_hold(
    session: Session,
    row: OfflineSale,
    brought: Brought,
    pack: Pack | None,
    *,
    key: str,
    at: datetime,
    now: datetime,
) -> Plain:
    """Write the receipt of a sale, or hold the sale where that is refused; within a posting."""
    for _ in range(_LOOKS):
        try:
            with session.begin_nested():
                settled = settle(session, brought, store_id=row.store_id, pack=pack, at=at, now=now)
                [answer] = sales.post_receipts(session, [settled.sale], [key], now)
        except _MEANWHILE:
            continue
        except Refusal as refusal:
            return hold(session, row, brought, [_not_posted(refusal)])
        return _posted(session, row, settled, answer, now)
    return hold(session, row, brought, [Found("not_posted", facts={"code": "voucher_locked", "facts": {}})])


def _not_posted(refusal: Refusal) -> Found:
    return Found("not_posted", facts={"code": refusal.code, "facts": refusal.facts})


def _posted(session: Session, row: OfflineSale, settled: Settled, answer: Plain, now: datetime) -> Plain:
    row.state, row.posted_at, row.body = "posted", now, None
    row.receipt_id, row.number = answer["receipt_id"], answer["number"]
    _write(session, row, settled.found, now)
    return answer | {"state": "posted"}


def hold(session: Session, row: OfflineSale, brought: Brought, found: Sequence[Found]) -> Plain:
    """Keep a sale that a person must look at."""
    row.state, row.body = "held", brought.as_plain()
    _write(session, row, found, row.received_at)
    return {"state": "held"}


def _write(session: Session, row: OfflineSale, found: Sequence[Found], now: datetime) -> None:
    """Write the sale with what does not fit, and let partners know."""
    session.add(row)
    session.flush()
    for one in found:
        told = {"kind": one.kind, "amount": one.amount, "bearer": one.bearer, "facts": dict(one.facts)}
        session.add(Conflict(store_id=row.store_id, sale_id=row.id, found_at=now, **told))
    if found:
        data = {"store_id": row.store_id, "sale": row.key, "receipt": row.number or None}
        send_later(session, "pos.conflict_recorded", data | {"conflicts": [one.as_plain() for one in found]})
    session.flush()
