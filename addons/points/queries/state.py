"""What members have, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.points.models import Account, Lot
from addons.points.queries.lots import exchangeable, window
from core.db.listed import any_of
from core.db.scope import brand_wide
from core.db.statement import Statement

_A, _L = Account.__table__, Lot.__table__


class PointsState(NamedTuple):
    """What the rules ask about: the balance, and the purchase points of 12 months that can become vouchers (C17)."""

    balance: int
    purchase_12m: int


NOTHING = PointsState(0, 0)

_STATES = Statement(
    select(
        _A.c.member_id,
        _A.c.balance,
        select(func.coalesce(func.sum(_L.c.remaining), 0))
        .where(_L.c.member_id == _A.c.member_id, _L.c.remaining != 0, exchangeable())
        .scalar_subquery(),
    ).where(any_of(_A.c.member_id, "b_members"))
)


@brand_wide("a member's points are good in every store of the brand (C31)")
def state_many_ahead(session: Session, member_ids: Sequence[int], day: date) -> None:
    """Let the database begin with what `state_many` asks."""
    _STATES.look_ahead(session, b_members=member_ids, **window(day))


def state_many(session: Session, member_ids: Sequence[int], day: date) -> dict[int, PointsState]:
    """Return balance and exchangeable points on a day; members without an account have nothing."""
    rows = _STATES.all(session, b_members=member_ids, **window(day))
    states = {member: PointsState(balance, max(0, min(int(opened), balance))) for member, balance, opened in rows}
    return {member: states.get(member, NOTHING) for member in member_ids}
