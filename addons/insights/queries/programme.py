"""The programme as headquarters see it: members by tier, what discounts cost, which points are owed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import case, extract, func, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.points.models import Lot
from addons.sales.models import Discount, Receipt
from addons.stores.models import Store
from rules.trace import SPECIAL

Month = tuple[int, int]  # year and month


class Cost(NamedTuple):
    """What was taken off in fen: by special prices, and by the rules of the programme."""

    special: int
    programme: int


def members_by_tier(session: Session) -> dict[str, int]:
    """Return how many active members each tier has."""
    wanted = select(Member.tier, func.count(Member.id)).where(Member.status == "active").group_by(Member.tier)
    return dict(session.execute(wanted).all())


def discount_by_month(session: Session, since: date) -> dict[Month, Cost]:
    """Return what discounts cost in each month since a day."""
    year, month = extract("year", Receipt.day), extract("month", Receipt.day)
    special = func.sum(case((Discount.rule == SPECIAL, Discount.amount), else_=0))
    wanted = (
        select(year, month, special, func.sum(Discount.amount) - special)
        .join_from(Receipt, Discount, Discount.receipt_id == Receipt.id)
        .where(Receipt.store_id.in_(select(Store.id)), Receipt.day >= since)
        .group_by(year, month)
    )
    return {(int(y), int(m)): Cost(int(first), int(second)) for y, m, first, second in session.execute(wanted)}


def discount_by_rule(session: Session, since: date, limit: int) -> list[tuple[str, int]]:
    """Return the rules of the programme that took most off since a day, in fen."""
    taken = func.sum(Discount.amount)
    wanted = (
        select(Discount.rule, taken)
        .join_from(Receipt, Discount, Discount.receipt_id == Receipt.id)
        .where(Receipt.store_id.in_(select(Store.id)), Receipt.day >= since, Discount.rule != SPECIAL)
        .group_by(Discount.rule)
        .order_by(taken.desc(), Discount.rule)
        .limit(limit)
    )
    return [(rule, int(amount)) for rule, amount in session.execute(wanted)]


def points_owed_by_month(session: Session) -> dict[Month, int]:
    """Return the points members can still spend, by the month they were earned in; debts count against them."""
    year, month = extract("year", Lot.earned_on), extract("month", Lot.earned_on)
    wanted = select(year, month, func.sum(Lot.remaining)).where(Lot.remaining != 0).group_by(year, month)
    return {(int(y), int(m)): int(points) for y, m, points in session.execute(wanted)}
