"""Who gets vouchers for points outside a purchase: a member who asks, and members whose points no longer wait (C17)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember, till_members
from addons.points import queries
from addons.points.queries import LotHeld, PointsState
from addons.points.services.exchanging import Candidate, Decide, Exchanged, exchange_many, exchange_on_request
from addons.points.services.occasions import codes_of
from addons.points.services.offers import Offer, chosen, offers_of
from addons.points.services.refusals import InsufficientPoints
from addons.stores.queries import StorePlace
from addons.stores.queries import place as place_of
from core import settings
from core.errors import NotFound, Refusal
from core.periods import local, local_day
from core.policy.live import live_program
from rules.event import Event
from rules.trace import EffectFired

log = logging.getLogger(__name__)

#: The rules for requests first; where they give nothing, those of the automatic exchange.
_ASKED = ("points_request", "points_review")
_BY_ITSELF = ("points_review",)


def request_exchange(
    session: Session, *, member_id: int, store_id: int, now: datetime, quantity: int = 1, choice: str = ""
) -> list[Exchanged]:
    """Give a member so many vouchers for purchase points because she asks for them in a store of her brand.

    `choice` says which of `exchange_offers`; the only one needs none. Refuses with NotFound, OutOfScope, Invalid for
    no voucher, NothingToExchange where the points make none, SeveralOffers, ExchangeNotOffered, InsufficientPoints for
    more than they make, NoLiveBook, MonthIsClosed.
    """
    candidate, effects, there = _asked(session, member_id, store_id, now)
    offer = chosen(offers_of(effects, there), choice, quantity, there)
    [effect] = [effect for effect in effects if offers_of([effect], there) == [offer]][:1]
    points = quantity * offer.points
    wanted = effect._replace(params={**effect.params, "times": quantity, "total_points": points})
    done = exchange_on_request(session, candidate, lambda _: [wanted])
    if sum(one.points for one in done) < points:
        raise InsufficientPoints(wanted=points, balance=there)
    return done


def exchange_offers(session: Session, *, member_id: int, store_id: int, now: datetime) -> list[Offer]:
    """Return the vouchers a member may ask for now; none where her points make none.

    Refuses with NotFound, NoLiveBook.
    """
    _, effects, there = _asked(session, member_id, store_id, now)
    return offers_of(effects, there)


def _asked(session: Session, member_id: int, store_id: int, now: datetime) -> tuple[Candidate, list[EffectFired], int]:
    """Return who asks, what the rules give her, and the points it may be paid with."""
    at = place_of(session, store_id)
    member = till_members(session, [member_id]).get(member_id)
    if member is None or member.brand_id != at.brand_id:
        raise NotFound(what="member", which=str(member_id))
    day = local_day(now, at.zone)
    own = queries.state_many(session, [member_id], day)[member_id]
    state = queries.family_has(session, member_id, day) or own
    decide = _decides(session, at, member, state, now, _ASKED)
    candidate = _candidate(member_id, at, state, day, now)
    effects = [effect for effect in decide(candidate) if effect.effect == "points.exchange"]
    return candidate, effects, min(state.balance, state.purchase_12m)


def exchange_released(session: Session, lots: Sequence[LotHeld], day: date, now: datetime) -> list[Exchanged]:
    """Give vouchers for purchase points that can be spent now, in the store of the purchase, as a purchase would.

    Nothing happens while members have to ask. Each member is on her own: where one of them gets a "no", nothing of hers
    changes, her points wait for her next purchase, and the others go on.
    """
    if settings.value(session, "points.exchange_mode") == "on_request":
        return []
    stores = {lot.member_id: lot.store_id for lot in lots if lot.source == "purchase"}
    members = till_members(session, list(stores)) if stores else {}
    states = queries.state_many(session, list(stores), day) if stores else {}
    done: list[Exchanged] = []
    for member_id in sorted(members):  # who was erased meanwhile keeps her points as they are
        try:
            with session.begin_nested():
                at, state = place_of(session, stores[member_id]), states[member_id]
                decide = _decides(session, at, members[member_id], state, now, _BY_ITSELF)
                done += exchange_many(session, [_candidate(member_id, at, state, day, now)], decide)
        except Refusal as problem:
            log.warning("points of member %s were released and not exchanged: %s", member_id, problem)
    return done


def _candidate(member_id: int, at: StorePlace, state: PointsState, day: date, now: datetime) -> Candidate:
    return Candidate(member_id, at.brand_id, at.id, state.purchase_12m, day, now)


def _decides(  # noqa: PLR0917 - what the rules are told
    session: Session, at: StorePlace, member: TillMember, state: PointsState, now: datetime, events: Sequence[str]
) -> Decide:
    program = live_program(session, at.brand_code, now).program

    def decide(wanted: Candidate) -> list[EffectFired]:
        facts = {
            "member.present": True,
            "member.tier": member.tier or "none",
            "points.balance": state.balance,
            "points.purchase_12m": wanted.purchase_12m,
        }
        asked = (Event(event, local(now, at.zone), codes_of(at), dict(facts)) for event in events)
        decided = (list(program.decide(event).effects) for event in asked)
        return next((effects for effects in decided if effects), [])

    return decide
