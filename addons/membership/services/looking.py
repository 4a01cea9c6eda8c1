"""Looking up a member at a till, with who asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from addons.membership.models import Lookup
from addons.membership.queries import TillMember, at_till
from addons.membership.services.errors import OtherStoresClosed
from addons.membership.services.members import normal_phone
from addons.stores.queries import place
from core import settings
from core.db.scope import current_scope, require_store
from core.errors import Invalid
from core.ledger.entry import write_entries


def identify(
    session: Session, *, store_id: int, by: str, now: datetime, card: str | None = None, phone: str | None = None
) -> TillMember | None:
    """Return the member who presents a card or a phone number in a store, whichever store is theirs (C31).

    Contact data is masked, and who asked for whom is kept. Refuses with BadPhone, Invalid without card and phone,
    OutOfScope for a store that is not one's own, OtherStoresClosed where stores serve their own members only.
    """
    require_store(store_id, write=True)
    if not card and not phone:
        raise Invalid(field="card", problem="a card or a phone number is needed")
    at = place(session, store_id)
    number = None if card else normal_phone(phone or "", at.market)
    found = at_till(session, at.brand_id, card=card.strip() if card else None, phone=number)
    how = "card" if card else "phone"
    note_lookup(session, store_id=store_id, member_id=found.id if found else None, how=how, by=by, now=now)
    is_elsewhere = found is not None and not current_scope().may_read(found.store_id)
    if is_elsewhere and settings.value(session, "membership.other_stores") == "closed":
        raise OtherStoresClosed
    return found


def note_lookup(session: Session, *, store_id: int, member_id: int | None, how: str, by: str, now: datetime) -> None:
    """Keep that somebody in a store looked for a member by "card", "phone" or a "number" (C31)."""
    row = {"store_id": store_id, "member_id": member_id, "how": how, "by": by, "at": now}
    write_entries(session, Lookup.__table__, [row])
