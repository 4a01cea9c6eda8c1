"""Reads of receipts.

Counting a member's receipts is brand-wide by its meaning (C07, C31), so those statements read bare tables past the
limits of the reader's stores; screens use the mapped classes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, case, func, select, union
from sqlalchemy.orm import Session

from addons.membership.models import Card, Member
from addons.sales.models import Merged, Receipt, Standing
from core.db.listed import any_of
from core.db.statement import Statement
from core.periods import months_before

_R, _M, _K = Receipt.__table__, Member.__table__, Card.__table__

_G, _S = Merged.__table__, Standing.__table__
_BUYER = func.coalesce(_G.c.into_id, _R.c.member_id)
# Receipts of a member, and of those who were merged into her.
_SAME_PERSON = union(
    select(_M.c.id).where(any_of(_M.c.id, "b_members")),
    select(_G.c.member_id).where(any_of(_G.c.into_id, "b_members")),
)
# A receipt of which everything came back was never bought (rules.md section 4).
_KEPT = func.coalesce(_S.c.quantity, 1) > 0
_LISTED = func.coalesce(_S.c.birthday_list, _R.c.birthday_list)
_HISTORY = Statement(
    select(
        _BUYER,
        func.count(),
        func.coalesce(func.sum(case((_R.c.day == bindparam("b_day"), _LISTED), else_=0)), 0),
    )
    .join_from(_R, _G, _G.c.member_id == _R.c.member_id, isouter=True)
    .join(_S, _S.c.receipt_id == _R.c.id, isouter=True)
    .where(_R.c.member_id.in_(_SAME_PERSON), _KEPT)
    .group_by(_BUYER)
)
_NUMBERS = Statement(select(_R.c.number).where(_R.c.store_id == bindparam("b_store"), any_of(_R.c.number, "b_numbers")))
_OF_BRAND = _M.c.brand_id == bindparam("b_brand")
_CALLED = (
    Statement(select(_M.c.phone, _M.c.id).where(_OF_BRAND, any_of(_M.c.phone, "b_keys"))),
    Statement(select(_K.c.number, _M.c.id).join_from(_K, _M).where(_OF_BRAND, any_of(_K.c.number, "b_keys"))),
    Statement(select(_M.c.number, _M.c.id).where(_OF_BRAND, any_of(_M.c.number, "b_keys"))),
)


def members_called(session: Session, brand_id: int, keys: Collection[str]) -> dict[str, int]:
    """Return the members of a brand by what a file calls them: member number, card number or phone number."""
    found: dict[str, int] = {}
    for called in _CALLED:
        left = [key for key in keys if key not in found]
        if left:
            found.update(called.all(session, b_brand=brand_id, b_keys=left))
    return found


_LAST = (
    select(_R.c.member_id, func.max(_R.c.day).label("last"))
    .join_from(_R, _S, _S.c.receipt_id == _R.c.id, isouter=True)
    .where(_KEPT)
    .group_by(_R.c.member_id)
    .subquery()
)


def edge_members(
    session: Session, brand_id: int, day: date, months: int, *, limit: int = 200
) -> list[tuple[Member, date]]:
    """Return members in sight whose last purchase, in any store, is more than so many months ago (C23, E26).

    The longest away first; members who never bought are not at the edge, they were never in.
    """
    wanted = (
        select(Member, _LAST.c.last)
        .join(_LAST, _LAST.c.member_id == Member.id)
        .where(Member.brand_id == brand_id, Member.status == "active", _LAST.c.last < months_before(day, months))
        .order_by(_LAST.c.last, Member.id)
        .limit(limit)
    )
    return [(member, last) for member, last in session.execute(wanted)]


def histories(session: Session, member_ids: Collection[int], day: date) -> dict[int, tuple[int, int]]:
    """Return for members who bought before: how many receipts, and list price sold at the birthday rate on the day."""
    rows = _HISTORY.all(session, b_members=member_ids, b_day=day)
    return {member: (count, listed) for member, count, listed in rows}


def histories_ahead(session: Session, member_ids: Collection[int], day: date) -> None:
    """Let the database begin with what `histories` asks."""
    _HISTORY.look_ahead(session, b_members=member_ids, b_day=day)


def receipts_called(session: Session, receipt_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers of receipts in sight."""
    wanted = select(Receipt.id, Receipt.number).where(Receipt.id.in_(receipt_ids))
    return dict(session.execute(wanted).all())


def receipt_numbers(session: Session, receipt_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers of receipts of whichever store, for papers that name them."""
    wanted = select(_R.c.id, _R.c.number).where(any_of(_R.c.id, "b_receipts"))
    if not receipt_ids:
        return {}
    return dict(session.connection().execute(wanted, {"b_receipts": list(receipt_ids)}).all())


def numbers_given(session: Session, store_id: int, numbers: Collection[str]) -> set[str]:
    """Return which of these receipt numbers a store has given out."""
    return set(_NUMBERS.scalars(session, b_store=store_id, b_numbers=numbers))
