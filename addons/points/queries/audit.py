"""The ledger counted again: every balance against its entries and its lots, set by set, in SQL.

Over bare tables of the whole programme. Nothing is changed: what does not agree is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from addons.points.domain import OWN
from addons.points.models import Account, Entry, Hold, HoldPart, Lot, Review
from addons.points.queries.closed import closed_figures
from core.ledger.books import Finding
from rules.vocabulary import Text

_A, _L, _E = Account.__table__, Lot.__table__, Entry.__table__
_H, _P, _Q = Hold.__table__, HoldPart.__table__, Review.__table__

ACCOUNT = Text("會員帳戶與分錄不符", "会员账户与分录不符", "The account is not the sum of its entries")
ACCOUNT_LOTS = Text("會員帳戶與批次不符", "会员账户与批次不符", "The account is not the sum of its lots")
NO_ACCOUNT = Text("有分錄而無帳戶", "有分录而无账户", "Entries without an account")
GAP = Text("分錄編號不連續", "分录编号不连续", "Numbers of entries are missing")
RUNNING = Text("變動後餘額不符", "变动后余额不符", "The balance after an entry is wrong")
LOT = Text("批次與分錄不符", "批次与分录不符", "The lot is not the sum of its entries")
REVERSED = Text("批次的收回數不符", "批次的收回数不符", "The lot has another sum taken back")
RESERVED = Text("批次的保留數與收銀保留不符", "批次的保留数与收银保留不符", "The lot holds another sum than tills do")
DEBT = Text("欠分與可用積分並存", "欠分与可用积分并存", "A debt beside points that can be spent")
UNBALANCED = Text("應歸零的科目不為零", "应归零的科目不为零", "An account that must be nothing is not")
QUEUE = Text("待裁定數與清單不符", "待裁定数与清单不符", "The queue is not the sum of its claims")
CLOSED = Text("已結帳月份的數字變了", "已结账月份的数字变了", "The figures of a closed month are others now")


def audit(session: Session) -> Iterator[Finding]:
    """Yield what does not agree in the ledger, in no order; nothing where all of it does."""
    for table, problem, wanted in _CHECKS:
        for key, expected, found in session.connection().execute(wanted):
            yield Finding(table, str(key), problem, str(expected), str(found))
    yield from _accounts(session)
    yield from _lots(session)
    yield from closed_figures(session, CLOSED)


# --- sums of entries -----------------------------------------------------------------------------------------------


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, _E.c.points), else_=0)), 0)


def _in(state: str) -> ColumnElement[Any]:
    """Return what entries leave in a state."""
    return _sum(_E.c.to_state == state) - _sum(_E.c.from_state == state)


_HAND = ("available", "reserved")
_COMES = and_(_E.c.to_state.in_(_HAND), _E.c.from_state.not_in((*_HAND, "settled")))
_GOES = and_(_E.c.from_state.in_(_HAND), _E.c.to_state.not_in((*_HAND, "settled")))
_OF_MEMBER = (
    select(
        _E.c.member_id,
        *(_in(state).label(state) for state in OWN),
        _sum(_COMES).label("earned"),
        _sum(_GOES).label("spent"),
        func.count().label("entries"),
        func.max(_E.c.number).label("last"),
    )
    .group_by(_E.c.member_id)
    .subquery()
)
_OUT = _E.c.from_state == "available"
_CAME = _E.c.from_state.in_(("issued", "adjusted", "transferred"))
_OF_LOT = (
    select(
        _E.c.lot_id,
        *(_in(state).label(state) for state in OWN),
        _sum(_CAME).label("came"),
        _sum(and_(_OUT, _E.c.to_state != "settled")).label("went"),
    )
    .group_by(_E.c.lot_id)
    .subquery()
)

# --- accounts and lots, counter by counter ---------------------------------------------------------------------------

_ACCOUNT = {"balance": "available", "pending": "pending", "reserved": "reserved", "earned": "earned"}
_ACCOUNT |= {"spent": "spent", "entries": "entries"}
_LOT = {"pending": "pending", "remaining": "available", "reserved": "reserved"}


def _accounts(session: Session) -> Iterator[Finding]:
    yield from _differences(session, _A, _A.c.member_id, _OF_MEMBER, _OF_MEMBER.c.member_id, ACCOUNT, _ACCOUNT)
    lots = select(_L.c.member_id, *(func.sum(_L.c[name]).label(name) for name in _LOT)).group_by(_L.c.member_id)
    own = lots.subquery()
    counters = {"balance": "remaining", "pending": "pending", "reserved": "reserved"}
    yield from _differences(session, _A, _A.c.member_id, own, own.c.member_id, ACCOUNT_LOTS, counters)


def _lots(session: Session) -> Iterator[Finding]:
    yield from _differences(session, _L, _L.c.id, _OF_LOT, _OF_LOT.c.lot_id, LOT, _LOT)


def _differences(  # noqa: PLR0917 - two tables, their keys, what is said and which columns
    session: Session,
    table: FromClause,
    key: ColumnElement[Any],
    sums: FromClause,
    sums_key: ColumnElement[Any],
    problem: Text,
    counters: Mapping[str, str],
) -> Iterator[Finding]:
    """Yield the counters of a table that are not what its sums say; without a sum they must be nothing."""
    counted = {name: func.coalesce(sums.c[other], 0) for name, other in counters.items()}
    wanted = select(key, *(value for name in counters for value in (counted[name], table.c[name])))
    wanted = wanted.select_from(table.outerjoin(sums, sums_key == key))
    for row in session.connection().execute(wanted.where(or_(*(table.c[n] != counted[n] for n in counters)))):
        pairs = zip(counters, row[1::2], row[2::2], strict=True)
        wrong = [(name, expected, found) for name, expected, found in pairs if expected != found]
        expected = ", ".join(f"{name} {value}" for name, value, _ in wrong)
        yield Finding(str(table), str(row[0]), problem, expected, ", ".join(f"{n} {value}" for n, _, value in wrong))


# --- the others: key, expected, found --------------------------------------------------------------------------------

_NOTHING, _WHOLE = literal(0), literal("")
_NO_ACCOUNT: Select[Any] = (
    select(_OF_MEMBER.c.member_id, _OF_MEMBER.c.entries, _NOTHING)
    .select_from(_OF_MEMBER.outerjoin(_A, _A.c.member_id == _OF_MEMBER.c.member_id))
    .where(_A.c.member_id.is_(None))
)
_GAP: Select[Any] = select(_OF_MEMBER.c.member_id, _OF_MEMBER.c.entries, _OF_MEMBER.c.last).where(
    _OF_MEMBER.c.entries != _OF_MEMBER.c.last
)
_CHANGE = case((_E.c.to_state == "available", _E.c.points), (_OUT, -_E.c.points), else_=0)
_RUN = select(
    _E.c.id,
    func.sum(_CHANGE).over(partition_by=_E.c.member_id, order_by=_E.c.number).label("counted"),
    _E.c.balance_after,
).subquery()
_RUNNING: Select[Any] = select(_RUN.c.id, _RUN.c.counted, _RUN.c.balance_after).where(
    _RUN.c.counted != _RUN.c.balance_after
)
_OPENED: Select[Any] = (
    select(_L.c.id, case((_L.c.points < 0, -_OF_LOT.c.went), else_=_OF_LOT.c.came), _L.c.points)
    .select_from(_L.outerjoin(_OF_LOT, _OF_LOT.c.lot_id == _L.c.id))
    .where(func.coalesce(case((_L.c.points < 0, -_OF_LOT.c.went), else_=_OF_LOT.c.came), 0) != _L.c.points)
)
_ORIGIN = func.coalesce(_L.c.origin_id, _L.c.id)
_BACK = (
    select(_ORIGIN.label("lot_id"), func.sum(_E.c.points).label("points"))
    .join_from(_E, _L, _L.c.id == _E.c.lot_id)
    .where(_E.c.to_state == "reversed")
    .group_by(_ORIGIN)
    .subquery()
)
_TAKEN_BACK: Select[Any] = (
    select(_L.c.id, func.coalesce(_BACK.c.points, 0), _L.c.reversed)
    .select_from(_L.outerjoin(_BACK, _BACK.c.lot_id == _L.c.id))
    .where(_L.c.points >= 0, func.coalesce(_BACK.c.points, 0) != _L.c.reversed)
)
_HOLDING = (
    select(_P.c.lot_id, func.sum(_P.c.points).label("points"))
    .join_from(_P, _H, _H.c.id == _P.c.hold_id)
    .where(_H.c.state == "held")
    .group_by(_P.c.lot_id)
    .subquery()
)
_HELD: Select[Any] = (
    select(_L.c.id, func.coalesce(_HOLDING.c.points, 0), _L.c.reserved)
    .select_from(_L.outerjoin(_HOLDING, _HOLDING.c.lot_id == _L.c.id))
    .where(func.coalesce(_HOLDING.c.points, 0) != _L.c.reserved)
)
_OWED: Select[Any] = (
    select(_L.c.member_id, _NOTHING, func.min(_L.c.remaining))
    .where(_L.c.remaining != 0)
    .group_by(_L.c.member_id)
    .having(and_(func.min(_L.c.remaining) < 0, func.max(_L.c.remaining) > 0))
)
_SETTLED: Select[Any] = (
    select(_E.c.member_id, _NOTHING, _in("settled")).group_by(_E.c.member_id).having(_in("settled") != 0)
)
_TRANSFERRED: Select[Any] = select(_WHOLE, _NOTHING, _in("transferred")).having(_in("transferred") != 0)
_WAITING = select(func.coalesce(func.sum(_Q.c.points), 0)).where(_Q.c.state.in_(("waiting", "asked")))
_QUEUED: Select[Any] = select(_WHOLE, _WAITING.scalar_subquery(), -_in("queued")).having(
    -_in("queued") != _WAITING.scalar_subquery()
)

_CHECKS: tuple[tuple[str, Text, Select[Any]], ...] = (
    (_E.name, NO_ACCOUNT, _NO_ACCOUNT),
    (_A.name, GAP, _GAP),
    (_E.name, RUNNING, _RUNNING),
    (_L.name, LOT, _OPENED),
    (_L.name, REVERSED, _TAKEN_BACK),
    (_L.name, RESERVED, _HELD),
    (_A.name, DEBT, _OWED),
    (_A.name, UNBALANCED, _SETTLED),
    (_E.name, UNBALANCED, _TRANSFERRED),
    (_Q.name, QUEUE, _QUEUED),
)
