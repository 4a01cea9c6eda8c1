"""A sale that was made without a connection is decided afterwards, and what does not fit is found.

The price the customer was told stands where the pack's version and prices give it, for the tier the pack named. What
was used up meanwhile is given all the same, and is a conflict. A price that neither gives is kept as it was paid: what
is missing is a shortfall the store bears, no money that earned anything or is ever paid back; what is over is owed to
the customer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember, at_till, survivor, till_members
from addons.membership.services import take_turns
from addons.pos import queries
from addons.pos.domain.offline import Brought, Found, borne
from addons.pos.models import Pack
from addons.sales import services as sales
from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import SaleLine, SaleRequest, Terms
from addons.stores.queries import StorePlace, place
from addons.vouchers import queries as vouchers_read
from addons.vouchers import services as vouchers
from addons.vouchers.domain import typed
from addons.vouchers.queries import UsableVoucher
from core import settings
from core.errors import NotFound, Refusal
from core.periods import local_day
from core.policy.live import NoSuchVersion, live_program, program_of_digest
from rules.event import SHORTFALL


@dataclass(slots=True)
class Settled:
    """A sale that was decided, ready to be written, and what does not fit."""

    sale: Prepared
    found: list[Found]


@dataclass(slots=True)
class _Case:
    """A sale on its way to a decision."""

    brought: Brought
    at: datetime
    place: StorePlace
    digest: str
    prices: dict[str, list[int | None]]
    tier: str | None
    bearer: str
    found: list[Found]
    member_id: int | None = None
    lost: tuple[UsableVoucher, ...] = ()
    short: int = 0  # fen that nobody paid


def settle(
    session: Session, brought: Brought, *, store_id: int, pack: Pack | None, at: datetime, now: datetime
) -> Settled:
    """Decide a sale as of the moment it was made, within the posting that writes it.

    Refuses with what nobody could have sold: UnknownProduct, StoreClosed, ImpossibleQuantity, WrongCurrency and so on.
    """
    case = _case(session, brought, place(session, store_id), pack, at)
    _take_turns(session, brought)
    case.member_id = _member(session, case)
    case.lost = _lost(session, case, now)
    sale = _decided(session, case, now, uses_count=True)
    due, paid = sale.decision.cash, brought.paid
    if paid > due:
        case.found.append(borne("over_price", paid - due, "customer", paid=paid, due=due))
    elif paid < due:
        other = _decided(session, case, now, uses_count=False)
        if other.decision.cash == paid:
            sale = other
            case.found.append(borne("limit", due - paid, case.bearer, paid=paid, due=due))
        else:
            case.found.append(borne("under_price", due - paid, "store", paid=paid, due=due))
            case.short = due - paid
            sale = _decided(session, case, now, uses_count=True)
    sale.request = replace(sale.request, payments=brought.paying(sale.decision.cash))
    return Settled(sale, [_with_amount(found, case, sale) for found in case.found])


def _case(session: Session, brought: Brought, at_place: StorePlace, pack: Pack | None, at: datetime) -> _Case:
    """Find out by which rules and prices it is decided: those of the pack while it was good, else those of then."""
    bearer: str = settings.value(session, "pos.shortfall_bearer")
    slack = timedelta(minutes=settings.value(session, "pos.clock_minutes"))
    if pack is not None and pack.issued_at - slack <= brought.sold_at <= pack.valid_until and _is_there(session, pack):
        prices = queries.prices_of(session, pack)
        return _Case(brought, at, at_place, pack.digest, prices, brought.tier, bearer, [])
    live = live_program(session, at_place.brand_code, at)
    facts = {"until": pack.valid_until.isoformat()} if pack is not None else {}
    return _Case(brought, at, at_place, live.digest, {}, None, bearer, [Found("pack", facts=facts)])


def _is_there(session: Session, pack: Pack) -> bool:
    """Tell whether the version of a pack can still be found."""
    try:
        program_of_digest(session, pack.digest)
    except NoSuchVersion:
        return False
    return True


# -- member -----------------------------------------------------------------------------------------------------------


def _take_turns(session: Session, brought: Brought) -> None:
    """Wait until nobody else writes for the member, as every sale does: her file may become a part of another one."""
    if brought.member_id is not None:
        take_turns(session, sorted({brought.member_id, survivor(session, brought.member_id)}))
    elif brought.card:
        take_turns(session, [], [brought.card])


def _member(session: Session, case: _Case) -> int | None:
    brought = case.brought
    if brought.member_id is None and brought.card is None:
        return None
    member = _named(session, case)
    if member is None:
        case.found.append(Found("unknown_member", facts={"card": brought.card or ""}))
        return None
    if brought.card is not None and member.card_status != "active":
        case.found.append(Found("card_state", facts={"card": brought.card, "state": member.card_status}))
    return member.id


def _named(session: Session, case: _Case) -> TillMember | None:
    """Return the member a sale names; one who was merged since is the one she became."""
    if case.brought.member_id is None:
        return at_till(session, case.place.brand_id, card=case.brought.card)
    now_called = survivor(session, case.brought.member_id)
    member = till_members(session, [now_called]).get(now_called)
    return member if member is not None and member.brand_id == case.place.brand_id else None


# -- vouchers ---------------------------------------------------------------------------------------------------------


def _lost(session: Session, case: _Case, now: datetime) -> tuple[UsableVoucher, ...]:
    """Return the vouchers that the till took and that pay nothing, each with its conflict."""
    codes = [typed(code) for code, _ in case.brought.vouchers]
    known = vouchers_read.by_code(session, codes) if codes else {}
    lost = []
    for text, amount in case.brought.vouchers:
        refused = _refused(typed(text), known.get(typed(text)), case, now)
        if refused is not None:
            facts = {"voucher": typed(text), "code": refused.code, "facts": refused.facts}
            case.found.append(Found("voucher", facts=facts))
            lost.append(_worthless(typed(text), amount, case.place))
    return tuple(lost)


def _refused(code: str, voucher: UsableVoucher | None, case: _Case, now: datetime) -> Refusal | None:
    """Return why a voucher pays nothing, None where it does."""
    if voucher is None:
        return NotFound(what="voucher", which=code)
    at = case.place
    try:
        vouchers.require_usable(
            voucher,
            brand_id=at.brand_id,
            member_id=case.member_id,
            day=local_day(case.at, at.zone),
            store_id=at.id,
            currency=at.currency,
        )
        vouchers.require_free(voucher, now)
        vouchers.require_holder(voucher, case.member_id)
    except Refusal as refusal:
        return refusal
    return None if voucher.kind == "cash" else vouchers.WrongVoucherKind(voucher=code)


def _worthless(code: str, amount: int, at: StorePlace, kind: str = "cash") -> UsableVoucher:
    """Return a voucher as the till took it, or what nobody paid; its key is 0, so that nothing is redeemed."""
    empty: dict[str, Any] = dict.fromkeys(UsableVoucher._fields)
    told = {"id": 0, "code": code, "brand_id": at.brand_id, "currency": at.currency, "kind": kind}
    return UsableVoucher(**{**empty, **told, "value": amount, "remaining": amount, "uses": 0, "entries": 0})


def _with_amount(found: Found, case: _Case, sale: Prepared) -> Found:
    """Return a conflict about a voucher with what the voucher paid of the sale; any other as it is."""
    if found.kind != "voucher":
        return found
    used = {sale.offered[place].code: amount for place, amount in sale.decision.vouchers_used}
    return borne("voucher", used.get(found.facts["voucher"], 0), case.bearer, **found.facts)


# -- price ------------------------------------------------------------------------------------------------------------


def _decided(session: Session, case: _Case, now: datetime, *, uses_count: bool) -> Prepared:
    brought = case.brought
    unpaid = (_worthless(SHORTFALL.upper(), case.short, case.place, SHORTFALL),) if case.short else ()
    lost = (*case.lost, *unpaid)
    terms = Terms(case.digest, tier=_tier(case), is_done=True, uses_count=uses_count, lost=lost)
    request = SaleRequest(
        store_id=case.place.id,
        lines=tuple(SaleLine(code, quantity, *case.prices.get(code, ())) for code, quantity in brought.lines),
        member_id=case.member_id,
        vouchers=(*(typed(code) for code, _ in brought.vouchers), *(each.code for each in unpaid)),
        currency=brought.currency,
        cashier=brought.cashier,
        at=case.at,
        source="api",
        terms=terms,
    )
    return sales.prepare(session, [request], now)[0]


def _tier(case: _Case) -> str | None:
    return None if case.member_id is None else case.tier
