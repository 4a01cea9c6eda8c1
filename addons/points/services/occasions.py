"""What the rules are told of a member who comes by or brings a friend."""

from __future__ import annotations

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember, till_members
from addons.stores.queries import StorePlace
from core.errors import NotFound
from rules.event import Place
from rules.vocabulary import Value


def found_member(session: Session, member_id: int) -> TillMember:
    """Return a member of whichever store: she may visit and bring friends everywhere (C31).

    Refuses with NotFound.
    """
    member = till_members(session, [member_id]).get(member_id)
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    return member


def about(member: TillMember) -> dict[str, Value]:
    """Return the facts of a member."""
    return {
        "member.present": True,
        "member.tier": member.tier or "none",
        "member.card_active": member.card_status == "active",
        "member.is_staff": member.is_staff,
    }


def codes_of(place: StorePlace) -> Place:
    """Return where it happens, as rules name it."""
    return Place(place.brand_code, place.region, place.franchisee, place.format, place.code)
