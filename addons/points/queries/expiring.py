"""Whose points expire next, so that they hear of it in time (C21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.points.models import Account, Lot
from core.db.scope import brand_wide

_L, _A = Lot.__table__, Account.__table__


class Expiring(NamedTuple):
    """A member whose points expire: how many until the day that was asked for, the first day, and her balance."""

    member_id: int
    number: str
    name: str
    phone: str | None
    store_id: int
    points: int
    first_day: date
    balance: int

    @property
    def member(self) -> str:
        """What people call her: her name, else the number of her file."""
        return self.name or self.number


@brand_wide("a member's points are good in every store of the brand (C31)")
def expiring(session: Session, until: date, limit: int = 500) -> Sequence[Expiring]:
    """Return members of one's stores whose points expire up to a day, those that lose some first before the others."""
    first = func.min(_L.c.expires_on)
    wanted = (
        select(
            Member.id, Member.number, Member.name, Member.phone, Member.store_id,
            func.sum(_L.c.remaining).label("points"), first,
            _A.c.balance,
        )
        .join(_L, _L.c.member_id == Member.id)
        .join(_A, _A.c.member_id == Member.id)
        .where(_L.c.remaining > 0, _L.c.expires_on <= until)
        .group_by(Member.id, _A.c.balance)
        .order_by(first, func.sum(_L.c.remaining).desc(), Member.id)
        .limit(limit)
    )  # fmt: skip
    found = session.execute(wanted).all()
    return [Expiring(*row)._replace(points=int(row.points)) for row in found]
