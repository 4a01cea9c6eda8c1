"""Members as tills find them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from addons.membership.queries import TillMember
from addons.membership.services import identify, register_prospect
from addons.pos import queries
from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from addons.stores.queries import place
from core.db.posting import Operation, Posted
from core.db.scope import brand_wide
from core.db.session import reading, work
from core.errors import NotFound, Refusal
from core.periods import local_day


class Found(NamedTuple):
    """A member, and what the till shows."""

    member_id: int
    summary: dict[str, Any]


def find_member(*, till: KnownTill, now: datetime, card: str | None = None, phone: str | None = None) -> Found:
    """Find the member of the brand who presents an exact card number or a full phone number (C31).

    Who asked is kept, also when nobody was found or the member may not be shown. Refuses with NotFound, BadPhone,
    OtherStoresClosed.
    """
    with brand_wide("whoever presents a card is served in every store (C31)"), work() as session:
        found = _identify(session, till, now, card, phone)
    if isinstance(found, Refusal):
        raise found
    if found is None:
        raise NotFound(what="member", which=card or phone or "")
    with reading() as session:
        day = local_day(now, place(session, till.store_id).zone)
        return Found(found.id, queries.member_summary(session, found, day))


def _identify(
    session: Session, till: KnownTill, now: datetime, card: str | None, phone: str | None
) -> TillMember | Refusal | None:
    """Return the refusal instead of raising it: the note of who asked must be committed."""
    try:
        return identify(session, store_id=till.store_id, by=f"pos {till.name}", now=now, card=card, phone=phone)
    except Refusal as refusal:
        return refusal


def begin_file(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Begin the file of a customer from a phone number, once under the till's own key; the answer names her key.

    Refuses with BadPhone, PhoneTaken, ProgrammeOff, NotFound for the referrer, KeyReused for another body.
    """
    operation = Operation("pos.member", own_key(till, key), plain(asked))
    given = {("referrer_id" if name == "referrer" else name): value for name, value in asked.items()}

    def command(session: Session) -> dict[str, Any]:
        member = register_prospect(session, store_id=till.store_id, now=now, **given)
        return {"member_id": member.id, "number": member.number, "status": member.status}

    return post_own(operation, command, key)
