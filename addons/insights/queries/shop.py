"""A store's day: what was sold, to whom, whose birthday it is.

Sales are net of what came back on the same days. Goods may come back to a store that did not sell them: it counts where
and when they do.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, extract, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from addons.insights.queries.money import Money
from addons.membership.models import Member
from addons.sales.models import Receipt, Return
from addons.stores.models import Store
from core.db.scope import brand_wide
from rules.birthday import Birthday, lunar_keys_on


class Sold(NamedTuple):
    """Receipts and net sales in fen; `vip` is what members at a tier's price bought of it."""

    receipts: int = 0
    total: int = 0
    vip: int = 0


# By store and day, as the indexes have it; the reader's own stores only. The receipt of what came back, which says the
# tier, may be of another store.
_OWN = select(Store.id)
_R = Receipt.__table__
_TIER = func.coalesce(_R.c.tier, "").label("tier")
_RECEIPTS = select(Receipt.day, Receipt.tier, Receipt.currency, func.count(Receipt.id), func.sum(Receipt.total)).where(
    Receipt.store_id.in_(_OWN)
)
_RETURNS = (
    select(Return.day, _TIER, Return.currency, literal(0), -func.sum(Return.paid_back))
    .select_from(Return)
    .join(_R, _R.c.id == Return.receipt_id, isouter=True)
    .where(Return.store_id.in_(_OWN))
)


@brand_wide("the receipt of goods that came back may be of another store")
def _sums(session: Session, since: date, until: date, money: Money) -> list[tuple[date, str, Sold]]:
    """Return what was sold and what came back between two days, both included, by day and tier, in one money."""
    came = _RECEIPTS.where(Receipt.day.between(since, until)).group_by(Receipt.day, Receipt.tier, Receipt.currency)
    went = _RETURNS.where(Return.day.between(since, until)).group_by(Return.day, _TIER, Return.currency)
    found = []
    for day, tier, currency, receipts, total in session.execute(union_all(came, went)):
        counted = money.count(int(total), currency, day)
        found.append((day, tier, Sold(receipts, counted, counted if tier else 0)))
    return found


def sold(session: Session, since: date, until: date, money: Money) -> Sold:
    """Return what was sold between two days, both included, less what came back."""
    return together(one for _, _, one in _sums(session, since, until, money))


def sold_by_day(session: Session, since: date, until: date, money: Money) -> dict[date, Sold]:
    """Return what was sold, less what came back, on each day on which there was any of both."""
    found: dict[date, Sold] = {}
    for day, _, one in _sums(session, since, until, money):
        found[day] = together([found.get(day, Sold()), one])
    return found


def sold_by_tier(session: Session, since: date, until: date, money: Money) -> dict[str, int]:
    """Return net sales in fen by the tier of the price; "" is everybody else."""
    found: dict[str, int] = {}
    for _, tier, one in _sums(session, since, until, money):
        found[tier] = found.get(tier, 0) + one.total
    return found


def together(parts: Iterable[Sold]) -> Sold:
    """Return the sum of parts."""
    return Sold(*map(sum, zip(Sold(), *parts, strict=True)))


_BIRTHDAY = Member.status == "active", Member.birthday.is_not(None)


def birthdays_in_month(session: Session, day: date) -> int:
    """Return how many active members keep their birthday in the month of a day."""
    first = day.replace(day=1)
    span = [first + timedelta(days=n) for n in range(monthrange(day.year, day.month)[1])]
    by_the_sun = Member.lunar_birthday.is_(None) & (extract("month", Member.birthday) == day.month)
    counted = select(func.count(Member.id)).where(*_BIRTHDAY, by_the_sun | _by_the_moon(span))
    return session.scalar(counted) or 0


def _by_the_moon(span: list[date]) -> ColumnElement[bool]:
    """Return the condition that a lunar birthday is kept on one of these days."""
    return Member.lunar_birthday.in_(sorted(set().union(*map(lunar_keys_on, span))))


def birthdays_soon(session: Session, day: date, days: int, limit: int) -> list[tuple[date, Any]]:
    """Return who has a birthday on one of the next days, today included, the next first: (day, member's columns)."""
    span = [day + timedelta(days=n) for n in range(days)]
    months = {(one.month, one.day) for one in span} | ({(2, 29)} if any(one.month in {2, 3} for one in span) else set())
    month, of_month = extract("month", Member.birthday), extract("day", Member.birthday)
    by_the_sun = or_(*((month == m) & (of_month == d) for m, d in sorted(months)))
    wanted = select(Member.id, Member.name, Member.number, Member.tier, Member.birthday, Member.lunar_birthday).where(
        *_BIRTHDAY, (Member.lunar_birthday.is_(None) & by_the_sun) | _by_the_moon(span)
    )
    return _in_order(session.execute(wanted).all(), span)[:limit]


def _in_order(rows: Sequence[Any], span: list[date]) -> list[tuple[date, Any]]:
    """Put rows by the day the birthday is kept: not always the 29th of February, and elsewhere by the moon."""
    found = [(Birthday(row.birthday, row.lunar_birthday).next(span[0]), row) for row in rows]
    kept = [(day, row) for day, row in found if day <= span[-1]]
    return sorted(kept, key=lambda pair: (pair[0], pair[1].id))
