"""What merging two members and erasing one mean for their tiers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers import domain, models, queries
from addons.tiers.queries import Locked
from addons.tiers.services.moving import Move, move
from core.addons.person import PersonHooks
from core.ledger.entry import write_entries

_C, _T, _G = models.Credit.__table__, models.TierChange.__table__, models.Grant.__table__
_M = Member.__table__


def _merge(session: Session, from_member: int, into_member: int, now: datetime) -> None:
    """Move the credit by entries of its own, so that the history stays; the higher tier holds."""
    members = queries.lock_members(session, [from_member, into_member])
    into, other = members[into_member], members[from_member]
    _move_credit(session, from_member, into_member, now)
    holds = max(into.tier, other.tier, key=domain.height)
    _move_grants(session, other, into)
    _move_steps(session, other, into, holds, now)
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


def _move_steps(session: Session, other: Locked, into: Locked, holds: str, now: datetime) -> None:
    """Move the steps that wait for a card; one that leads no higher than she stands anyway is withdrawn."""
    connection = session.connection()
    waiting = queries.waiting_many(session, [into.member_id])
    stands = max(holds, waiting.get(into.member_id, holds), key=domain.height)
    higher = [tier for tier in domain.LADDER if domain.above(tier, stands)]
    waits = queries.WAITS & (_T.c.member_id == other.member_id)
    connection.execute(update(_T).where(waits, _T.c.tier_after.not_in(higher)).values(withdrawn_at=now))
    connection.execute(update(_T).where(waits).values(member_id=into.member_id))
    own = queries.WAITS & (_T.c.member_id == into.member_id)
    above = [tier for tier in domain.LADDER if domain.above(tier, holds)]
    connection.execute(update(_T).where(own, _T.c.tier_after.not_in(above)).values(withdrawn_at=now))


def _move_grants(session: Session, other: Locked, into: Locked) -> None:
    """Move grants; those that run lead back to the higher of the tiers that both members have of their own."""
    connection = session.connection()
    running = select(_G.c.member_id, _G.c.tier_before).join(_M, _M.c.id == _G.c.member_id)
    running = running.where(_G.c.member_id.in_((other.member_id, into.member_id)), _G.c.state == "approved")
    before = dict(connection.execute(running.where(_G.c.tier == _M.c.tier)).all())
    own = max((before.get(each.member_id, each.tier) for each in (other, into)), key=domain.height)
    connection.execute(update(_G).where(_G.c.member_id == other.member_id).values(member_id=into.member_id))
    lower = [tier for tier in ("", *domain.LADDER) if domain.above(own, tier)]
    runs = (_G.c.member_id == into.member_id) & (_G.c.state == "approved") & _G.c.tier_before.in_(lower)
    connection.execute(update(_G).where(runs).values(tier_before=own))


def _erase(session: Session, member: int, _now: datetime) -> None:
    """A grant's reason may speak of the person; the ledger itself names nobody."""
    session.connection().execute(update(_G).where(_G.c.member_id == member).values(reason="-"))


PERSON = PersonHooks(merge=_merge, erase=_erase)
