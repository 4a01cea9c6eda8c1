"""The life of a card: issued, activated, lost, replaced, converted, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.membership.domain import step_of
from addons.membership.models import TIERS, Card, Member
from addons.membership.services.errors import (
    CardHeld,
    CardNotIssued,
    CardNotUsable,
    DirectIssue,
    NotActivated,
    NothingToConvert,
    ReasonNeeded,
)
from addons.membership.services.history import find, keep
from addons.membership.services.members import activate, register_prospect
from addons.membership.services.numbers import CardNumber, claim_card_number, draw_card_numbers
from addons.membership.services.quotas import OUT, release_place, take_place
from core import settings
from core.bus import Happened, announce
from core.db.scope import require_store
from core.errors import Invalid, NotFound


def issue_card(
    session: Session,
    *,
    member_id: int,
    store_id: int,
    now: datetime,
    by: str,
    tier: str | None = None,
    number: str | None = None,
) -> Card:
    """Issue the first card of a member (MEM-06): the number at hand, or the next of the store's segment.

    Refuses with NotActivated, CardHeld, DirectIssue above the member's tier (MEM-11), NoCardNumbers,
    CardNumberUnknown, CardNumberUsed, QuotaFull, OutOfScope for a store that is not one's own.
    """
    member = _active(session, member_id)
    held = _card(session, member_id, OUT)
    if held is not None:
        raise CardHeld(number=held.number)
    wanted = tier or member.tier
    if wanted not in TIERS:
        raise Invalid(field="tier", problem=f"{wanted!r} is no tier")
    if step_of(wanted) > step_of(member.tier):
        if not settings.value(session, "membership.direct_issue"):
            raise DirectIssue
        keep(session, member, "tier", wanted, by=by, now=now, reason="issued directly")
    return _issue(session, member, store_id=store_id, tier=wanted, number=number, now=now)


def _active(session: Session, member_id: int) -> Member:
    member = find(session, member_id)
    if member.status != "active":
        raise NotActivated(member=str(member))
    return member


def _card(session: Session, member_id: int, statuses: tuple[str, ...]) -> Card | None:
    wanted = select(Card).where(Card.member_id == member_id, Card.status.in_(statuses)).order_by(Card.id.desc())
    return session.scalars(wanted).first()


def _issue(session: Session, member: Member, *, store_id: int, tier: str, number: str | None, now: datetime) -> Card:
    found = _number(session, store_id, tier, number)
    take_place(session, member.id, member.brand_id, tier=tier, series=found.series, store_id=store_id, now=now)
    return _new_card(session, member.id, found, store_id=store_id, tier=tier, now=now)


def _number(session: Session, store_id: int, tier: str, number: str | None) -> CardNumber:
    if number:
        return claim_card_number(session, store_id=store_id, tier=tier, number=number)
    return draw_card_numbers(session, store_id=store_id, tier=tier)[0]


def _new_card(session: Session, member_id: int, found: CardNumber, **columns: Any) -> Card:
    now = columns.pop("now")
    card = Card(
        member_id=member_id, number=found.number, series=found.series, status="issued", issued_at=now, **columns
    )
    session.add(card)
    session.flush()
    return card


def activate_card(session: Session, *, card_id: int, now: datetime, by: str) -> Card:
    """Activate an issued card; the card in use until then is converted, or replaced if it is of the same tier.

    Refuses with CardNotIssued for a card in any other state, NotFound outside one's stores.
    """
    card = _own(session, card_id)
    member = _active(session, card.member_id)
    if card.status != "issued":
        raise CardNotIssued(number=card.number)
    before = _card(session, member.id, ("active",))
    if before is not None:
        _end(session, before, "replaced" if before.tier == card.tier else "converted", now)
        release_place(session, before, member.brand_id)
    card.status, card.activated_at = "active", now
    session.flush()
    announce(session, Happened("membership.card_activated", {"card_id": card.id, "member_id": member.id, "by": by}))
    return card


def _own(session: Session, card_id: int) -> Card:
    card = session.get(Card, card_id, with_for_update=True, populate_existing=True)
    if card is None:
        raise NotFound(what="card", which=str(card_id))
    require_store(card.store_id, write=True)
    return card


def _end(session: Session, card: Card, status: str, now: datetime) -> None:
    card.status, card.ended_at = status, now
    session.flush()


def report_loss(session: Session, *, card_id: int, now: datetime, by: str) -> Card:
    """Block a card that was lost; it keeps its place until it is replaced or closed.

    Refuses with CardNotUsable if it is out of use already.
    """
    card = _own(session, card_id)
    if card.status not in ("issued", "active"):
        raise CardNotUsable(number=card.number)
    _end(session, card, "lost", now)
    announce(session, Happened("membership.card_lost", {"card_id": card.id, "member_id": card.member_id, "by": by}))
    return card


def replace_card(
    session: Session,
    *,
    card_id: int,
    store_id: int,
    now: datetime,
    by: str,
    number: str | None = None,
) -> Card:
    """Issue another card of the same tier for one that was lost or is worn; the old number is dead at once.

    The new card takes over the place of the old one in every quota, and is activated like any other.
    Refuses with CardNotUsable for a card that is out of use, and as `issue_card` does for the number.
    """
    card = _own(session, card_id)
    member = _active(session, card.member_id)
    if card.status not in OUT:
        raise CardNotUsable(number=card.number)
    _end(session, card, "replaced", now)
    release_place(session, card, member.brand_id)
    found = _number(session, store_id, card.tier, number)
    take_place(session, member.id, member.brand_id, tier=card.tier, series=found.series, store_id=store_id, now=now)
    new = _new_card(session, member.id, found, store_id=store_id, tier=card.tier, now=now, replaces_id=card.id)
    announce(session, Happened("membership.card_replaced", {"card_id": card.id, "by_card": new.id, "by": by}))
    return new


def convert_card(
    session: Session, *, member_id: int, store_id: int, now: datetime, by: str, number: str | None = None
) -> Card:
    """Give a member the card of the tier the member is on now (MEM-12); the old one is converted at once.

    Refuses with NotActivated, NothingToConvert if the card is of that tier already, and as `issue_card` does for the
    number and the quota.
    """
    member = _active(session, member_id)
    held = _card(session, member_id, OUT)
    if held is not None and held.tier == member.tier:
        raise NothingToConvert
    if held is not None and held.status != "active":
        _end(session, held, "converted", now)
        release_place(session, held, member.brand_id)
    card = _issue(session, member, store_id=store_id, tier=member.tier, number=number, now=now)
    return activate_card(session, card_id=card.id, now=now, by=by)


def close_card(session: Session, *, card_id: int, reason: str, now: datetime, by: str) -> Card:
    """Take a card out of use for good and give its place to whoever waits.

    Refuses with ReasonNeeded, CardNotUsable if it is out of use already.
    """
    if not reason.strip():
        raise ReasonNeeded
    card = _own(session, card_id)
    if card.status not in OUT:
        raise CardNotUsable(number=card.number)
    member = find(session, card.member_id)
    _end(session, card, "closed", now)
    release_place(session, card, member.brand_id)
    announce(session, Happened("membership.card_closed", {"card_id": card.id, "reason": reason, "by": by}))
    return card


_BIRTHDAY = ("birthday", "birthday_lunar", "birthday_declined")


def enrol(
    session: Session,
    *,
    store_id: int,
    phone: str,
    name: str,
    now: datetime,
    by: str,
    number: str | None = None,
    **details: Any,
) -> Card:
    """Take a customer from nothing to an activated points card in one step, as at the first purchase (MEM-08).

    `details` are those of `register_prospect` and `birthday`, `birthday_lunar`, `birthday_declined`; refuses what its
    steps refuse.
    """
    born = {name: details.pop(name) for name in _BIRTHDAY if name in details}
    member = register_prospect(session, store_id=store_id, phone=phone, name=name, now=now, **details)
    activate(session, member_id=member.id, now=now, by=by, **born)
    card = issue_card(session, member_id=member.id, store_id=store_id, number=number, now=now, by=by)
    return activate_card(session, card_id=card.id, now=now, by=by)
