"""Who looks after which stores, the calendar of double-points days, and the history of the master data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from addons.stores.domain import LONGEST, Recurring
from addons.stores.models import Brand, Change, DoubleDay, Franchisee, Market, Rate, Region, Store, UserScope
from addons.stores.queries import forget_places, held_by, scope_of, shops_within, to_hand_on
from core import clock
from core.addons.scopes import ScopeHooks
from core.bus import Happened, announce
from core.db.scope import GuardedSession, current_scope
from core.errors import Invalid, NotFound, OutOfScope, Refusal
from core.ledger.entry import write_entries
from rules.event import PAR

#: The loader asks this what a user may read and write.
SCOPE_PROVIDER = scope_of

_TARGETS = {"region": Region, "franchisee": Franchisee, "store": Store}
_RECORDED = (Brand, Market, Rate, Region, Franchisee, Store, DoubleDay, UserScope)
LARGEST_RATE = 1_000_000 * PAR


class LastBeforeFirst(Refusal):
    """Days that end before they begin."""

    sentence = "The last day is before the first one."
    status = 422


class ComesAgainTooSoon(Refusal):
    """Days in a row that would begin anew before they are over."""

    sentence = "So many days (%(days)s) would come again before they are over; at most %(most)s are possible."
    status = 422
    days: int
    most: int


class SameCurrency(Refusal):
    """A rate from a currency into itself."""

    sentence = "%(currency)s needs no rate into itself."
    status = 422
    currency: str


class RateExists(Refusal):
    """A second rate of one day: the first is corrected instead."""

    sentence = "There is a rate from %(currency)s to %(into)s of %(day)s already; correct that one."
    currency: str
    into: str
    day: str


class StoreOfOtherBrand(Refusal):
    """A store together with a brand that it does not sell."""

    sentence = "The store %(store)s does not belong to the brand %(brand)s."
    status = 422
    store: str
    brand: str


def grant_scope(session: Session, *, user_id: int, kind: str, target_id: int | None = None) -> UserScope:
    """Let a user look after a store, a franchisee's or a region's stores, or all of them (hq; auditor: read only).

    Refuses with OutOfScope unless one acts for all stores, Invalid for an unknown kind, NotFound for an unknown target.
    What was granted before is returned as it is.
    """
    _for_all_stores()
    _check_target(session, kind, target_id)
    wanted = {"user_id": user_id, "kind": kind, "target_id": target_id}
    found = session.scalar(select(UserScope).filter_by(**wanted))
    if found is None:
        found = UserScope(**wanted)
        session.add(found)
        session.flush()
    return found


def revoke_scope(session: Session, *, user_id: int, kind: str, target_id: int | None = None) -> None:
    """Take back what `grant_scope` gave.

    Refuses with OutOfScope unless one acts for all stores, NotFound if it was never granted.
    """
    _for_all_stores()
    wanted = {"user_id": user_id, "kind": kind, "target_id": target_id}
    found = session.scalar(select(UserScope).filter_by(**wanted))
    if found is None:
        raise NotFound(what="scope", which=f"{kind} {target_id or ''}".strip())
    session.delete(found)
    session.flush()


@dataclass(frozen=True, slots=True)
class DoubleDays:
    """What is to be known of a double-points day."""

    brand: Brand
    kind: str
    name: str
    days: Recurring
    store: Store | None = None


def add_double_day(session: Session, wanted: DoubleDays) -> DoubleDay:
    """Put a day of double points into the calendar of a store, or of all stores of the brand (PTS-08).

    Refuses with OutOfScope unless one acts for all stores, and as `change_double_day`.
    """
    _for_all_stores()
    row = DoubleDay(brand_id=wanted.brand.id)
    _write(row, wanted)
    session.add(row)
    session.flush()
    return row


def change_double_day(session: Session, day_id: int, wanted: DoubleDays) -> DoubleDay:
    """Change a day of double points; it stays with its brand.

    Refuses with OutOfScope unless one acts for all stores, NotFound, Invalid without a name, LastBeforeFirst,
    ComesAgainTooSoon for days that begin anew before they are over, StoreOfOtherBrand.
    """
    _for_all_stores()
    row = session.get(DoubleDay, day_id)
    if row is None or row.brand_id != wanted.brand.id:
        raise NotFound(what="double-points day", which=str(day_id))
    _write(row, wanted)
    session.flush()
    return row


def _write(row: DoubleDay, wanted: DoubleDays) -> None:
    days, store = wanted.days, wanted.store
    if not wanted.name.strip():
        raise Invalid(field="name", problem="is needed")
    if days.last < days.first or (days.until is not None and days.until < days.last):
        raise LastBeforeFirst
    if days.days > LONGEST[days.repeats]:
        raise ComesAgainTooSoon(days=days.days, most=LONGEST[days.repeats])
    if store is not None and store.brand_id != wanted.brand.id:
        raise StoreOfOtherBrand(store=store.code, brand=wanted.brand.code)
    row.kind, row.name = wanted.kind, wanted.name.strip()
    row.store_id = None if store is None else store.id
    row.first_on, row.last_on, row.repeats, row.until = days.first, days.last, days.repeats, days.until


def add_rate(session: Session, *, currency: str, into: str, since: date, millionths: int) -> Rate:
    """Say what a currency is worth in another from a day on (C34).

    Refuses with OutOfScope unless one acts for all stores, SameCurrency, RateExists for a second rate of a day,
    Invalid for nothing or less.
    """
    _for_all_stores()
    if currency == into:
        raise SameCurrency(currency=currency)
    _check_rate(millionths)
    row = Rate(currency=currency, counted_in=into, since=since, millionths=millionths)
    if session.scalar(select(Rate.id).filter_by(currency=currency, counted_in=into, since=since)) is not None:
        raise RateExists(currency=currency, into=into, day=since.isoformat())
    session.add(row)
    session.flush()
    return row


def correct_rate(session: Session, rate_id: int, *, millionths: int) -> Rate:
    """Correct a rate that was typed wrongly; what was decided with it stays as it is.

    Refuses with OutOfScope unless one acts for all stores, NotFound, Invalid.
    """
    _for_all_stores()
    row = session.get(Rate, rate_id)
    if row is None:
        raise NotFound(what="rate", which=str(rate_id))
    _check_rate(millionths)
    row.millionths = millionths
    session.flush()
    return row


def _check_rate(millionths: int) -> None:
    if not 0 < millionths <= LARGEST_RATE:
        raise Invalid(field="rate", problem="a rate is more than nothing")


def _for_all_stores() -> None:
    if current_scope().writes is not None:
        raise OutOfScope


def _check_target(session: Session, kind: str, target_id: int | None) -> None:
    if kind in ("hq", "auditor"):
        if target_id is not None:
            raise Invalid(field="target", problem=f"{kind} has none: it is for all stores")
        return
    if kind not in _TARGETS:
        raise Invalid(field="kind", problem=f"{kind!r} is none of hq, auditor, region, franchisee, store")
    if target_id is None or session.get(_TARGETS[kind], target_id) is None:
        raise NotFound(what=kind, which=str(target_id))


@event.listens_for(GuardedSession, "after_flush")
def _record_changes(session: Session, _context: Any) -> None:
    rows = [_change(row, "new") for row in session.new if isinstance(row, _RECORDED)]
    rows += [_change(row, "changed") for row in session.dirty if isinstance(row, _RECORDED)]
    rows += [_change(row, "deleted") for row in session.deleted if isinstance(row, _RECORDED)]
    rows = [row for row in rows if row["fields"]]
    if rows:
        write_entries(session, Change.__table__, rows)
        announce(session, Happened("stores.places_changed"))


def _change(row: Any, how: str) -> dict[str, Any]:
    state = inspect(row)
    fields = {}
    for column in state.mapper.column_attrs:
        past = state.attrs[column.key].history
        if how == "deleted":
            fields[column.key] = [_plain(getattr(row, column.key)), None]
        elif past.added and past.added != past.deleted:
            fields[column.key] = [_plain(past.deleted[0]) if past.deleted else None, _plain(past.added[0])]
    return {
        "kind": type(row).__tablename__,
        "record": str(state.identity[0] if state.identity else row.id),
        "fields": fields,
        "user_id": current_scope().user_id,
        "at": clock.now(),
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _forget(_happened: Happened) -> None:
    forget_places()


SUBSCRIBERS = {"stores.places_changed": _forget}

#: What the kernel's account screens ask: which places go with which role, who has which, and how they change.
SCOPES = ScopeHooks(
    kinds={
        "Cashier": ("store",),
        "Guide": ("store",),
        "StoreManager": ("store", "region"),
        "FranchiseAdmin": ("franchisee", "store", "region"),
        "HQMarketing": ("hq",),
        "HQApprover": ("hq",),
        "Auditor": ("auditor",),
    },
    words={
        "store": "One store",
        "franchisee": "All stores of a franchisee",
        "region": "All stores of a region",
        "hq": "All stores",
        "auditor": "All stores, read only",
    },
    choices=to_hand_on,
    held=held_by,
    grant=grant_scope,
    revoke=revoke_scope,
    shops=shops_within,
)

_MARKETS = {
    "CN": ("中國大陸", "CNY", "Asia/Shanghai"),
    "HK": ("香港", "HKD", "Asia/Hong_Kong"),
    "MO": ("澳門", "MOP", "Asia/Macau"),
    "TW": ("臺灣", "TWD", "Asia/Taipei"),
}


def first_place(session: Session, *, brand: str, store: str, market: str, day: date) -> None:
    """Make the first brand and its first store when the product is set up; everything else can be added later.

    Refuses with Invalid an unknown market, OutOfScope unless one acts for all stores.
    """
    _for_all_stores()
    if market not in _MARKETS:
        raise Invalid(field="market", problem=f"{market!r} is none of {', '.join(_MARKETS)}")
    name, currency, zone = _MARKETS[market]
    where = Market(code=market, name=name, currency=currency, timezone=zone)
    label = Brand(code="B1", name=brand, currency=currency)
    owner = Franchisee(code="OWN", name=brand)
    session.add_all([where, label, owner])
    session.flush()
    region = Region(code=market, name=name, market_id=where.id)
    session.add(region)
    session.flush()
    session.add(
        Store(
            code="S1",
            name=store,
            brand_id=label.id,
            region_id=region.id,
            franchisee_id=owner.id,
            format="boutique",
            opened_on=day,
        )
    )
    session.flush()


FIRST_RUN = first_place
