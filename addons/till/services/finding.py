"""Finding the customer who stands at the till."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from addons.membership.domain import phone_number
from addons.membership.models import Member
from addons.membership.queries import TillMember
from addons.membership.services import identify
from addons.stores.queries import place
from addons.till.domain import compact, looks_like_number
from addons.till.queries import members_like


class Found(NamedTuple):
    """Who was found: one customer, or several of one's own stores, or nobody with a phone number to begin with."""

    member: TillMember | None = None
    several: tuple[Member, ...] = ()
    phone: str = ""


def find_customer(session: Session, *, store_id: int, typed: str, by: str, now: datetime) -> Found:
    """Find by a whole phone or card number any member of the brand, masked and kept (C31); by name only one's own.

    Refuses with OutOfScope for a store that may not be written, OtherStoresClosed where headquarters says so.
    """
    at = place(session, store_id)
    phone = ""
    if looks_like_number(typed):
        number = compact(typed)
        phone = _phone(number, at.market)
        kinds = (({"phone": number},) if phone else ()) + ({"card": number},)
        for kind in kinds:
            member = identify(session, store_id=store_id, by=by, now=now, **kind)
            if member is not None:
                return Found(member)
    return Found(None, tuple(members_like(session, at.brand_id, typed)), phone)


def _phone(number: str, market: str) -> str:
    try:
        return phone_number(number, market)
    except ValueError:
        return ""
