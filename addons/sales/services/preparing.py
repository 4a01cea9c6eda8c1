"""Baskets read and decided: members, products, vouchers, limits; nothing is written here.

A batch holds each member once: what one receipt changes, the next one must see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.catalog.queries import ProductRow, priced_lines, priced_lines_ahead, with_parts
from addons.membership.queries import TillMember, at_till, till_members, till_members_ahead
from addons.points import queries as points_read
from addons.sales import queries
from addons.sales.domain.event import COUPON, quote_event
from addons.sales.domain.prepared import Prepared, earns
from addons.sales.domain.refusals import (
    CardNotActive,
    MembersOnly,
    NoSuchCard,
    StoreClosed,
    UnknownProduct,
    VoucherNotTaken,
    WrongCurrency,
)
from addons.sales.domain.request import Bounds, SaleRequest, Terms, check
from addons.sales.domain.state import MemberState
from addons.sales.services.coupons import matters
from addons.sales.services.limits import COUNTERS, decide
from addons.stores.queries import StorePlace, rate_on, specials_hold
from addons.stores.queries import place as place_of
from addons.tiers import queries as tiers_read
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.domain import typed
from addons.vouchers.queries import UsableVoucher
from core import settings
from core.db.scope import require_store
from core.errors import NotFound
from core.periods import local, local_day
from core.policy.limits import NEWCOMER, Limited, Used, UseKey, Where, budget_rate, has_budget, keys_of
from core.policy.live import Live, live_program, program_of_digest
from rules.event import PAR

_CREDIT_FACTS = ("tiers.credit_half_year", "tiers.points_half_year")
_POINTS_FACTS = ("points.balance", "points.purchase_12m")


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
    live: Live = field(init=False)
    specials: bool = True  # whether those of the catalogue hold (C35)
    rate: int = PAR  # what its money counts in the brand's (C34)
    found: TillMember | None = None
    member: MemberState | None = None
    products: list[ProductRow] = field(default_factory=list)
    offered: list[UsableVoucher] = field(default_factory=list)
    coupons: list[UsableVoucher] = field(default_factory=list)
    worth: int = 0  # fen that a point costs the budget of a rule that gives it; 0 where there is none

    @property
    def where(self) -> Where:
        enrols = self.request.enrol is not None and self.place.has_programme
        holder = self.member.id if self.member else NEWCOMER if enrols else None
        return Where(self.place.brand_id, self.place.id, holder, self.day)

    @property
    def limited(self) -> Limited:
        limits = self.live.used.limits.get("quote", {})
        return Limited(self.live.program, limits, self.where, self.worth, budget_rate(self.rate))


def prepare(
    session: Session, requests: Sequence[SaleRequest], now: datetime, known: Known | None = None
) -> list[Prepared]:
    """Read what the baskets need and decide them in their order; a constant number of queries for a day's batch.

    Refuses like `quote`, for the first basket that cannot be.
    """
    bounds = _bounds(session)
    programs = _Programs(session, [request.at or now for request in requests] or [now])
    sales = [_begin(session, request, now, bounds) for request in requests]
    if known is None and len(sales) == 1:
        _look_ahead(session, sales[0])
    for sale in sales:
        sale.live = _live(session, sale, programs)
    _find_members(session, sales)
    _find_rates(session, sales)
    _find_products(session, sales, known or Known())
    _find_vouchers(session, sales)
    _find_worth(session, sales)
    used = _find_uses(session, sales)
    return [_decide(sale, used) for sale in sales]


def _bounds(session: Session) -> Bounds:
    return Bounds(settings.value(session, "sales.most_lines"), settings.value(session, "sales.largest_quantity"))


class _Programs:
    """The programmes of a batch: where its first and its last basket have the same, all have (a batch is one day)."""

    def __init__(self, session: Session, moments: Sequence[datetime]) -> None:
        self._session = session
        self._edges = min(moments), max(moments)
        self._same: dict[str, Live | None] = {}

    def at(self, brand_code: str, at: datetime) -> Live:
        if brand_code not in self._same:
            found = {edge: live_program(self._session, brand_code, edge) for edge in set(self._edges)}
            first, last = found[self._edges[0]], found[self._edges[1]]
            self._same[brand_code] = first if first.digest == last.digest else None
        return self._same[brand_code] or live_program(self._session, brand_code, at)


def _begin(session: Session, request: SaleRequest, now: datetime, bounds: Bounds) -> _Sale:
    check(request, bounds)
    place = place_of(session, request.store_id)
    at = request.at or now
    day = local_day(at, place.zone)
    if not place.is_open(day):
        raise StoreClosed(store=place.code, day=day.isoformat())
    if request.currency is not None and request.currency != place.currency:
        raise WrongCurrency(currency=place.currency, given=request.currency)
    return _Sale(request, place, at, day, specials_hold(session, place))


def _look_ahead(session: Session, sale: _Sale) -> None:
    """Let the database begin with what a checkout asks."""
    if sale.request.card is None and sale.request.member_id is not None:
        till_members_ahead(session, [sale.request.member_id])
        queries.histories_ahead(session, [sale.request.member_id], sale.day)
    priced_lines_ahead(session, [line.product for line in sale.request.lines], sale.day)


def _live(session: Session, sale: _Sale, programs: _Programs) -> Live:
    terms = sale.request.terms
    return programs.at(sale.place.brand_code, sale.at) if terms is None else program_of_digest(session, terms.digest)


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


def _find_rates(session: Session, sales: Sequence[_Sale]) -> None:
    """Find what the money of another market counts, where somebody earns with it or a budget pays in it."""
    for sale in sales:
        earner = sale.found is not None or sale.request.enrol is not None
        if earner or has_budget(sale.live.used.limits.get("quote", {})):
            sale.rate = rate_on(session, sale.place, sale.day)


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
        found.birthdays,
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
            is_done = sale.request.is_done
            if product is None or product.brand_id != sale.place.brand_id or not (product.active or is_done):
                raise UnknownProduct(line=place, product=line.product)
            if product.members_only and sale.member is None and not is_done:
                raise MembersOnly(line=place, product=line.product)
            sale.products.append(product)


def _find_vouchers(session: Session, sales: Sequence[_Sale]) -> None:
    codes = [typed(code) for sale in sales for code in sale.request.vouchers]
    found = vouchers_read.by_code(session, codes) if codes else {}
    for sale in sales:
        lost = {} if sale.request.terms is None else {voucher.code: voucher for voucher in sale.request.terms.lost}
        for code in map(typed, sale.request.vouchers):
            if code in lost:
                sale.offered.append(lost[code])
                continue
            voucher = found.get(code)
            if voucher is None:
                raise NotFound(what="voucher", which=code)
            member_id = None if sale.member is None else sale.member.id
            at = sale.place
            vouchers.require_usable(
                voucher,
                brand_id=at.brand_id,
                member_id=member_id,
                day=sale.day,
                store_id=at.id,
                currency=at.currency,
            )
            vouchers.require_free(voucher, sale.at, sale.request.hold)
            vouchers.require_holder(voucher, member_id)
            if voucher.kind == "cash":
                sale.offered.append(_with_parts(session, voucher))
            elif voucher.kind == "discount" and sale.live.used.asks("quote", COUPON):
                sale.coupons.append(voucher)
            else:
                raise VoucherNotTaken(voucher=code)


def _with_parts(session: Session, voucher: UsableVoucher) -> UsableVoucher:
    """Return a voucher for categories of goods with all that is part of them: the rules know no tree."""
    if voucher.categories is None:
        return voucher
    return voucher._replace(categories=sorted(with_parts(session, voucher.categories)))


def _find_uses(session: Session, sales: Sequence[_Sale]) -> dict[UseKey, Used]:
    keys = [key for sale in sales for key in keys_of(sale.limited.limits, sale.where)]
    return COUNTERS.read(session, keys) if keys else {}


def _find_worth(session: Session, sales: Sequence[_Sale]) -> None:
    """Find what points cost the budgets of the rules that give them, where somebody earns and a rule has one."""
    worth: dict[date, int] = {}
    for sale in sales:
        if has_budget(sale.limited.limits) and earns(sale.request, sale.member, sale.place):
            if sale.day not in worth:
                worth[sale.day] = points_read.worth_on(session, sale.day)
            sale.worth = worth[sale.day]


def _decide(sale: _Sale, used: dict[UseKey, Used]) -> Prepared:
    """Decide one basket and count its uses, for the baskets after it in the batch."""
    lines = list(zip(sale.request.lines, sale.products, strict=True))
    terms = sale.request.terms
    member = _as_promised(sale.member, terms) if sale.place.has_programme else None
    at = local((terms and terms.priced_at) or sale.at, sale.place.zone)
    event = quote_event(
        sale.live, sale.place, at=at, lines=lines, member=member, vouchers=sale.offered, specials=sale.specials
    )
    event.rate = sale.rate
    if sale.coupons:
        event.facts = {**event.facts, COUPON: frozenset(coupon.coupon for coupon in sale.coupons)}
    prepared = Prepared(
        sale.request,
        sale.place,
        sale.live,
        sale.at,
        sale.day,
        sale.member,
        sale.products,
        sale.offered,
        event,
        sale.limited,
        presented=sale.coupons,
    )
    decide(prepared, used)
    those = _of_each_kind(sale.coupons)
    prepared.coupons = [each for each in those if matters(sale.live, event, prepared.decision, each.coupon)]
    return prepared


def _of_each_kind(coupons: Sequence[UsableVoucher]) -> list[UsableVoucher]:
    """Return the first coupon of each name: a second one of the same changes nothing."""
    return list({coupon.coupon: coupon for coupon in reversed(coupons)}.values())


def _as_promised(member: MemberState | None, terms: Terms | None) -> MemberState | None:
    """Return the member as the rules are to see her: the promised tier, and nothing used up where that is asked."""
    if member is None or terms is None:
        return member
    tier = member.tier if terms.tier is None else terms.tier
    return replace(member, tier=tier, birthday_list_used=member.birthday_list_used if terms.uses_count else 0)
