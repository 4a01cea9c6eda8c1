"""Sums over receipts, points and vouchers for the programme's summary; SQL does the adding.

A summary is of a whole brand: whoever asks for it must see all stores (`require_all_stores`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from addons.points.models import Account, Entry, Lot
from addons.sales.models import Discount, Line, Receipt
from addons.tiers.models import Credit, TierChange
from addons.vouchers.models import Entry as VoucherEntry
from addons.vouchers.models import Voucher
from core.db.scope import current_scope
from core.errors import OutOfScope
from rules.trace import SPECIAL

_R, _L, _D = Receipt.__table__, Line.__table__, Discount.__table__
_E, _P, _A = Entry.__table__, Lot.__table__, Account.__table__
_T, _V, _U, _C = TierChange.__table__, Voucher.__table__, VoucherEntry.__table__, Credit.__table__


def require_all_stores() -> None:
    """Refuse with OutOfScope whoever does not see all stores: the statements here are over bare tables."""
    if current_scope().reads is not None:
        raise OutOfScope


def _within(brand_id: int, since: date, until: date) -> Any:
    return (_R.c.brand_id == brand_id) & _R.c.day.between(since, until)


def receipts_by_day(session: Session, brand_id: int, since: date, until: date) -> Sequence[Any]:
    """Return day, receipts, list, revenue, vouchers tendered and points of each day with sales."""
    sums = (func.sum(_R.c.list_total), func.sum(_R.c.total), func.sum(_R.c.tendered), func.sum(_R.c.points))
    wanted = select(_R.c.day, func.count(), *sums).where(_within(brand_id, since, until)).group_by(_R.c.day)
    return session.connection().execute(wanted.order_by(_R.c.day)).all()


def discounts_by_rule(session: Session, brand_id: int, since: date, until: date) -> Sequence[Any]:
    """Return rule, lines and fen taken off, the largest first; the special price is a rule here."""
    taken = func.sum(_D.c.amount)
    wanted = (
        select(_D.c.rule, func.sum(_D.c.lines), taken)
        .join_from(_D, _R, _D.c.receipt_id == _R.c.id)
        .where(_within(brand_id, since, until))
        .group_by(_D.c.rule)
        .order_by(taken.desc(), _D.c.rule)
    )
    return session.connection().execute(wanted).all()


def sales_by_tier(session: Session, brand_id: int, since: date, until: date) -> Sequence[Any]:
    """Return tier at the time of sale, members, receipts, list and revenue."""
    sums = (func.sum(_R.c.list_total), func.sum(_R.c.total))
    wanted = (
        select(_R.c.tier, func.count(_R.c.member_id.distinct()), func.count(), *sums)
        .where(_within(brand_id, since, until))
        .group_by(_R.c.tier)
        .order_by(_R.c.tier)
    )
    return session.connection().execute(wanted).all()


def buyers(session: Session, brand_id: int, since: date, until: date) -> int:
    """Return how many members bought."""
    wanted = select(func.count(_R.c.member_id.distinct())).where(_within(brand_id, since, until))
    return session.connection().scalar(wanted) or 0


def steps(session: Session, brand_id: int, since: date, until: date) -> Sequence[Any]:
    """Return day, tier before, tier after and members of the steps on the ladder."""
    of_brand = select(_R.c.member_id).where(_R.c.brand_id == brand_id)
    wanted = (
        select(_T.c.day, _T.c.tier_before, _T.c.tier_after, func.count())
        .where(_T.c.day.between(since, until), _T.c.member_id.in_(of_brand))
        .group_by(_T.c.day, _T.c.tier_before, _T.c.tier_after)
        .order_by(_T.c.day, _T.c.tier_before)
    )
    return session.connection().execute(wanted).all()


def points_entries(session: Session, brand_id: int, until: date) -> Sequence[Any]:
    """Return day, way and points of all that came to members of the brand or left them up to a day.

    The way is "out" for what was redeemed, "expired", else "in": what was given, less what was taken back.
    """
    of_brand = select(_R.c.member_id).where(_R.c.brand_id == brand_id)
    redeemed = or_(_E.c.to_state == "redeemed", _E.c.from_state == "redeemed")  # the second is undone
    way = case((redeemed, "out"), (_E.c.to_state == "expired", "expired"), else_="in")
    comes, goes = (case((state.in_(_IN_HAND), 1), else_=0) for state in (_E.c.to_state, _E.c.from_state))
    wanted = (
        select(_E.c.day, way, func.sum(_E.c.points * (comes - goes)))
        .where(_E.c.day <= until, _E.c.member_id.in_(of_brand), comes != goes, _E.c.kind != "settle")
        .group_by(_E.c.day, way)
    )
    return session.connection().execute(wanted).all()


_IN_HAND = ("available", "reserved")


def vouchers_issued(session: Session, brand_id: int, since: datetime, before: datetime) -> Sequence[Any]:
    """Return moment of issue and value of the vouchers issued; what was split off or given was issued before."""
    return _voucher_entries(session, brand_id, since, before, _U.c.from_state == "issued")


def vouchers_used(session: Session, brand_id: int, since: datetime, before: datetime) -> Sequence[Any]:
    """Return moment and amount of what receipts were paid with vouchers."""
    paid = (_U.c.to_state == "redeemed") & _U.c.receipt_id.is_not(None)
    return _voucher_entries(session, brand_id, since, before, paid)


def _voucher_entries(session: Session, brand_id: int, since: datetime, before: datetime, which: Any) -> Sequence[Any]:
    wanted = (
        select(_U.c.at, _U.c.amount)
        .join_from(_U, _V, _U.c.voucher_id == _V.c.id)
        .where(_V.c.brand_id == brand_id, _U.c.at >= since, _U.c.at < before, which)
    )
    return session.connection().execute(wanted).all()


def line_sums(session: Session, brand_id: int, since: date, until: date) -> Any:
    """Return list, selling, pay, tendered and net added up over the lines: another way to the receipts' totals."""
    selling = func.coalesce(_L.c.special_price, _L.c.list_price) * _L.c.quantity
    sums = (_L.c.list_price * _L.c.quantity, selling, _L.c.pay, _L.c.tendered, _L.c.net)
    wanted = select(*(func.coalesce(func.sum(one), 0) for one in sums)).join_from(_L, _R, _L.c.receipt_id == _R.c.id)
    return session.connection().execute(wanted.where(_within(brand_id, since, until))).one()


def balances(session: Session, brand_id: int) -> tuple[int, int]:
    """Return the points of all accounts, and what remains of all available lots, of members who bought."""
    of_brand = select(_R.c.member_id).where(_R.c.brand_id == brand_id)
    connection = session.connection()
    accounts = connection.scalar(select(func.coalesce(func.sum(_A.c.balance), 0)).where(_A.c.member_id.in_(of_brand)))
    lots = connection.scalar(select(func.coalesce(func.sum(_P.c.remaining), 0)).where(_P.c.member_id.in_(of_brand)))
    return accounts or 0, lots or 0


#: The rule under which the special price stands among the discounts.
SPECIAL_PRICE = SPECIAL


def lots_left(session: Session, member_id: int) -> Sequence[Any]:
    """Return the lots of a member with something left, oldest first; also those earned in other stores (C31)."""
    wanted = select(_P).where(_P.c.member_id == member_id, _P.c.remaining != 0)
    return session.connection().execute(wanted.order_by(_P.c.earned_on, _P.c.id)).all()


def credit_entries(session: Session, member_id: int, since: date, until: date) -> Sequence[Any]:
    """Return the tier credit of a member in a window, from all stores."""
    wanted = select(_C).where(_C.c.member_id == member_id, _C.c.day.between(since, until))
    return session.connection().execute(wanted.order_by(_C.c.day, _C.c.id)).all()
