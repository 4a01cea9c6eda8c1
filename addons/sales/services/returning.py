"""Goods that come back, swaps, exchanges and corrected prices (rules.md section 4).

A receipt stands as the sale of what was kept, decided by the version and the facts of its day. The difference to how
it stood goes back: money, value of vouchers, points, tier credit, uses of limited rules, vouchers and rewards that are
no longer due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines
from addons.membership import services as membership
from addons.points import queries as points_read
from addons.sales import queries
from addons.sales.domain.refusals import (
    ApprovedByOneself,
    NoHigherPrice,
    NotReturnedHere,
    NotTheSameStyle,
    PaidInAnotherCurrency,
    RefundChanged,
    ReturnNeedsApproval,
    StoreClosed,
    UnknownProduct,
)
from addons.sales.domain.request import Payment, SaleRequest
from addons.sales.domain.returning import Returning, ReturnRequest, Sold, SoldLine, kept_after
from addons.sales.models import Exchange
from addons.sales.services.coupons import needed
from addons.sales.services.preparing import prepare
from addons.sales.services.restoring import follow_vouchers, foresee_vouchers, give_back
from addons.sales.services.selling import post_receipts, require_payable
from addons.sales.services.writing_returns import open_standing, release_uses, write_return
from addons.stores.queries import StorePlace
from addons.stores.queries import place as place_of
from addons.vouchers import queries as vouchers_read
from core import settings
from core.bus import Happened, announce
from core.db.posting import Operation, Posted, post, send_later
from core.db.scope import require_store
from core.db.statement import write_rows
from core.errors import NotFound
from core.periods import local_day
from core.policy.limits import has_budget
from core.policy.live import Live, program_of_digest
from rules.event import Event
from rules.facts import selling_price
from rules.returns import Standing as Outcome
from rules.returns import standing
from rules.trace import Decision

_E = Exchange.__table__
EXCHANGE = "exchange"  # the kind of payment that what came back makes


def preview(session: Session, request: ReturnRequest, now: datetime) -> Returning:
    """Return what a return would come to, without writing anything: what the cashier sees before confirming.

    Refuses like `take_back`, but for the approval that is not there yet.
    """
    require_store(request.store_id)
    returning = _prepare(session, request, now)
    foresee_vouchers(session, returning)
    return returning


def take_back(request: ReturnRequest, *, key: str, now: datetime) -> Posted:
    """Take goods back, swap them or correct their price: one transaction, once under its key.

    Refuses with what no counter may be asked (domain.refusals), OutOfScope, ReturnNeedsApproval, RefundChanged.
    """
    require_store(request.store_id, write=True)
    operation = Operation("sales.return", key, request.as_plain())
    return post(operation, lambda session: return_goods(session, request, key, now))


def exchange(request: ReturnRequest, basket: SaleRequest, *, key: str, now: datetime) -> Posted:
    """Take goods back and sell others in one transaction; the answer holds both and what is paid either way.

    Refuses like `take_back` and like `checkout`. The new basket is priced by today's rules, after the return.
    """
    require_store(request.store_id, write=True)
    plain = {"back": request.as_plain(), "sale": basket.as_plain()}
    operation = Operation("sales.exchange", key, plain)
    return post(operation, lambda session: exchange_goods(session, request, basket, key, now))


def exchange_goods(
    session: Session, request: ReturnRequest, basket: SaleRequest, key: str, now: datetime
) -> dict[str, Any]:
    """Write an exchange within a posting and return its answer; refuses like `exchange`."""
    back = return_goods(session, request, key, now, exchanged=True)
    sale = _sell_after(session, basket, key, now, back["cash"])
    write_rows(session, _E, [{"return_id": back["return_id"], "receipt_id": sale["receipt_id"]}])
    return {"return": back, "sale": sale, "to_pay": sale["cash"] - back["cash"]}


def _sell_after(session: Session, basket: SaleRequest, key: str, now: datetime, carried: int) -> dict[str, Any]:
    """Sell what is taken in exchange: what comes back pays first, the rest is paid in money."""
    _take_turns(session, basket.member_id)
    [sale] = prepare(session, [basket], now)
    due = sale.decision.cash
    paid = min(max(carried, 0), due)
    rest = basket.payments or (Payment("cash", due - paid),)
    parts = (Payment(EXCHANGE, paid), *rest)
    sale.request = replace(basket, payments=tuple(part for part in parts if part.amount))
    require_payable(sale)
    return post_receipts(session, [sale], [f"{key}:sale"], now)[0]


def return_goods(
    session: Session, request: ReturnRequest, key: str, now: datetime, *, exchanged: bool = False
) -> dict[str, Any]:
    """Write a return within a posting and return its answer; refuses like `take_back`."""
    open_standing(session, request.receipt_id)  # the lock: of two returns at once the second sees the first
    _take_turns(session, queries.holder_of(session, request.receipt_id))
    returning = _prepare(session, request, now)
    _require_approval(session, returning)
    release_uses(session, returning)
    told = follow_vouchers(session, returning, now)
    if request.told is not None and request.told != returning.money:
        raise RefundChanged(told=request.told, due=returning.money)
    written = write_return(session, returning, key, now, kind="exchange" if exchanged else request.kind)
    answer = written | give_back(session, returning, written["return_id"], told, now)
    announce(session, Happened("sales.returned", answer))
    send_later(session, "sales.returned", answer | {"at": now.isoformat()})
    return answer


def _take_turns(session: Session, member_id: int | None) -> None:
    if member_id is not None:
        membership.take_turns(session, [member_id])


def approval_needed(session: Session, returning: Returning) -> str | None:
    """Return why a second person must approve ("late", "price", "amount"), None if nobody must.

    The amount is that of all that came back of the receipt, so that nobody pays it back piece by piece.
    """
    late = returning.sold.day + timedelta(days=settings.value(session, "sales.return_days"))
    if returning.day > late:
        return "late"
    if any(line.price is not None for line in returning.request.lines):
        return "price"
    above: int = settings.value(session, "sales.return_approval_above")
    if max(abs(returning.paid_back), returning.sold.total - returning.after.total) > above:
        return "amount"
    return None


def _require_approval(session: Session, returning: Returning) -> None:
    request = returning.request
    if request.approved_by and request.approved_by == request.cashier:
        raise ApprovedByOneself(person=request.cashier)
    if not request.approved_by and approval_needed(session, returning) is not None:
        raise ReturnNeedsApproval


# --- decided ----------------------------------------------------------------------------------------------------------


def _prepare(session: Session, request: ReturnRequest, now: datetime) -> Returning:
    sold = queries.sold_receipt(session, request.receipt_id)
    if sold is None:
        raise NotFound(what="receipt", which=str(request.receipt_id))
    place = place_of(session, request.store_id)
    day = local_day(now, place.zone)
    _require_place(session, place, sold, day)
    lines = queries.sold_lines(session, sold.id)
    kept = kept_after(request, lines)
    made = queries.stored_decision(session, sold.decision_id)
    live = program_of_digest(session, made.digest)
    event, decision = made.given(), made.decided()
    _check_prices(request, event, lines)
    before = queries.stands(session, sold.id)
    forgone: bool = settings.value(session, "sales.lost_threshold") == "keep_whole"
    program = live.program
    after = standing(
        program.decide,
        program.book.settings,
        event,
        decision,
        kept,
        keep_whole=forgone,
        most_tendered=before.tendered,
    )
    return Returning(
        request,
        sold,
        place,
        day,
        live,
        event,
        before,
        decision if before.decision_id == sold.decision_id else _decided(session, before.decision_id),
        after,
        forgone,
        queries.holder_of(session, sold.id),
        _swaps(session, request, lines, sold, day),
        [*_voucher_parts(session, sold.id, event, after), *_coupon_parts(session, sold.id, live, after)],
        lines,
        issued=_issued(session, sold.id, decision),
        worth=points_read.worth_on(session, sold.day) if has_budget(live.used.limits.get("quote", {})) else 0,
    )


def _issued(session: Session, receipt_id: int, decision: Decision) -> dict[str, int]:
    """Return by rule how many vouchers were given with a receipt: fewer than decided where a budget had no room."""
    rules = {effect.rule for effect in decision.effects if effect.effect == "voucher.issue"}
    return {rule: len(vouchers_read.issued_with(session, receipt_id, rule)) for rule in sorted(rules)}


def _decided(session: Session, decision_id: int) -> Decision:
    return queries.stored_decision(session, decision_id).decided()


def _require_place(session: Session, place: StorePlace, sold: Sold, day: date) -> None:
    if place.brand_id != sold.brand_id:
        raise NotFound(what="receipt", which=sold.number)
    if place.id != sold.store_id and not settings.value(session, "sales.return_anywhere"):
        raise NotReturnedHere(number=sold.number)
    if place.currency != sold.currency:
        raise PaidInAnotherCurrency(number=sold.number, currency=sold.currency, given=place.currency)
    if not place.is_open(day):
        raise StoreClosed(store=place.code, day=day.isoformat())


def _check_prices(request: ReturnRequest, event: Event, lines: Sequence[SoldLine]) -> None:
    """Refuse with NoHigherPrice a price above the one that stands: as sold, or as it was corrected to before."""
    corrected = {line.line_no: line.price for line in lines}
    for back in request.lines:
        before = corrected[back.line_no]
        price = selling_price(event.lines[back.line_no - 1]) if before is None else before
        if back.price is not None and back.price > price:
            raise NoHigherPrice(line=back.line_no, price=price)


def _swaps(
    session: Session, request: ReturnRequest, lines: Sequence[SoldLine], sold: Sold, day: date
) -> dict[int, int]:
    """Return what lines are swapped for: the same style in another size or colour."""
    wanted = {back.line_no: back.swap for back in request.lines if back.swap}
    if not wanted:
        return {}
    codes = {line.line_no: line.code for line in lines}
    found = priced_lines(session, [*wanted.values(), *(codes[line_no] for line_no in wanted)], day)
    return {line_no: _swapped(found, line_no, codes[line_no], code, sold) for line_no, code in wanted.items()}


def _swapped(found: Mapping[str, ProductRow], line_no: int, bought: str, wanted: str, sold: Sold) -> int:
    product, old = found.get(wanted), found.get(bought)
    if product is None or not product.active or product.brand_id != sold.brand_id:
        raise UnknownProduct(line=line_no, product=wanted)
    if old is None or product.style_id != old.style_id or product.id == old.id:
        raise NotTheSameStyle(line=line_no, product=wanted)
    return product.id


def _coupon_parts(session: Session, receipt_id: int, live: Live, after: Outcome) -> list[tuple[int, int]]:
    """Return which discount coupons come back: all but those that what is kept rests on."""
    used = vouchers_read.coupons_on(session, receipt_id)
    names = {coupon.name for coupon in used}
    stay = set() if after.empty or not names else needed(live, after.event, after.decision, names)
    return [(coupon.voucher_id, coupon.amount) for coupon in used if coupon.name not in stay]


def _voucher_parts(session: Session, receipt_id: int, event: Event, after: Outcome) -> list[tuple[int, int]]:
    """Return which vouchers get how much back: all but what they still pay."""
    stays = {event.vouchers[place].code: amount for place, amount in after.vouchers}
    parts = (
        (used.voucher_id, used.redeemed - used.restored - stays.get(used.code, 0))
        for used in vouchers_read.redeemed_on(session, receipt_id)
    )
    return [(voucher_id, amount) for voucher_id, amount in parts if amount > 0]
