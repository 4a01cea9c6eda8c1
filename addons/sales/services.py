"""Quotes and checkouts: many baskets at once, one basket is a list of one.

`prepare` reads what is needed and decides; `post_receipts` writes everything that follows, in few statements.
A batch holds one business day and names each member once: what one receipt changes, the next one must see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines
from addons.membership import services as membership
from addons.membership.queries import TillMember, at_till, till_members
from addons.points import queries as points_read
from addons.points import services as points
from addons.sales import queries
from addons.sales.domain import rows
from addons.sales.domain.event import quote_event
from addons.sales.domain.limits import Use, Used, UseKey, Where, decide_within, keys_of, usage_of
from addons.sales.domain.prepared import Holder, Numbered, Prepared
from addons.sales.domain.refusals import (
    CardNotActive,
    LimitReached,
    MemberNotActive,
    MembersOnly,
    NoSuchCard,
    PriceChanged,
    ReceiptExists,
    StoreClosed,
    UnknownProduct,
    VoucherNotTaken,
    WrongCurrency,
    WrongPayment,
)
from addons.sales.domain.request import Bounds, SaleRequest, check
from addons.sales.domain.state import MemberState
from addons.sales.models import Discount, Line, Numbering, Receipt, RuleUse, Tender
from addons.stores.queries import StorePlace
from addons.stores.queries import place as place_of
from addons.tiers import queries as tiers_read
from addons.tiers import services as tiers
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.domain import typed
from addons.vouchers.queries import UsableVoucher
from core import settings
from core.bus import Happened, announce
from core.db.posting import Operation, Posted, post, post_batch, send_later
from core.db.reserve import reserve
from core.db.scope import require_store
from core.errors import NotFound
from core.periods import local, local_day
from core.policy.live import Live, live_program
from core.policy.store import Made, StoredDecision, keep
from rules.event import Event, Place
from rules.trace import EffectFired

_CREDIT_FACTS = ("tiers.credit_half_year", "tiers.points_half_year")
_POINTS_FACTS = ("points.balance", "points.purchase_12m")

# --- quote ---------------------------------------------------------------------------------------------------------


def quote(session: Session, request: SaleRequest, now: datetime) -> Prepared:
    """Price a basket without writing anything.

    Refuses with what no till may be asked (domain.refusals), OutOfScope for a store that may not be read, NoLiveBook.
    """
    require_store(request.store_id)
    return prepare(session, [request], now)[0]


@dataclass(slots=True)
class Known:
    """What an import has read before, so that it is not read again for every batch."""

    products: Mapping[str, ProductRow] = field(default_factory=dict)


@dataclass(slots=True)
class _Sale:
    """A request on its way to a decision."""

    request: SaleRequest
    place: StorePlace
    at: datetime
    day: date
    live: Live
    found: TillMember | None = None
    member: MemberState | None = None
    products: list[ProductRow] = field(default_factory=list)
    offered: list[UsableVoucher] = field(default_factory=list)

    @property
    def where(self) -> Where:
        return Where(self.place.brand_id, self.place.id, self.member.id if self.member else None, self.day)


def prepare(
    session: Session, requests: Sequence[SaleRequest], now: datetime, known: Known | None = None
) -> list[Prepared]:
    """Read what the baskets need and decide them in their order; a constant number of queries for a day's batch.

    Refuses like `quote`, for the first basket that cannot be.
    """
    bounds = _bounds(session)
    sales = [_begin(session, request, now, bounds) for request in requests]
    _find_members(session, sales)
    _find_products(session, sales, known or Known())
    _find_vouchers(session, sales)
    used = _find_uses(session, sales)
    return [_decide(sale, used) for sale in sales]


def _bounds(session: Session) -> Bounds:
    return Bounds(settings.value(session, "sales.most_lines"), settings.value(session, "sales.largest_quantity"))


def _begin(session: Session, request: SaleRequest, now: datetime, bounds: Bounds) -> _Sale:
    check(request, bounds)
    place = place_of(session, request.store_id)
    at = request.at or now
    day = local_day(at, place.zone)
    if not place.is_open(day):
        raise StoreClosed(store=place.code, day=day.isoformat())
    if request.currency is not None and request.currency != place.currency:
        raise WrongCurrency(currency=place.currency, given=request.currency)
    return _Sale(request, place, at, day, live_program(session, place.brand_code, at))


def _find_members(session: Session, sales: Sequence[_Sale]) -> None:
    """Find who buys, what she bought before, and the counters the rules ask about."""
    for sale in sales:
        if sale.request.card is not None:
            sale.found = _by_card(session, sale)
    ids = [s.request.member_id for s in sales if s.found is None and s.request.member_id is not None]
    by_id = till_members(session, ids) if ids else {}
    for sale in sales:
        if sale.found is None and sale.request.member_id is not None:
            sale.found = _by_id(by_id, sale)
    for day in {sale.day for sale in sales if sale.found is not None}:
        _find_states(session, [s for s in sales if s.found is not None and s.day == day], day)


def _by_card(session: Session, sale: _Sale) -> TillMember:
    number = sale.request.card or ""
    found = at_till(session, sale.place.brand_id, card=number)
    if found is None:
        raise NoSuchCard(which=number)
    if found.card_status != "active":
        raise CardNotActive(card=number, state=found.card_status)
    return found


def _by_id(found: Mapping[int, TillMember], sale: _Sale) -> TillMember:
    member = found.get(sale.request.member_id or 0)
    if member is None or member.brand_id != sale.place.brand_id:
        raise NoSuchCard(which=str(sale.request.member_id))
    return member


def _find_states(session: Session, sales: Sequence[_Sale], day: date) -> None:
    ids = [sale.found.id for sale in sales if sale.found is not None]
    histories = queries.histories(session, ids, day)
    half_years: Mapping[int, tiers_read.HalfYear] = {}
    states: Mapping[int, points_read.PointsState] = {}
    if any(sale.live.used.asks("quote", *_CREDIT_FACTS) for sale in sales):
        half_years = tiers_read.credit_many(session, ids, day)
    if any(sale.live.used.asks("quote", *_POINTS_FACTS) for sale in sales):
        states = points_read.state_many(session, ids, day)
    for sale in sales:
        if sale.found is not None:
            sale.member = _state(sale.found, histories, half_years, states)


def _state(
    found: TillMember,
    histories: Mapping[int, tuple[int, int]],
    half_years: Mapping[int, tiers_read.HalfYear],
    states: Mapping[int, points_read.PointsState],
) -> MemberState:
    receipts, listed = histories.get(found.id, (0, 0))
    credit, credit_points = half_years.get(found.id, tiers_read.NOTHING)
    balance, purchase = states.get(found.id, points_read.NOTHING)
    return MemberState(
        found.id,
        found.number,
        found.store_id,
        found.brand_id,
        found.status,
        found.tier,
        found.birthday,
        found.sex,
        found.is_staff,
        found.referrer_id,
        found.card_id if found.card_status == "active" else None,
        receipts,
        listed,
        credit,
        credit_points,
        balance,
        purchase,
    )


def _find_products(session: Session, sales: Sequence[_Sale], known: Known) -> None:
    codes: dict[date, dict[str, None]] = {}
    for sale in sales:
        wanted = codes.setdefault(sale.day, {})
        wanted.update((line.product, None) for line in sale.request.lines if line.product not in known.products)
    read = {day: priced_lines(session, list(wanted), day) for day, wanted in codes.items() if wanted}
    for sale in sales:
        there = read.get(sale.day, {})
        for place, line in enumerate(sale.request.lines, 1):
            product = known.products.get(line.product) or there.get(line.product)
            if product is None or not product.active or product.brand_id != sale.place.brand_id:
                raise UnknownProduct(line=place, product=line.product)
            if product.members_only and sale.member is None:
                raise MembersOnly(line=place, product=line.product)
            sale.products.append(product)


def _find_vouchers(session: Session, sales: Sequence[_Sale]) -> None:
    codes = [typed(code) for sale in sales for code in sale.request.vouchers]
    found = vouchers_read.by_code(session, codes) if codes else {}
    for sale in sales:
        for code in map(typed, sale.request.vouchers):
            voucher = found.get(code)
            if voucher is None:
                raise NotFound(what="voucher", which=code)
            member_id = None if sale.member is None else sale.member.id
            vouchers.require_usable(voucher, brand_id=sale.place.brand_id, member_id=member_id, day=sale.day)
            if voucher.kind != "cash":
                raise VoucherNotTaken(voucher=code)
            sale.offered.append(voucher)


def _find_uses(session: Session, sales: Sequence[_Sale]) -> dict[UseKey, Used]:
    keys = [key for sale in sales for key in keys_of(sale.live.used.limits.get("quote", {}), sale.where)]
    return queries.uses(session, keys) if keys else {}


def _decide(sale: _Sale, used: dict[UseKey, Used]) -> Prepared:
    """Decide one basket and count its uses, for the baskets after it in the batch."""
    lines = list(zip(sale.request.lines, sale.products, strict=True))
    member = sale.member if sale.place.has_programme else None
    at = local(sale.at, sale.place.zone)
    event = quote_event(sale.live, sale.place, at=at, lines=lines, member=member, vouchers=sale.offered)
    limits = sale.live.used.limits.get("quote")
    if limits:
        event.usage = usage_of(limits, sale.where, used)
    decision, uses = decide_within(sale.live, event, sale.where)
    for use in uses:
        count, cost = used.get(use.key, (0, 0))
        used[use.key] = (count + 1, cost + use.cost)
    return Prepared(
        sale.request,
        sale.place,
        sale.live,
        sale.at,
        sale.day,
        sale.member,
        sale.products,
        sale.offered,
        event,
        decision,
        uses,
    )


# --- checkout ------------------------------------------------------------------------------------------------------


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
    prepared = prepare(session, requests, now, known)
    for sale in prepared:
        _require_payable(sale)
    return post_receipts(session, prepared, keys, now)


def _require_payable(sale: Prepared) -> None:
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
    _write_receipts(session, numbered)
    _count_uses(session, prepared)
    _redeem(session, numbered)
    _reward(session, numbered)
    return [_answer(session, sale, now) for sale in numbered]


def _reserve(
    session: Session, prepared: Sequence[Prepared], keys: Sequence[str], holders: Sequence[Holder]
) -> list[Numbered]:
    connection = session.connection()
    decisions, receipts = StoredDecision.__table__, Receipt.__table__
    ids = reserve(connection, {decisions: len(prepared), receipts: len(prepared)})
    numbers = _numbers(session, prepared)
    given = zip(prepared, keys, ids[receipts], ids[decisions], numbers, holders, strict=True)
    return [Numbered(*one) for one in given]


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


def _take_numbers(insert: Any) -> Any:
    changed = insert.on_conflict_do_update(
        index_elements=["store_id"], set_={"following": _N.c.following + insert.excluded.following - 1}
    )
    return changed.returning(_N.c.following)


_TAKE = {"sqlite": _take_numbers(sqlite.insert(_N)), "postgresql": _take_numbers(postgresql.insert(_N))}


def _numbers(session: Session, prepared: Sequence[Prepared]) -> list[str]:
    """Return receipt numbers: those that came with past sales, else the next ones of each store."""
    _refuse_numbers_given(session, prepared)
    wanted: dict[int, int] = {}
    for sale in prepared:
        if sale.request.number is None:
            wanted[sale.place.id] = wanted.get(sale.place.id, 0) + 1
    following = {store_id: _next_number(session, store_id, count) for store_id, count in sorted(wanted.items())}
    numbers = []
    for sale in prepared:
        number = sale.request.number
        if number is None:
            number = f"{sale.place.code}-{following[sale.place.id]:07d}"
            following[sale.place.id] += 1
        numbers.append(number)
    return numbers


def _next_number(session: Session, store_id: int, count: int) -> int:
    """Take so many numbers of a store and return the first."""
    connection = session.connection()
    row = {"store_id": store_id, "following": count + 1}
    after: int = connection.execute(_TAKE[connection.dialect.name], row).scalar_one()
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


_INSERT_RECEIPTS = Receipt.__table__.insert()
_INSERT_LINES = Line.__table__.insert()
_PARTS: tuple[tuple[Any, Callable[[Numbered], Iterable[dict[str, Any]]]], ...] = (
    (_INSERT_LINES, rows.lines),
    (Tender.__table__.insert(), rows.tenders),
    (Discount.__table__.insert(), rows.taken),
)


def _write_receipts(session: Session, numbered: Sequence[Numbered]) -> None:
    for live in {n.sale.live.digest: n.sale.live for n in numbered}.values():
        own = [n for n in numbered if n.sale.live.digest == live.digest]
        keep(
            session, live, [Made(n.decision_id, n.sale.place.id, n.sale.at, n.sale.event, n.sale.decision) for n in own]
        )
    connection = session.connection()
    connection.execute(_INSERT_RECEIPTS, [rows.receipt(n) for n in numbered])
    for insert, part in _PARTS:
        found = [row for n in numbered for row in part(n)]
        if found:
            connection.execute(insert, found)


def _made(n: Numbered) -> Made:
    return Made(n.decision_id, n.sale.place.id, n.sale.at, n.sale.event, n.sale.decision)


# --- limited rules -------------------------------------------------------------------------------------------------

_U = RuleUse.__table__
_OPEN = {
    name: insert(_U).on_conflict_do_nothing(index_elements=["brand_id", "rule", "per", "subject_id", "period"])
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
# The guard: of two tills that both saw room, one finds the counter too high and is refused.
_COUNT_USE = (
    update(_U)
    .where(
        _U.c.brand_id == bindparam("b_brand_id"),
        _U.c.rule == bindparam("b_rule"),
        _U.c.per == bindparam("b_per"),
        _U.c.subject_id == bindparam("b_subject_id"),
        _U.c.period == bindparam("b_period"),
        _U.c.count + bindparam("b_count") <= bindparam("b_most_count"),
        _U.c.cost + bindparam("b_cost") <= bindparam("b_most_cost"),
    )
    .values(count=_U.c.count + bindparam("b_count"), cost=_U.c.cost + bindparam("b_cost"))
)
_NO_BOUND = 10**17


def _count_uses(session: Session, prepared: Sequence[Prepared]) -> None:
    totals: dict[UseKey, tuple[int, int, Use]] = {}
    for use in (use for sale in prepared for use in sale.uses):
        count, cost, _ = totals.get(use.key, (0, 0, use))
        totals[use.key] = (count + 1, cost + use.cost, use)
    connection = session.connection()
    for key, (count, cost, use) in sorted(totals.items()):  # sorted: two tills must not wait for each other
        connection.execute(_OPEN[connection.dialect.name], {**key._asdict(), "count": 0, "cost": 0})
        bounds = {
            "b_most_count": _NO_BOUND if use.most_count is None else use.most_count,
            "b_most_cost": _NO_BOUND if use.most_cost is None else use.most_cost,
        }
        named = {f"b_{name}": value for name, value in key._asdict().items()}
        if connection.execute(_COUNT_USE, {**named, **bounds, "b_count": count, "b_cost": cost}).rowcount != 1:
            raise LimitReached(rule=key.rule)


# --- what members get ----------------------------------------------------------------------------------------------


def _redeem(session: Session, numbered: Sequence[Numbered]) -> None:
    for n in numbered:
        sale = n.sale
        if sale.decision.vouchers_used:
            vouchers.redeem(
                session,
                uses=[(sale.offered[place].code, amount) for place, amount in sale.decision.vouchers_used],
                receipt_id=n.receipt_id,
                store_id=sale.place.id,
                brand_id=sale.place.brand_id,
                day=sale.day,
                now=sale.at,
                member_id=n.member_id,
            )


def _reward(session: Session, numbered: Sequence[Numbered]) -> None:
    """Credit points and tier credit, let members climb one step, and exchange points for vouchers (C17)."""
    earning = [n for n in numbered if n.member_id is not None and n.sale.earns]
    if not earning:
        return
    balances = points.earn_many(session, [_earning(n) for n in earning])
    for n in earning:
        n.extra["balance"] = balances.get(n.member_id or 0, 0)
    tiers.credit_many(session, [_credit(n) for n in earning])
    for day in {n.sale.day for n in earning}:
        own = [n for n in earning if n.sale.day == day]
        _climb(session, own, day)
        _exchange(session, own, day)
    _issue(session, earning)
    for n in earning:
        if n.holder.referrer_id is not None:
            _refer(session, n, n.holder.referrer_id)


def _refer(session: Session, n: Numbered, referrer_id: int) -> None:
    """Promise points to who brought the member (E16), pending until goods can no longer come back."""
    sale = n.sale
    n.extra["referral_points"] = points.refer(
        session,
        friend_id=n.member_id or 0,
        referrer_id=referrer_id,
        store_id=sale.place.id,
        receipt_id=n.receipt_id,
        first_net=sale.decision.cash,
        now=sale.at,
        program=sale.live.program,
    )


def _earning(n: Numbered) -> points.Earning:
    sale, decision = n.sale, n.sale.decision
    rule = next((effect.rule for effect in decision.effects if effect.effect == "points.multiply"), "")
    base = min(decision.points, decision.points_base)
    return points.Earning(n.member_id or 0, sale.place.id, n.receipt_id, decision.points, base, sale.day, sale.at, rule)


def _credit(n: Numbered) -> tiers.Credit:
    sale = n.sale
    return tiers.Credit(
        n.member_id or 0, sale.place.id, n.receipt_id, sale.day, sale.credit, sale.at, sale.decision.points
    )


def _climb(session: Session, numbered: Sequence[Numbered], day: date) -> None:
    """Evaluate each buyer once (C04: one step; what is beyond is offered at the next evaluation)."""
    holders = [n for n in numbered if (n.sale.member.tier if n.sale.member else "ordinary")]
    half_years = tiers_read.credit_many(session, [n.member_id or 0 for n in holders], day)
    by_member = {n.member_id: n for n in holders}
    for live in {n.sale.live.digest: n.sale.live for n in holders}.values():
        own = [n for n in holders if n.sale.live.digest == live.digest]
        standings = [
            tiers.Standing(n.member_id or 0, n.sale.place.id, _tier_of(n), *half_years[n.member_id or 0]) for n in own
        ]
        for changed in tiers.evaluate_many(session, standings, day, own[-1].sale.at, live.program):
            by_member[changed.member_id].extra["tier"] = {
                "before": changed.tier_before,
                "after": changed.tier_after,
                "rule": changed.rule,
                "conversion_due": changed.conversion_due.isoformat(),
            }


def _tier_of(n: Numbered) -> str:
    return "ordinary" if n.sale.member is None or not n.sale.member.tier else n.sale.member.tier


def _exchange(session: Session, numbered: Sequence[Numbered], day: date) -> None:
    states = points_read.state_many(session, [n.member_id or 0 for n in numbered], day)
    by_member = {n.member_id: n for n in numbered}
    candidates = [
        points.Candidate(m, n.sale.place.brand_id, n.sale.place.id, states[m].purchase_12m, day, n.sale.at)
        for m, n in by_member.items()
        if m is not None and "points_review" in n.sale.live.used.facts
    ]

    def decide(candidate: points.Candidate) -> Iterable[EffectFired]:
        return _points_review(by_member[candidate.member_id].sale, candidate)

    for exchanged in points.exchange_many(session, candidates, decide):
        n = by_member[exchanged.member_id]
        n.extra.setdefault("vouchers", []).extend(exchanged.codes)
        n.extra["balance"] -= exchanged.points


def _points_review(sale: Prepared, candidate: points.Candidate) -> Iterable[EffectFired]:
    place = sale.place
    event = Event(
        "points_review",
        local(candidate.now, place.zone),
        Place(place.brand_code, place.region, place.franchisee, place.format, place.code),
        {"member.present": True, "points.purchase_12m": candidate.purchase_12m},
    )
    return sale.live.program.decide(event).effects


def _issue(session: Session, numbered: Sequence[Numbered]) -> None:
    """Issue the vouchers that rules of the receipt itself give."""
    given = [(n, e) for n in numbered for e in n.sale.decision.effects if e.effect == "voucher.issue"]
    if not given:
        return
    codes = vouchers.issue_many(session, [_issued(n, effect) for n, effect in given])
    for (n, _), code in zip(given, codes, strict=True):
        n.extra.setdefault("vouchers", []).append(code)


def _issued(n: Numbered, effect: EffectFired) -> vouchers.Issue:
    sale, params = n.sale, effect.params
    value, days = params["value"], params.get("days")
    return vouchers.Issue(
        member_id=n.member_id or 0,
        brand_id=sale.place.brand_id,
        store_id=sale.place.id,
        kind=str(params["kind"]),
        value=value if isinstance(value, int) else 0,
        day=sale.day,
        now=sale.at,
        source="rule",
        rule=effect.rule,
        days=days if isinstance(days, int) else None,
    )


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
        **n.extra,
    }
    if sale.request.source in ("till", "api"):
        announce(session, Happened("sales.receipt_posted", answer))
        send_later(session, "sales.receipt_posted", answer | {"at": now.isoformat()})
    return answer
