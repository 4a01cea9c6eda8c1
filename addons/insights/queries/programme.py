"""The programme as headquarters see it: members by tier, what discounts cost, which points are owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Subquery, extract, func, select, union_all
from sqlalchemy.orm import Session

from addons.insights.queries.money import Money
from addons.membership.models import Member
from addons.points.models import Lot
from addons.sales.models import Discount, Receipt, Return, ReturnDiscount
from addons.stores.models import Store
from core.db.scope import brand_wide
from rules.trace import SPECIAL

Month = tuple[int, int]  # year and month
_B = Return.__table__  # bare: the return may be of another store


class Cost(NamedTuple):
    """What was taken off in fen: by special prices, and by the rules of the programme."""

    special: int
    programme: int


def members_by_tier(session: Session) -> dict[str, int]:
    """Return how many active members each tier has."""
    wanted = select(Member.tier, func.count(Member.id)).where(Member.status == "active").group_by(Member.tier)
    return dict(session.execute(wanted).all())


def _given(rule: Any, amount: Any, day: Any, currency: Any) -> tuple[Any, Any, Any, Any]:
    return rule.label("rule"), amount.label("amount"), day.label("day"), currency.label("currency")


def _taken_off(since: date) -> Subquery:
    """Return what rules took off since a day, and with the other sign what they take off less since goods came back."""
    own = select(Store.id)
    sales = (
        select(*_given(Discount.rule, Discount.amount, Receipt.day, Receipt.currency))
        .join_from(Receipt, Discount, Discount.receipt_id == Receipt.id)
        .where(Receipt.store_id.in_(own), Receipt.day >= since)
    )
    returns = (
        select(*_given(ReturnDiscount.rule, -ReturnDiscount.amount, _B.c.day, _B.c.currency))
        .join_from(ReturnDiscount, _B, _B.c.id == ReturnDiscount.return_id)
        .where(ReturnDiscount.store_id.in_(own), _B.c.day >= since)
    )
    return union_all(sales, returns).subquery()


@brand_wide("goods of a store may come back to another one")
def _amounts(session: Session, since: date, money: Money) -> Iterator[tuple[str, date, int]]:
    """Give what each rule took off each day since one, in one money."""
    of = _taken_off(since)
    wanted = select(of.c.rule, of.c.day, of.c.currency, func.sum(of.c.amount)).group_by(
        of.c.rule, of.c.day, of.c.currency
    )
    rows = session.execute(wanted).all()
    return ((rule, day, money.count(int(amount), currency, day)) for rule, day, currency, amount in rows)


def discount_by_month(session: Session, since: date, money: Money) -> dict[Month, Cost]:
    """Return what discounts cost in each month since a day, less those of goods that came back in it."""
    found: dict[Month, Cost] = {}
    for rule, day, amount in _amounts(session, since, money):
        special, programme = found.get((day.year, day.month), Cost(0, 0))
        cost = Cost(special + amount, programme) if rule == SPECIAL else Cost(special, programme + amount)
        found[day.year, day.month] = cost
    return found


def discount_by_rule(session: Session, since: date, limit: int, money: Money) -> list[tuple[str, int]]:
    """Return the rules of the programme that took most off since a day, in fen, less what came back."""
    taken: dict[str, int] = {}
    for rule, _day, amount in _amounts(session, since, money):
        taken[rule] = taken.get(rule, 0) + amount
    most = sorted(taken.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(rule, amount) for rule, amount in most if rule != SPECIAL and amount > 0][:limit]


def points_owed_by_month(session: Session) -> dict[Month, int]:
    """Return the points members can still spend, by the month they were earned in; debts count against them."""
    year, month = extract("year", Lot.earned_on), extract("month", Lot.earned_on)
    wanted = select(year, month, func.sum(Lot.remaining)).where(Lot.remaining != 0).group_by(year, month)
    return {(int(y), int(m)): int(points) for y, m, points in session.execute(wanted)}
