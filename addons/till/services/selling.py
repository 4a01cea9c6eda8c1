"""From an open basket to what sales is asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.membership import services as membership
from addons.membership.queries import till_members
from addons.sales.domain.request import Payment, SaleLine, SaleRequest
from addons.stores.queries import StorePlace, places
from addons.till.domain import Basket
from addons.till.services.refusals import NotADay
from addons.vouchers.domain import Hold
from core.db.scope import current_scope
from core.ids import unguessable

_KEY_LETTERS = 24


def new_key() -> str:
    """Return the key of a new basket."""
    return unguessable(_KEY_LETTERS)


def posting_key(basket_key: str) -> str:
    """Return the key a basket is posted under."""
    return f"till:{basket_key[:_KEY_LETTERS]}"


def selling_stores(session: Session, day: date) -> list[StorePlace]:
    """Return the open stores in which whoever acts may sell, by code."""
    scope = current_scope()
    own = [store for store in places(session).values() if scope.may_write(store.id) and store.is_open(day)]
    return sorted(own, key=lambda store: store.code)


def sale_request(basket: Basket, *, cashier: str, told: int | None = None) -> SaleRequest:
    """Return what sales is asked; `told` are the fen the customer was told, which are then paid in one way."""
    return SaleRequest(
        store_id=basket.store_id,
        lines=tuple(SaleLine(line.product, line.quantity) for line in basket.lines),
        member_id=basket.member_id,
        enrol=_profile(basket),
        vouchers=tuple(basket.vouchers),
        payments=(Payment(basket.payment, told),) if told else (),
        cashier=cashier,
        told=told,
        hold=Hold(*basket.hold) if basket.hold else None,
    )


#: What is asked of somebody whose file was begun before; the rest is in it.
_OF_PROSPECTS = ("name", "birthday", "birthday_lunar", "birthday_declined")


def _profile(basket: Basket) -> dict[str, Any] | None:
    """Return the profile of who becomes a member with the receipt, None where nobody does."""
    if basket.enrol is None:
        return None
    known = basket.member_id is not None
    profile: dict[str, Any] = {n: v for n, v in basket.enrol.items() if v and not (known and n not in _OF_PROSPECTS)}
    if "birthday" in profile:
        profile["birthday"] = read_day(profile["birthday"])
    profile |= {name: True for name in ("birthday_lunar", "birthday_declined") if name in profile}
    if "referrer_id" in profile:
        profile["referrer_id"] = int(profile["referrer_id"])
    return profile


def read_day(typed: str) -> date:
    """Return the day that was typed; refuses with NotADay."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise NotADay(typed=typed) from None


def rehearse_enrolment(session: Session, *, basket: Basket, by: str, now: datetime) -> None:
    """Go through the enrolment that the checkout will do, in a session that is not committed.

    Refuses with all that `membership.enrol` or `membership.activate` and the issue of a card refuse.
    """
    profile = _profile(basket) or {}
    if basket.member_id is None:
        membership.enrol(session, store_id=basket.store_id, now=now, by=by, **{"name": "", **profile})
        return
    known = till_members(session, [basket.member_id]).get(basket.member_id)
    if known is not None and known.status == "prospect":
        membership.activate(session, member_id=known.id, now=now, by=by, **profile)
    membership.issue_card(session, member_id=basket.member_id, store_id=basket.store_id, now=now, by=by)
