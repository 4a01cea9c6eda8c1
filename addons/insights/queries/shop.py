"""A store's day: what was sold, to whom, whose birthday it is."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, extract, func, or_, select
from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.sales.models import Receipt
from addons.stores.models import Store
from rules.birthday import Birthday, lunar_keys_on


class Sold(NamedTuple):
    """Receipts and net sales in fen; `vip` is what members at a tier's price bought of it."""

    receipts: int
    total: int
    vip: int


# By store and day, as the index has it; the reader's own stores only.
_OWN = Receipt.store_id.in_(select(Store.id))
_VIP = case((Receipt.tier != "", Receipt.total), else_=0)
_SUMS = (func.count(Receipt.id), func.coalesce(func.sum(Receipt.total), 0), func.coalesce(func.sum(_VIP), 0))


def sold(session: Session, since: date, until: date) -> Sold:
    """Return what was sold between two days, both included."""
    return Sold(*session.execute(select(*_SUMS).where(_OWN, Receipt.day.between(since, until))).one())


def sold_by_day(session: Session, since: date, until: date) -> dict[date, Sold]:
    """Return what was sold on each day with sales."""
    wanted = select(Receipt.day, *_SUMS).where(_OWN, Receipt.day.between(since, until)).group_by(Receipt.day)
    return {day: Sold(*sums) for day, *sums in session.execute(wanted)}


def sold_by_tier(session: Session, since: date, until: date) -> dict[str, int]:
    """Return net sales in fen by the tier of the price; "" is everybody else."""
    wanted = (
        select(Receipt.tier, func.sum(Receipt.total))
        .where(_OWN, Receipt.day.between(since, until))
        .group_by(Receipt.tier)
    )
    return {tier: int(total) for tier, total in session.execute(wanted)}


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
