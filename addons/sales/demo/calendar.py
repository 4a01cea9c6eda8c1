"""The double-points days of the invented shop: a member day each month, the Spring Festival, a store's anniversary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select

from addons.stores.domain import Recurring
from addons.stores.models import Brand, Store
from addons.stores.services import DoubleDays, add_double_day
from core.db.session import work
from rules.lunar import lunar_day, solar_day

MEMBER_DAY = 18  # of each month


def happenings(first: date, last: date, brand: str) -> Iterator[tuple[date, Callable[[datetime], None]]]:
    """Yield days and what is done on them, for whoever lets them pass; called with the moment."""
    yield first, lambda _now: _write(brand, first, last)


def _write(brand_code: str, first: date, last: date) -> None:
    with work() as session:
        brand = session.scalars(select(Brand).where(Brand.code == brand_code)).one()
        stores = {store.code: store for store in session.scalars(select(Store).where(Store.brand_id == brand.id))}
        for wanted in _days(brand, stores, first, last):
            add_double_day(session, wanted)


def _days(brand: Brand, stores: dict[str, Store], first: date, last: date) -> Iterator[DoubleDays]:
    year = lunar_day(first).year
    festival = Recurring(solar_day(year, 1, 1), solar_day(year, 1, 3), "lunar")
    member_day = first.replace(day=MEMBER_DAY)
    yield DoubleDays(brand, "member_day", "會員日", Recurring(member_day, member_day, "monthly"))
    yield DoubleDays(brand, "festival", "春節", festival)
    for code in ("SH01", "GZ01"):
        opened = stores[code].opened_on
        anniversary = Recurring(opened, opened + timedelta(days=2), "yearly")
        yield DoubleDays(brand, "anniversary", "店慶", anniversary, stores[code])
    session = last + timedelta(days=10)
    yield DoubleDays(brand, "session", "贵宾专场", Recurring(session, session), stores["SZ01"])
