"""Checkouts: one posting each, or many past baskets in one; everything that follows is written in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, case
from sqlalchemy.orm import Session

from addons.membership import services as membership
from addons.points import services as points
from addons.sales import queries
from addons.sales.domain import rows
from addons.sales.domain.prepared import Holder, Numbered, Prepared
from addons.sales.domain.refusals import (
    MemberNotActive,
    PriceChanged,
    ReceiptExists,
    VoucherNotTaken,
    WrongPayment,
)
from addons.sales.domain.request import SaleRequest
from addons.sales.domain.state import MemberState
from addons.sales.models import Discount, Line, Numbering, Receipt, Tender
from addons.sales.services.limits import count_uses
from addons.sales.services.preparing import Known, prepare
from addons.sales.services.rewards import redeem, reward
from core.bus import Happened, announce
from core.db.posting import Operation, Posted, post, post_batch, send_later
from core.db.reserve import reserve, reserve_ahead
from core.db.scope import require_store
from core.db.statement import plan_once, upsert
from core.ledger.entry import write_entries
from core.policy.store import Made, StoredDecision, keep


def checkout(request: SaleRequest, *, key: str, now: datetime) -> Posted:
    """Sell a basket: one posting, one commit; the same key gives the same answer.

    Refuses like `quote`, and with VoucherNotTaken, PriceChanged, WrongPayment, LimitReached, ReceiptExists, OutOfScope
    for a store that may not be written; nothing is written then.
    """
    require_store(request.store_id, write=True)
    operation = Operation("sales.checkout", key, request.as_plain())
    return post(operation, lambda session: sell(session, [request], [key], now)[0])


def sell(
    session: Session, requests: Sequence[SaleRequest], keys: Sequence[str], now: datetime, known: Known | None = None
) -> list[dict[str, Any]]:
    """Price and write receipts within a posting; returns their answers in order.

    Refuses like `checkout`, for the first basket that cannot be.
    """
    if len(requests) == 1 and known is None:
        plan_once(session)
        reserve_ahead(session, _keys_of(requests))
        if requests[0].member_id is not None:
            points.insert_lots_ahead(session, 1)
    _take_turns(session, requests)
    prepared = prepare(session, requests, now, known)
    for sale in prepared:
        require_payable(sale)
    return post_receipts(session, prepared, keys, now)


def _take_turns(session: Session, requests: Sequence[SaleRequest]) -> None:
    ids = {request.member_id for request in requests if request.member_id is not None}
    cards = {request.card for request in requests if request.card is not None}
    membership.take_turns(session, sorted(ids), sorted(cards))


def require_payable(sale: Prepared) -> None:
    """Do nothing for a basket that can be paid as it was asked.

    Refuses with MemberNotActive, VoucherNotTaken, PriceChanged, WrongPayment.
    """
    request, due = sale.request, sale.decision.cash
    if sale.member is not None and sale.member.status not in ("prospect", "active"):
        raise MemberNotActive(member=sale.member.number, state=sale.member.status)
    if sale.untaken:
        raise VoucherNotTaken(voucher=sale.untaken[0])
    if request.told is not None and request.told != due:
        raise PriceChanged(told=request.told, due=due)
    paid = sum(payment.amount for payment in request.payments)
    if request.payments and paid != due:
        raise WrongPayment(due=due, paid=paid)


def sell_batch(requests: Sequence[SaleRequest], keys: Sequence[str], now: datetime, known: Known | None = None) -> int:
    """Sell past baskets of one day in one transaction, those whose key is known already are left out.

    Returns how many were new. Refuses like `checkout` for the first basket that cannot be; nothing is written then.
    """
    by_key = dict(zip(keys, requests, strict=True))
    operations = [Operation("sales.checkout", key, request.as_plain()) for key, request in by_key.items()]

    def command(session: Session, new: Sequence[Operation]) -> list[dict[str, Any]]:
        fresh = [operation.key for operation in new]
        return sell(session, [by_key[key] for key in fresh], fresh, now, known)

    return post_batch(operations, command)


def post_receipts(
    session: Session, prepared: Sequence[Prepared], keys: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    """Write receipts with all that follows from their decisions: vouchers, points, tier credit, steps, exchanges.

    Refuses with OutOfScope, LimitReached, ReceiptExists and what vouchers, points and tiers refuse.
    """
    for store_id in {sale.place.id for sale in prepared}:
        require_store(store_id, write=True)
    holders = [_holder(session, sale) for sale in prepared]
    numbered = _reserve(session, prepared, keys, holders)
    count_uses(session, numbered)
    redeem(session, numbered)
    reward(session, numbered)
    for n, number in zip(numbered, _numbers(session, prepared), strict=True):
        n.number = number
    _write_receipts(session, numbered)
    return [_answer(session, sale, now) for sale in numbered]


def _reserve(
    session: Session, prepared: Sequence[Prepared], keys: Sequence[str], holders: Sequence[Holder]
) -> list[Numbered]:
    decisions, receipts = StoredDecision.__table__, Receipt.__table__
    ids = reserve(session, _keys_of(prepared))
    given = zip(prepared, keys, ids[receipts], ids[decisions], holders, strict=True)
    return [Numbered(*one) for one in given]


def _keys_of(sales: Sequence[Any]) -> dict[Table, int]:
    return {StoredDecision.__table__: len(sales), Receipt.__table__: len(sales)}


def _holder(session: Session, sale: Prepared) -> Holder:
    """Return who holds the receipt; who is enrolled with it gets her card now (MEM-08)."""
    enrol, member = sale.request.enrol, sale.member
    if enrol is None or not sale.place.has_programme:
        return Holder() if member is None else Holder(member.id, member.card_id, referrer_id=_first_friend(member))
    by = sale.request.cashier or sale.request.source
    if member is None:
        card = membership.enrol(session, store_id=sale.place.id, now=sale.at, by=by, **enrol)
    else:
        membership.activate(session, member_id=member.id, now=sale.at, by=by, **enrol)
        card = membership.issue_card(session, member_id=member.id, store_id=sale.place.id, now=sale.at, by=by)
        membership.activate_card(session, card_id=card.id, now=sale.at, by=by)
    referrer = enrol.get("referrer_id") if member is None else member.referrer_id
    return Holder(card.member_id, card.id, card.number, referrer)


def _first_friend(member: MemberState) -> int | None:
    """Return who brought the member, while this is her first receipt (C16)."""
    return member.referrer_id if member.receipts_before == 0 else None


_N = Numbering.__table__
_MOST_DIGITS = 12


def _take_numbers(insert: Any) -> Any:
    changed = insert.on_conflict_do_update(
        index_elements=["store_id"], set_={"following": _N.c.following + insert.excluded.following - 1}
    )
    return changed.returning(_N.c.following)


def _go_beyond(insert: Any) -> Any:
    later = case((_N.c.following < insert.excluded.following, insert.excluded.following), else_=_N.c.following)
    return insert.on_conflict_do_update(index_elements=["store_id"], set_={"following": later})


_TAKE = upsert(_N, _take_numbers)
_BEYOND = upsert(_N, _go_beyond)


def _numbers(session: Session, prepared: Sequence[Prepared]) -> list[str]:
    """Return receipt numbers: those that came with past sales, else the next ones of each store."""
    _refuse_numbers_given(session, prepared)
    _pass_over(session, prepared)
    wanted: dict[int, int] = {}
    for sale in prepared:
        if sale.request.number is None:
            wanted[sale.place.id] = wanted.get(sale.place.id, 0) + 1
    following = {store_id: _next_number(session, store_id, count) for store_id, count in sorted(wanted.items())}
    numbers = []
    for sale in prepared:
        number = sale.request.number
        if number is None:
            number = _own_number(sale, following[sale.place.id])
            following[sale.place.id] += 1
        numbers.append(number)
    return numbers


def _own_number(sale: Prepared, which: int) -> str:
    return f"{sale.place.code}-{which:07d}"


def _pass_over(session: Session, prepared: Sequence[Prepared]) -> None:
    """Go on behind numbers that came with past sales and look like the store's own: none is given twice."""
    highest: dict[int, int] = {}
    for sale in prepared:
        digits = (sale.request.number or "").removeprefix(f"{sale.place.code}-")
        if digits.isdecimal() and digits.isascii() and len(digits) <= _MOST_DIGITS:
            which = int(digits)
            if sale.request.number == _own_number(sale, which):
                highest[sale.place.id] = max(which, highest.get(sale.place.id, 0))
    for store_id, which in sorted(highest.items()):
        _BEYOND.run(session, store_id=store_id, following=which + 1)


def _next_number(session: Session, store_id: int, count: int) -> int:
    """Take so many numbers of a store and return the first."""
    after: int = _TAKE.scalar(session, store_id=store_id, following=count + 1)
    return after - count


def _refuse_numbers_given(session: Session, prepared: Sequence[Prepared]) -> None:
    by_store: dict[int, list[str]] = {}
    for sale in prepared:
        if sale.request.number is not None:
            by_store.setdefault(sale.place.id, []).append(sale.request.number)
    for store_id, numbers in by_store.items():
        given = queries.numbers_given(session, store_id, numbers)
        twice = [number for place, number in enumerate(numbers) if number in given or number in numbers[:place]]
        if twice:
            raise ReceiptExists(number=twice[0])


_PARTS: tuple[tuple[Table, Callable[[Numbered], Iterable[dict[str, Any]]]], ...] = (
    (Line.__table__, rows.lines),
    (Tender.__table__, rows.tenders),
    (Discount.__table__, rows.taken),
)


def _write_receipts(session: Session, numbered: Sequence[Numbered]) -> None:
    for live in {n.sale.live.digest: n.sale.live for n in numbered}.values():
        own = [n for n in numbered if n.sale.live.digest == live.digest]
        keep(session, live, [_made(n) for n in own])
    write_entries(session, Receipt.__table__, [rows.receipt(n) for n in numbered])
    for table, part in _PARTS:
        write_entries(session, table, [row for n in numbered for row in part(n)])


def _made(n: Numbered) -> Made:
    return Made(n.decision_id, n.sale.place.id, n.sale.at, n.sale.event, n.sale.decision)


def _answer(session: Session, n: Numbered, now: datetime) -> dict[str, Any]:
    """Return what the till is told, and let others know after the commit; imports of past sales are no news."""
    sale = n.sale
    answer = {
        "receipt_id": n.receipt_id,
        "number": n.number,
        "member_id": n.member_id,
        "card": n.holder.card_number,
        "list_total": sale.list_total,
        "total": sale.decision.total,
        "tendered": sale.decision.tendered,
        "cash": sale.decision.cash,
        "points": sale.points,
        "credit": sale.credit,
        **({"points_not_given": missed} if (missed := sale.points_not_given) else {}),
        **n.extra,
    }
    if sale.request.source in ("till", "api"):
        announce(session, Happened("sales.receipt_posted", answer))
        send_later(session, "sales.receipt_posted", answer | {"at": now.isoformat()})
    return answer
