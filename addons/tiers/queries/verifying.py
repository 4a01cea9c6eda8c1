"""The credit and the tiers counted again, set by set, in SQL.

Over bare tables of the whole programme. Nothing is changed: what does not agree is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from addons.membership.models import Member, MemberChange
from addons.tiers.domain import LADDER
from addons.tiers.models import CLIMBS, Credit, TierChange
from addons.tiers.queries.standing import WAITS
from core.ledger.books import Finding
from rules.vocabulary import Text

_C, _T, _M, _H = Credit.__table__, TierChange.__table__, Member.__table__, MemberChange.__table__

GAP = Text("此單的分錄編號不連續", "此单的分录编号不连续", "Numbers of entries of the receipt are missing")
RUNNING = Text("此單尚計入的數額不符", "此单尚计入的数额不符", "What the receipt still counts is wrong")
MORE = Text("此單計入多於銷售所給", "此单计入多于销售所给", "The receipt counts more than its sale gave")
MERGED = Text("合併的兩筆分錄不相抵", "合并的两笔分录不相抵", "Entries of a merge do not cancel each other out")
HOLDER = Text("會員在此單的累計為負", "会员在此单的累计为负", "A member holds less than nothing of a receipt")
TIER = Text("會員等級與最後的變動不符", "会员等级与最后的变动不符", "The tier is not that of the last step that holds")
LEAP = Text("升等跳過了一級", "升级跳过了一级", "A step on the ladder was skipped")
IDLE = Text("待轉卡的等級不高於現有等級", "待转卡的等级不高于现有等级", "A step waits for a tier that is held already")


def audit(session: Session) -> Iterator[Finding]:
    """Yield what does not agree, in no order; nothing where all of it does."""
    for table, problem, wanted in _CHECKS:
        for key, expected, found in session.connection().execute(wanted):
            yield Finding(table.name, str(key), problem, str(expected), str(found))


# --- receipts: key, expected, found ----------------------------------------------------------------------------------

_COUNTED = (
    select(
        func.max(_C.c.id).label("last"),
        func.count().label("entries"),
        func.max(_C.c.number).label("number"),
        func.sum(case((_C.c.kind == "merge", _C.c.amount), else_=0)).label("merged"),
        func.sum(case((_C.c.kind == "merge", _C.c.points), else_=0)).label("merged_points"),
    )
    .group_by(_C.c.receipt_id)
    .subquery()
)
_GAP = select(_COUNTED.c.last, _COUNTED.c.entries, _COUNTED.c.number).where(_COUNTED.c.entries != _COUNTED.c.number)
_MERGED = select(_COUNTED.c.last, literal(0), _COUNTED.c.merged).where(
    or_(_COUNTED.c.merged != 0, _COUNTED.c.merged_points != 0)
)


def _so_far(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.sum(column).over(partition_by=_C.c.receipt_id, order_by=_C.c.number)


def _first(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.first_value(column).over(partition_by=_C.c.receipt_id, order_by=_C.c.number)


_RUN = select(
    _C.c.id,
    _C.c.amount_left,
    _C.c.points_left,
    _so_far(_C.c.amount).label("amount"),
    _so_far(_C.c.points).label("points"),
    _first(_C.c.amount).label("given"),
    _first(_C.c.points).label("given_points"),
).subquery()
_RUNNING = select(_RUN.c.id, _RUN.c.amount, _RUN.c.amount_left).where(
    or_(_RUN.c.amount != _RUN.c.amount_left, _RUN.c.points != _RUN.c.points_left)
)
_MORE = select(_RUN.c.id, _RUN.c.given, _RUN.c.amount_left).where(
    or_(_RUN.c.amount_left > _RUN.c.given, _RUN.c.points_left > _RUN.c.given_points)
)
_HOLDER = (
    select(func.max(_C.c.id), literal(0), func.sum(_C.c.amount))
    .group_by(_C.c.receipt_id, _C.c.member_id)
    .having(or_(func.sum(_C.c.amount) < 0, func.sum(_C.c.points) < 0))
)

# --- members ---------------------------------------------------------------------------------------------------------

_ORDER = func.row_number().over(partition_by=_T.c.member_id, order_by=(_T.c.converted_at.desc(), _T.c.id.desc()))
_HOLDING = (
    select(_T.c.id, _T.c.member_id, _T.c.tier_after, _T.c.converted_at, _ORDER.label("place"))
    .where(_T.c.converted_at.is_not(None), _T.c.withdrawn_at.is_(None))
    .subquery()
)
#: A card that was issued directly, where headquarters allows that, is in the history of the member's file.
_ISSUED_SINCE = exists().where(_H.c.member_id == _M.c.id, _H.c.field == "tier", _H.c.at >= _HOLDING.c.converted_at)
_TIER = (
    select(_HOLDING.c.id, _HOLDING.c.tier_after, _M.c.tier)
    .join(_M, _M.c.id == _HOLDING.c.member_id)
    .where(_HOLDING.c.place == 1, _M.c.status == "active", _M.c.tier != _HOLDING.c.tier_after, ~_ISSUED_SINCE)
)
_STEPS = [and_(_T.c.tier_before == low, _T.c.tier_after == high) for low, high in pairwise(LADDER)]
_LEAP = select(_T.c.id, _T.c.tier_before, _T.c.tier_after).where(_T.c.reason.in_(CLIMBS), ~or_(*_STEPS))


def _height(column: ColumnElement[Any]) -> ColumnElement[int]:
    return case({tier: place for place, tier in enumerate(LADDER)}, value=column, else_=-1)


_IDLE = (
    select(_T.c.id, _T.c.tier_after, _M.c.tier)
    .join(_M, _M.c.id == _T.c.member_id)
    .where(WAITS, _M.c.status == "active", _height(_T.c.tier_after) <= _height(_M.c.tier))
)

_CHECKS: tuple[tuple[Table, Text, Any], ...] = (
    (_C, GAP, _GAP),
    (_C, RUNNING, _RUNNING),
    (_C, MORE, _MORE),
    (_C, MERGED, _MERGED),
    (_C, HOLDER, _HOLDER),
    (_T, TIER, _TIER),
    (_T, LEAP, _LEAP),
    (_T, IDLE, _IDLE),
)
