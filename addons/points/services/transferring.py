"""Points within a family, where headquarters lets families share them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.points import queries
from addons.points.models import Transfer
from addons.points.services.freeing import pay_debts
from addons.points.services.moving import moved_lot
from addons.points.services.posting import Movement, insert_lots, lock, write
from addons.points.services.refusals import InsufficientPoints, NotOneFamily, PoolIsOff, TransferTooLarge
from addons.points.services.taking import taken_in_order
from core import settings
from core.db.scope import require_store, system_scope
from core.db.statement import Statement
from core.errors import Invalid
from core.ledger.entry import write_entries
from core.periods import local_day

_T, _M = Transfer.__table__, Member.__table__
# Over the bare table: somebody of the family may belong to another store.
_FAMILY = Statement(
    select(_M.c.family_id).where(_M.c.id == bindparam("b_member"), _M.c.status == "active", _M.c.family_id.is_not(None))
)


class Transferred(NamedTuple):
    """Points that changed hands, and what both can spend now."""

    points: int
    left: int
    balance: int


def transfer(
    session: Session, *, from_id: int, into_id: int, points: int, store_id: int, by: str, now: datetime
) -> Transferred:
    """Give points to somebody of one's family; they keep their days, and what was a purchase can become vouchers.

    Refuses with PoolIsOff, OutOfScope, Invalid for no points, NotOneFamily, InsufficientPoints, TransferTooLarge
    beyond what may be given in a month, MonthIsClosed.
    """
    require_store(store_id, write=True)
    if not settings.value(session, "points.family_transfers"):
        raise PoolIsOff
    if points < 1:
        raise Invalid(field="points", problem="at least one point")
    if from_id == into_id or not _is_one_family(session, from_id, into_id):
        raise NotOneFamily
    held = lock(session, [from_id, into_id])
    if not _is_one_family(session, from_id, into_id):  # one may have left, or be part of another file, before
        raise NotOneFamily
    balance = held[from_id].balance
    if balance < points:
        raise InsufficientPoints(wanted=points, balance=balance)
    _check_month(session, from_id, points, now)
    row = {"from_id": from_id, "into_id": into_id, "store_id": store_id, "points": points, "kind": None, "by": by}
    write_entries(session, _T, [{**row, "day": local_day(now), "at": now}])
    gone = Movement(
        from_id,
        store_id,
        0,
        "transfer",
        "available",
        "transferred",
        points,
        local_day(now),
        now,
        ref=f"member:{into_id}",
    )
    movements = _both_ways(session, taken_in_order(session, gone), into_id)
    write(session, movements, held)
    accounts = pay_debts(session, movements, held)
    return Transferred(points, accounts[from_id].balance, accounts[into_id].balance)


def _is_one_family(session: Session, from_id: int, into_id: int) -> bool:
    family = _FAMILY.scalar(session, b_member=from_id)
    return family is not None and family == _FAMILY.scalar(session, b_member=into_id)


def _check_month(session: Session, from_id: int, points: int, now: datetime) -> None:
    day = local_day(now)
    most: int = settings.value(session, "points.transfer_monthly")
    left = max(0, most - queries.given_since(session, from_id, day.replace(day=1)))
    if points > left:
        raise TransferTooLarge(points=points, left=left)


def _both_ways(session: Session, gone: list[Movement], into_id: int) -> list[Movement]:
    lots = queries.lots_by_id(session, [movement.lot_id for movement in gone])
    rows = [moved_lot(lots[movement.lot_id], into_id, movement.points, None) for movement in gone]
    with system_scope("a lot stays the store's that gave its points"):
        pairs = list(zip(gone, insert_lots(session, rows), strict=True))
    come = [
        movement._replace(
            member_id=into_id,
            lot_id=lot_id,
            from_state="transferred",
            to_state="available",
            ref=f"member:{movement.member_id}",
        )
        for movement, lot_id in pairs
    ]
    return [*gone, *come]
