"""Who is to be reviewed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.tiers.models import Credit
from addons.tiers.queries.credit import credit_many, window

_C, _M = Credit.__table__, Member.__table__


class Reviewed(NamedTuple):
    """A member to be reviewed."""

    member_id: int
    store_id: int
    tier: str
    credit: int
    points: int


def to_review(session: Session, brand_id: int, day: date, after_id: int, limit: int) -> list[Reviewed]:
    """Return the next members of a brand with credit in the window, in the order of their ids."""
    opens = window(session).opens(day)
    bought = exists().where(_C.c.member_id == _M.c.id, _C.c.day >= opens, _C.c.day <= day)
    found = (
        select(_M.c.id, _M.c.store_id, _M.c.tier)
        .where(_M.c.brand_id == brand_id, _M.c.status == "active", _M.c.tier != "", _M.c.id > after_id, bought)
        .order_by(_M.c.id)
        .limit(limit)
    )
    rows = session.connection().execute(found).all()
    counted = credit_many(session, [row.id for row in rows], day) if rows else {}
    return [Reviewed(row.id, row.store_id, row.tier, *counted[row.id]) for row in rows]
