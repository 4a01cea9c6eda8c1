"""People and card segments for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from addons.membership import services
from addons.membership.models import Card, Member
from addons.stores.models import Store
from addons.stores.tests.world import found

NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
TIERS = ("ordinary", "gold", "diamond")
_numbers = count(13_800_000_000)


def phone() -> str:
    """A mobile number that nobody has yet."""
    return f"+86{next(_numbers)}"


def open_shop(session: Session) -> dict[str, Store]:
    """Stores with a hundred card numbers for each tier."""
    stores = found(session)
    for place, store in enumerate(stores.values(), 1):
        for step, tier in enumerate(TIERS, 1):
            first = 60_000_000 + place * 100_000 + step * 1000
            services.open_segment(session, store_id=store.id, tier=tier, first=first, last=first + 99)
    return stores


def member(session: Session, store: Store, **details: Any) -> Member:
    """An active member without a card."""
    name, birthday = details.pop("name", "王小明"), details.pop("birthday", date(1990, 10, 1))
    row = services.register_prospect(
        session, store_id=store.id, phone=details.pop("phone", None) or phone(), now=NOW, **details
    )
    return services.activate(session, member_id=row.id, name=name, birthday=birthday, now=NOW, by="till")


def card(session: Session, row: Member, **more: Any) -> Card:
    """The activated card of a member."""
    issued = services.issue_card(session, member_id=row.id, store_id=row.store_id, now=NOW, by="till", **more)
    return services.activate_card(session, card_id=issued.id, now=NOW, by="till")
