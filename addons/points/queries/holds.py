"""What tills hold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.points.models import Hold, HoldPart
from core.db.listed import any_of
from core.db.statement import Statement

_H, _P = Hold.__table__, HoldPart.__table__


class HeldPart(NamedTuple):
    """Points of a hold that is open, in one lot."""

    hold_id: int
    member_id: int
    store_id: int
    lot_id: int
    points: int
    ref: str


_OPEN = (
    select(_H.c.id, _H.c.member_id, _H.c.store_id, _P.c.lot_id, _P.c.points, _H.c.ref)
    .join_from(_H, _P, _P.c.hold_id == _H.c.id)
    .where(_H.c.state == "held")
    .order_by(_H.c.id, _P.c.lot_id)
)
_OVERDUE = Statement(_OPEN.where(any_of(_H.c.member_id, "b_members"), _H.c.until <= bindparam("b_now")))
_OF_MEMBER = Statement(_OPEN.where(any_of(_H.c.member_id, "b_members")))
_PARTS = Statement(_OPEN.where(_H.c.id == bindparam("b_hold")))
_OWNERS = Statement(
    select(_H.c.member_id)
    .where(_H.c.state == "held", _H.c.until <= bindparam("b_now"))
    .order_by(_H.c.until, _H.c.id)
    .limit(bindparam("b_limit"))
)


def hold_parts(session: Session, hold_id: int) -> list[HeldPart]:
    """Return the parts of a hold that is open."""
    return [HeldPart(*row) for row in _PARTS.all(session, b_hold=hold_id)]


def held_parts(session: Session, member_ids: Collection[int], *, over_at: datetime | None = None) -> list[HeldPart]:
    """Return the parts of what is held of members; with a moment, of what is held too long by then."""
    if over_at is None:
        found = _OF_MEMBER.all(session, b_members=list(member_ids))
    else:
        found = _OVERDUE.all(session, b_members=list(member_ids), b_now=over_at)
    return [HeldPart(*row) for row in found]


def overdue_owners(session: Session, now: datetime, limit: int) -> list[int]:
    """Return members of whom something is held too long."""
    return [member_id for (member_id,) in _OWNERS.all(session, b_now=now, b_limit=limit)]
