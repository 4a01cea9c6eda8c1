"""The points of a family whose members agreed to spend them together, where their brand lets families do so.

Over bare tables: somebody of the family may belong to another store.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, select
from sqlalchemy.orm import Session

from addons.membership.models import Consent, Member
from addons.membership.queries import survivor
from addons.points.models import Entry, Hold, HoldPart, Lot
from addons.points.queries.lots import FIRST_TO_EXPIRE, exchangeable, window
from addons.points.queries.state import PointsState, state_many
from addons.stores.models import Brand
from core.db.listed import any_of
from core.db.scope import brand_wide
from core.db.statement import Statement

_B, _C, _E, _H, _L, _P = (model.__table__ for model in (Brand, Consent, Entry, Hold, Lot, HoldPart))
_M = Member.__table__
_ME, _OTHER = _M.alias("me"), _M.alias("other")
#: How entries name whose points were drawn, and who got back what was not spent.
DRAWN, BACK = "drawn:", "back:"


class FamilyLot(NamedTuple):
    """Points of somebody of the family that can be spent."""

    id: int
    member_id: int
    remaining: int


def _agreed(member_id: ColumnElement[int]) -> ScalarSelect[bool]:
    """Return the last answer of a member to spending points with her family."""
    answers = select(_C.c.given).where(_C.c.member_id == member_id, _C.c.purpose == "family_points")
    return answers.order_by(_C.c.id.desc()).limit(1).scalar_subquery()


_POOL = Statement(
    select(_OTHER.c.id)
    .join_from(_ME, _B, (_B.c.id == _ME.c.brand_id) & _B.c.pools_points)
    .join(_OTHER, (_OTHER.c.family_id == _ME.c.family_id) & (_OTHER.c.brand_id == _ME.c.brand_id))
    .where(_ME.c.id == bindparam("b_member"), _OTHER.c.id != _ME.c.id)
    .where(_ME.c.status == "active", _OTHER.c.status == "active", _agreed(_ME.c.id), _agreed(_OTHER.c.id))
    .order_by(_OTHER.c.id)
)
_LOTS = (
    select(_L.c.id, _L.c.member_id, _L.c.remaining)
    .where(any_of(_L.c.member_id, "b_members"), _L.c.remaining > 0)
    .order_by(*FIRST_TO_EXPIRE)
)
_OPEN, _PURCHASE = Statement(_LOTS), Statement(_LOTS.where(exchangeable()))
_CAME = (_E.c.kind == "transfer", _E.c.to_state == "available", _E.c.ref.startswith(DRAWN))
_GIVERS = Statement(select(_E.c.lot_id, _E.c.member_id, _E.c.ref).where(any_of(_E.c.lot_id, "b_lots"), *_CAME))
_OF_HOLDS = Statement(
    select(_E.c.lot_id, _E.c.member_id, _E.c.ref)
    .join_from(_H, _P, _P.c.hold_id == _H.c.id)
    .join(_E, _E.c.lot_id == _P.c.lot_id)
    .where(any_of(_H.c.member_id, "b_members"), _H.c.state == "held", *_CAME)
)
_STATUS = Statement(select(_M.c.status).where(_M.c.id == bindparam("b_member")))


@brand_wide("a member's points are good in every store of the brand (C31)")
def pool_of(session: Session, member_id: int) -> list[int]:
    """Return the others of a family whose points a member may spend with her own; nobody where it is not shared."""
    return [other for (other,) in _POOL.all(session, b_member=member_id)]


def family_lots(session: Session, member_ids: Collection[int]) -> list[FamilyLot]:
    """Return what these members can spend: what expires first over all of them comes first."""
    return [FamilyLot(*row) for row in _OPEN.all(session, b_members=list(member_ids))]


def family_purchase_lots(session: Session, member_ids: Collection[int], day: date) -> list[FamilyLot]:
    """Return the purchase points of these members that can become vouchers, what expires first of all of them first."""
    return [FamilyLot(*row) for row in _PURCHASE.all(session, b_members=list(member_ids), **window(day))]


@brand_wide("a member's points are good in every store of the brand (C31)")
def family_has(session: Session, member_id: int, day: date) -> PointsState | None:
    """Return what a member can spend together with her family, her own included; None where nothing is shared.

    Who owes points has what she has: the points of others do not pay her debt.
    """
    others = pool_of(session, member_id)
    if not others:
        return None
    states = state_many(session, [member_id, *others], day)
    own = states[member_id]
    if own.balance < 0:
        return own
    return PointsState(
        own.balance + sum(max(0, states[other].balance) for other in others),
        sum(state.purchase_12m for state in states.values()),
    )


def givers_of(session: Session, lot_ids: Collection[int]) -> dict[int, int]:
    """Return whose points were drawn into these lots, as far as she can take them back: (lot, member)."""
    return _reachable(session, _GIVERS.all(session, b_lots=list(lot_ids))) if lot_ids else {}


def givers_held(session: Session, member_ids: Collection[int]) -> set[int]:
    """Return whose points lie in the holds of these members."""
    return set(_reachable(session, _OF_HOLDS.all(session, b_members=list(member_ids))).values())


def _reachable(session: Session, rows: Collection[tuple[int, int, str]]) -> dict[int, int]:
    found = ((lot_id, owner, survivor(session, int(ref.removeprefix(DRAWN)))) for lot_id, owner, ref in rows)
    return {
        lot_id: giver
        for lot_id, owner, giver in found
        if giver != owner and _STATUS.scalar(session, b_member=giver) in {"prospect", "active"}
    }
