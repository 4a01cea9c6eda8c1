"""What a return means for the tier: steps that credit led to, which is no longer there."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.tiers import domain, models, queries
from addons.tiers.queries import Undoing
from addons.tiers.services.moving import Move, TierChanged, move
from core.db.scope import require_store
from core.errors import NotFound
from rules.decide import Program

_T, _G = models.TierChange.__table__, models.Grant.__table__
_WITHDRAW = update(_T).where(_T.c.id == bindparam("b_id")).values(withdrawn_at=bindparam("b_now"))


def reassess(
    session: Session, *, member_id: int, store_id: int, day: date, now: datetime, program: Program, keep: bool
) -> TierChanged | None:
    """Withdraw the steps that credit led to which was taken back since; call it after `uncredit`, in the same posting.

    A step stands if what is left was enough on its own day, on the day of a later purchase, or is enough today. One
    that waits for its card is cancelled. One that holds is left to the member with `keep` (the setting
    tiers.on_return); without, she steps down to where the first withdrawn step began. Tiers that were granted or came
    with a merged member stay. Every withdrawn step remains in the history.
    Returns where she stood and stands; None if all stands, or is kept.
    Refuses with NotFound for no such member, OutOfScope for a store that may not be written.
    """
    require_store(store_id, write=True)
    member = queries.lock_members(session, [member_id]).get(member_id)
    if member is None:
        raise NotFound(what="member", which=str(member_id))
    undone = queries.undoing(session, member, day, now, program, keep=keep)
    if undone is None or not undone.withdrawn:
        return None
    rows = [{"b_id": step.id, "b_now": now} for step in undone.withdrawn]
    session.connection().execute(_WITHDRAW, rows)
    _lead_grants_back(session, member_id, undone)
    if undone.lowers:
        move(session, Move(member_id, store_id, member.tier, undone.base, "return"), now)
    return TierChanged(member_id, store_id, undone.before, undone.after, undone.rule, day, converted=undone.lowers)


def _lead_grants_back(session: Session, member_id: int, undone: Undoing) -> None:
    """Let a running grant end no higher than where the member would stand without the withdrawn steps."""
    higher = [tier for tier in domain.LADDER if domain.above(tier, undone.base)]
    running = (_G.c.member_id == member_id) & (_G.c.state == "approved") & _G.c.tier_before.in_(higher)
    session.connection().execute(update(_G).where(running).values(tier_before=undone.base))
