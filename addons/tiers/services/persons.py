"""What merging two members and erasing one mean for their tiers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain, models, queries
from addons.tiers.services.moving import Move, move
from core.addons.person import PersonHooks
from core.ledger.entry import write_entries

_C, _T, _G = models.Credit.__table__, models.TierChange.__table__, models.Grant.__table__
_M = Member.__table__


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move the credit by entries of its own, so that the history stays; the higher tier holds."""
    tiers = queries.lock_members(session, [from_member, into_member])
    _move_credit(session, from_member, into_member, now)
    _move_steps(session, from_member, into_member, now)
    into, other = tiers[into_member], tiers[from_member]
    if domain.above(other.tier, into.tier):
        move(session, Move(into_member, into.store_id, into.tier, other.tier, "merge"), now)


def _move_credit(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move every receipt that still counts, so that its goods can come back later (one entry out, one in)."""
    connection = session.connection()
    of = select(_C.c.receipt_id).where(_C.c.member_id == from_member).distinct()
    stores = select(_C.c.receipt_id, _C.c.store_id).where(_C.c.receipt_id.in_(of), _C.c.number == 1)
    at: dict[int, int] = dict(connection.execute(stores).all())
    rows: list[dict[str, Any]] = []
    for credit in queries.held(session, sorted(at)).values():
        if credit.member_id != from_member or not (credit.amount_left or credit.points_left):
            continue
        for member_id, sign, number in ((from_member, -1, credit.number + 1), (into_member, 1, credit.number + 2)):
            left = 0 if sign < 0 else 1
            rows.append({
                "member_id": member_id,
                "store_id": at[credit.receipt_id],
                "receipt_id": credit.receipt_id,
                "number": number,
                "kind": "merge",
                "day": credit.day,
                "sold_at": credit.sold_at,
                "amount": sign * credit.amount_left,
                "points": sign * credit.points_left,
                "amount_left": left * credit.amount_left,
                "points_left": left * credit.points_left,
                "at": now,
            })  # fmt: skip
    write_entries(session, _C, rows)


def _move_steps(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move grants, and the steps that wait for a card; who waits for the same tier already does so once."""
    connection = session.connection()
    connection.execute(update(_G).where(_G.c.member_id == from_member).values(member_id=into_member))
    waits = queries.WAITS & (_T.c.member_id == from_member)
    already = select(_T.c.tier_after).where(queries.WAITS, _T.c.member_id == into_member)
    connection.execute(update(_T).where(waits, _T.c.tier_after.in_(already)).values(withdrawn_at=now))
    connection.execute(update(_T).where(waits).values(member_id=into_member))


def _erase(session: Session, member: int, _now: datetime) -> None:
    """A grant's reason may speak of the person; the ledger itself names nobody."""
    session.connection().execute(update(_G).where(_G.c.member_id == member).values(reason="-"))


PERSON = PersonHooks(merge=_merge, erase=_erase)
