"""Cards at the counter: whoever climbed gets the new card before going home, but for a few who are in a hurry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership import services as membership
from addons.membership.models import Card, Member
from addons.sales.models import Receipt
from addons.tiers import queries as tiers_read
from addons.tiers import services as tiers
from core.db.posting import Operation, post
from core.db.session import reading
from core.periods import moment

_HURRIED = 8  # one in so many asks for the card another day


def convert_cards(chance: Random, day: date, cashiers: Mapping[int, str]) -> None:
    """Convert the cards of those who bought on a day and reached another tier; the same ones for the same chance."""
    with reading() as session:
        due = [(member, store) for member, store in _with_another_card(session, day) if chance.randrange(_HURRIED)]
    if not due:
        return

    def command(session: Session) -> dict[str, Any]:
        waits = tiers_read.waiting_many(session, [member for member, _ in due])
        now = moment(day, time(21, 30))
        for member, store in due:
            convert = tiers.convert_card if member in waits else membership.convert_card
            convert(session, member_id=member, store_id=store, by=cashiers[store], now=now)
        return {"converted": len(due)}

    post(
        Operation("demo.convert", f"demo:convert:{day.isoformat()}", {"members": [member for member, _ in due]}),
        command,
    )


def _with_another_card(session: Session, day: date) -> list[tuple[int, int]]:
    """Return the members who bought on a day and whose card is not of the tier they reached, and the store."""
    bought = (
        select(Member.id, func.min(Receipt.store_id), Member.tier, Card.tier)
        .select_from(Member)
        .join(Receipt, Receipt.member_id == Member.id)
        .join(Card, (Card.member_id == Member.id) & (Card.status == "active"))
        .where(Receipt.day == day)
        .group_by(Member.id, Member.tier, Card.tier)
        .order_by(Member.id)
    )
    rows = session.execute(bought).all()
    reached = tiers_read.waiting_many(session, [row[0] for row in rows]) if rows else {}
    return [(member, store) for member, store, tier, card in rows if reached.get(member, tier) != card]
