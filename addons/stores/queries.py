"""Where a store stands, which stores there are, and who looks after which."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, func, literal, literal_column, select, true, union_all
from sqlalchemy.orm import Session

from addons.stores.domain import NoRate, Recurring, rate_of
from addons.stores.models import Brand, Change, DoubleDay, Franchisee, Market, Rate, Region, Staff, Store, UserScope
from core import clock, settings
from core.addons.scopes import Place, Shop
from core.db.base import metadata
from core.db.scope import Scope
from core.db.statement import Statement
from core.errors import NotFound
from core.ledger.books import Book
from core.periods import CHINA, local_day
from rules.event import PAR
from rules.vocabulary import Text

#: Another process may have changed a store: asked again after so many seconds, and at once after a change in this one.
SECONDS_KEPT = 2


@dataclass(frozen=True, slots=True)
class StorePlace:
    """What rules and tills need to know of a store; region, franchisee and brand are codes."""

    id: int
    code: str
    name: str
    brand_id: int
    brand_code: str
    has_programme: bool
    region: str
    franchisee: str
    format: str
    market_id: int
    market: str
    currency: str
    timezone: str
    no_discount: bool
    opened_on: date
    closed_on: date | None
    brand_currency: str
    double_days: tuple[Recurring, ...] = ()
    rates: tuple[tuple[date, int], ...] = ()  # from the store's money into the brand's, by day

    @property
    def open(self) -> bool:
        """Tell whether the store was not closed for good."""
        return self.closed_on is None

    def is_open(self, day: date) -> bool:
        """Tell whether the store trades on a day; it still does on its last one."""
        return self.opened_on <= day and (self.closed_on is None or day <= self.closed_on)

    def doubles_points(self, day: date) -> bool:
        """Tell whether a day is one of double points here (PTS-08); asked once a day of each store kept."""
        return bool(self.double_days) and _holds(self.double_days, day)

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of its business days."""
        return ZoneInfo(self.timezone)


@lru_cache(maxsize=4096)
def _holds(days: tuple[Recurring, ...], day: date) -> bool:
    return any(one.holds(day) for one in days)


@dataclass(slots=True)
class _Kept:
    number: int = -1
    asked: int = -SECONDS_KEPT  # whole seconds of the running clock
    places: dict[int, StorePlace] = field(default_factory=dict)
    by_code: dict[str, StorePlace] = field(default_factory=dict)


_kept: WeakKeyDictionary[Any, _Kept] = WeakKeyDictionary()  # by connection pool: another database, other stores

_s, _b, _r, _m, _f = (model.__table__.c for model in (Store, Brand, Region, Market, Franchisee))
_d, _x = DoubleDay.__table__.c, Rate.__table__.c
# Not limited to one's stores: codes and opening days of shops are no secret, and a till names its own store.
_PLACES = Statement(
    select(
        _s.id,
        _s.code,
        _s.name,
        _s.brand_id,
        _b.code,
        _b.has_programme,
        _r.code,
        _f.code,
        _s.format,
        _m.id,
        _m.code,
        _m.currency,
        _m.timezone,
        _s.no_discount,
        _s.opened_on,
        _s.closed_on,
        _b.currency,
    )
    .join_from(Store.__table__, Brand.__table__)
    .join(Region.__table__)
    .join(Market.__table__)
    .join(Franchisee.__table__)
)
_DOUBLE_DAYS = Statement(
    select(_d.brand_id, _d.store_id, _d.first_on, _d.last_on, _d.repeats, _d.until)
    .where(_d.archived_at.is_(None))
    .order_by(_d.id)
)
_RATES = Statement(select(_x.currency, _x.counted_in, _x.since, _x.millionths).order_by(_x.since))
_NUMBER = Statement(select(func.max(Change.__table__.c.id)))


def place(session: Session, store_id: int) -> StorePlace:
    """Return where a store stands; no query as long as nothing changed.

    Refuses with NotFound for an unknown store.
    """
    kept = _fresh(session)
    found = kept.places.get(store_id) or _read_again(session, kept).places.get(store_id)
    if found is None:
        raise NotFound(what="store", which=str(store_id))
    return found


def place_by_code(session: Session, code: str) -> StorePlace:
    """Return where the store of a code stands.

    Refuses with NotFound for an unknown code.
    """
    kept = _fresh(session)
    found = kept.by_code.get(code) or _read_again(session, kept).by_code.get(code)
    if found is None:
        raise NotFound(what="store", which=code)
    return found


def specials_hold(session: Session, at: StorePlace) -> bool:
    """Tell whether public specials hold in a store: where prices are firm only if headquarters lets them (C35)."""
    return not at.no_discount or bool(settings.value(session, "stores.firm_price_specials"))


def rate_on(session: Session, at: StorePlace, day: date) -> int:
    """Return what a fen taken in a store counts in the brand's money, in millionths (C34); no query.

    Refuses with NoRate where the moneys differ, spend is converted and no rate was entered until the day.
    """
    if at.currency == at.brand_currency:
        return PAR
    counts = settings.value(session, "stores.cross_market")
    if counts != "convert":
        return PAR if counts == "same" else 0
    rate = rate_of(at.rates, day)
    if rate is None:
        raise NoRate(currency=at.currency, into=at.brand_currency, day=day.isoformat())
    return rate


def places(session: Session) -> dict[int, StorePlace]:
    """Return all stores by id."""
    return dict(_fresh(session).places)


def day_everywhere(session: Session, now: datetime) -> date:
    """Return the day that has begun in every store: what ends with a day ends once it is over for all of them."""
    zones = {place.zone for place in places(session).values()} or {CHINA}
    return min(local_day(now, zone) for zone in zones)


def forget_places() -> None:
    """Ask the database again at the next question (a store was changed in this process)."""
    for kept in _kept.values():
        kept.asked = -SECONDS_KEPT


def _fresh(session: Session) -> _Kept:
    kept = _kept.setdefault(session.get_bind().engine.pool, _Kept())
    seconds = int(clock.elapsed_seconds())
    if seconds - kept.asked >= SECONDS_KEPT:
        kept.asked = seconds
        number = _NUMBER.scalar(session) or 0
        if number != kept.number:
            kept.number = number
            _read_again(session, kept)
    return kept


def _read_again(session: Session, kept: _Kept) -> _Kept:
    of_store, of_brand = _double_days(session)
    rates = _rates(session)
    known = [
        [*row, (*of_brand.get(row[3], ()), *of_store.get(row[0], ())), tuple(rates.get((row[11], row[16]), ()))]
        for row in _PLACES.all(session)
    ]
    kept.places = {values[0]: StorePlace(*values) for values in known}
    kept.by_code = {found.code: found for found in kept.places.values()}
    return kept


def _double_days(session: Session) -> tuple[dict[int, list[Recurring]], dict[int, list[Recurring]]]:
    """Return the days of single stores by store, and those of all stores of a brand by brand."""
    of_store: dict[int, list[Recurring]] = {}
    of_brand: dict[int, list[Recurring]] = {}
    for brand_id, store_id, *days in _DOUBLE_DAYS.all(session):
        found = of_brand.setdefault(brand_id, []) if store_id is None else of_store.setdefault(store_id, [])
        found.append(Recurring(*days))
    return of_store, of_brand


def _rates(session: Session) -> dict[tuple[str, str], list[tuple[date, int]]]:
    """Return the dated rates by currency from and into."""
    found: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for currency, into, since, millionths in _RATES.all(session):
        found.setdefault((currency, into), []).append((since, millionths))
    return found


def currencies(session: Session) -> tuple[str, ...]:
    """Return the currencies that the brands count in."""
    return tuple(session.scalars(select(Brand.currency).distinct().order_by(Brand.currency)))


def stores_in_scope(session: Session) -> list[Store]:
    """The stores that whoever acts may see, by code."""
    return list(session.scalars(select(Store).order_by(Store.code)))


_SCOPES = Statement(
    select(UserScope.__table__.c.kind, UserScope.__table__.c.target_id).where(
        UserScope.__table__.c.user_id == bindparam("user_id")
    )
)


def scope_of(session: Session, user_id: int) -> Scope:
    """Return what a user may read and write: all for headquarters, read all for auditors, else their stores.

    Nothing where nothing was said. The statements are over bare tables: the scope is what they find out.
    """
    said = _SCOPES.all(session, user_id=user_id)
    kinds = {kind for kind, _ in said}
    if "hq" in kinds:
        return Scope(reads=None, writes=None, user_id=user_id)
    own = _stores_of(session, [(kind, target) for kind, target in said if target is not None])
    return Scope(reads=None if "auditor" in kinds else own, writes=own, user_id=user_id)


def _stores_of(session: Session, said: list[tuple[str, int]]) -> frozenset[int]:
    if not said:
        return frozenset()
    columns = {"region": _s.region_id, "franchisee": _s.franchisee_id, "store": _s.id}
    wanted: ColumnElement[bool] = ~true()
    for kind, column in columns.items():
        wanted |= column.in_([target for k, target in said if k == kind])
    return frozenset(session.connection().execute(select(_s.id).where(wanted)).scalars())


def shops_within(session: Session, scope: Scope) -> list[Shop]:
    """Return the stores of a scope that were not closed for good, by code; no query as long as nothing changed."""
    own = [store for store in places(session).values() if store.open and scope.may_read(store.id)]
    return [Shop(store.id, store.code, store.name) for store in sorted(own, key=lambda store: store.code)]


_us = UserScope.__table__.c


def held_by(session: Session, user_ids: Collection[int]) -> dict[int, list[Place]]:
    """Return what accounts look after, with names; two queries.

    Accounts belong to no store: whose they are is decided by those who ask.
    """
    rows = select(_us.user_id, _us.kind, _us.target_id).order_by(_us.kind, _us.target_id)
    if len(user_ids) == 1:
        rows = rows.where(_us.user_id.in_(user_ids))
    names = _names(session)
    found: dict[int, list[Place]] = {}
    for user_id, kind, target in session.connection().execute(rows):
        found.setdefault(user_id, []).append(Place(kind, target, names.get((kind, target), "")))
    return found


def to_hand_on(session: Session, user_id: int | None) -> list[Place]:
    """Return what an account may let others look after: what it has itself, and each store in it.

    Headquarters (and None: whoever sets the product up) may hand on everything.
    """
    named = _names(session)
    every = [Place("hq"), Place("auditor"), *(Place(kind, target, name) for (kind, target), name in named.items())]
    if user_id is None:
        return every
    held = set(held_by(session, [user_id]).get(user_id, []))
    if Place("hq") in held:
        return every
    stores = scope_of(session, user_id).writes or frozenset()
    return [place for place in every if place in held or (place.kind == "store" and place.target_id in stores)]


def _names(session: Session) -> dict[tuple[str, int | None], str]:
    tables = {"region": Region, "franchisee": Franchisee, "store": Store}
    parts = [
        select(literal(kind), model.__table__.c.id, model.__table__.c.code, model.__table__.c.name)
        for kind, model in tables.items()
    ]
    rows = session.connection().execute(union_all(*parts).order_by(literal_column("1"), literal_column("3")))
    return {(kind, key): f"{code} {name}" for kind, key, code, name in rows}


def people_called(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Return the names of people in sight by the codes and logins under which they act; unknown ones are left out."""
    wanted = sorted({name for name in names if name})
    users = metadata.tables.get("ab_user")
    found = dict(session.execute(select(Staff.code, Staff.name).where(Staff.code.in_(wanted))).all())
    if users is not None and wanted:
        called = func.coalesce(Staff.name, users.c.first_name)
        logins = select(users.c.username, called).outerjoin(Staff, Staff.user_id == users.c.id)
        found |= dict(session.execute(logins.where(users.c.username.in_(wanted))).all())
    return found


def manager_called(session: Session, store_id: int, name: str) -> frozenset[str]:
    """Return code, login and name of the manager of a store who acts under that code or login; nothing for others."""
    users = metadata.tables.get("ab_user")
    found = select(Staff.code, Staff.name).where(Staff.store_id == store_id, Staff.role == "manager", Staff.active)
    called = Staff.code == name
    if users is not None:
        found = found.add_columns(users.c.username).outerjoin(users, users.c.id == Staff.user_id)
        called |= users.c.username == name
    person = session.execute(found.where(called)).first() if name else None
    return frozenset() if person is None else frozenset(text for text in person if text)


#: The history of the master data is written once.
LEDGERS = (Book("stores", Text("門市資料的變更", "门店资料的变更", "Changes of stores"), Change.__table__),)
