"""The invented shop: one brand, three franchisees, eight stores, 2,000 members and 20,000 receipts over 18 months.

The same every time; everything goes through the services that tills and offices use, with the time passed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from addons.catalog.models import Category, Season
from addons.catalog.services import import_products
from addons.membership.services import import_members, open_segment
from addons.points.services import record_visit
from addons.sales.demo import people, wardrobe
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.services import pass_days, sell_batch
from addons.stores.models import Brand, Franchisee, Market, Region, Staff, Store
from addons.stores.queries import forget_places
from addons.vouchers.models import Voucher
from core.db.posting import Operation, post
from core.db.session import reading, work
from core.imports.records import Progress
from core.periods import moment
from core.policy.live import live_program

BRAND = "YS"
SEED = 20260430
FIRST, LAST = date(2024, 11, 1), date(2026, 4, 30)
MEMBERS, PROSPECTS, RECEIPTS = 2000, 60, 20_000

FRANCHISEES = (("YS", "雲裳直營"), ("JN", "江南服飾有限公司"), ("LN", "岭南商贸有限公司"))
REGIONS = (("EAST", "華東"), ("SOUTH", "华南"), ("WEST", "西南"))
#: Code, name, region, franchisee, format, share of the receipts.
STORES = (
    ("SH01", "上海淮海路旗艦店", "EAST", "YS", "flagship", 22),
    ("SH02", "上海久光百貨專櫃", "EAST", "YS", "counter", 10),
    ("HZ01", "杭州武林精品店", "EAST", "JN", "boutique", 14),
    ("NJ01", "南京德基百货店", "EAST", "JN", "department", 12),
    ("GZ01", "广州天河精品店", "SOUTH", "LN", "boutique", 13),
    ("SZ01", "深圳万象城旗舰店", "SOUTH", "LN", "flagship", 14),
    ("SZ02", "深圳奥特莱斯店", "SOUTH", "LN", "outlet", 9),
    ("CD01", "成都太古里精品店", "WEST", "YS", "boutique", 6),
)
NO_DISCOUNT = "CD01"  # prices are firm there (C35)
_STAFF_ROLES = ("manager", "guide", "cashier")


@dataclass(slots=True)
class _Buyer:
    """A member with how often she comes and where."""

    id: int
    joined: date
    store: int
    weight: int


@dataclass(slots=True)
class _Stage:
    """What was made, and what the days draw from."""

    chance: Random
    brand_id: int = 0
    stores: dict[str, int] = field(default_factory=dict)
    products: list[tuple[str, date]] = field(default_factory=list)
    buyers: list[_Buyer] = field(default_factory=list)
    vouchers: dict[int, str] = field(default_factory=dict)
    cashiers: dict[int, str] = field(default_factory=dict)


def is_there() -> bool:
    """Tell whether the shop was made before."""
    with reading() as session:
        return session.scalar(select(Brand.id).where(Brand.code == BRAND)) is not None


def load(progress: Progress) -> bool:
    """Make the shop and its 18 months, once; return whether there was anything to do."""
    if is_there():
        return False
    stage = _Stage(Random(SEED))
    _open(stage)
    _fill_wardrobe(stage)
    _enrol(stage)
    done = 0
    for day, receipts in _days(stage.chance):
        done += _trade(stage, day, receipts)
        progress(done, RECEIPTS)
    return True


# --- the company ---------------------------------------------------------------------------------------------------


def _open(stage: _Stage) -> None:
    with work() as session:
        brand = Brand(code=BRAND, name="雲裳", currency="CNY")
        market = Market(code="CN", name="中國內地", currency="CNY", timezone="Asia/Shanghai")
        franchisees = {code: Franchisee(code=code, name=name) for code, name in FRANCHISEES}
        session.add_all([brand, market, *franchisees.values()])
        session.flush()
        regions = {code: Region(code=code, name=name, market_id=market.id) for code, name in REGIONS}
        session.add_all(regions.values())
        session.flush()
        for place, (code, name, region, franchisee, kind, _) in enumerate(STORES, 1):
            store = Store(
                code=code,
                name=name,
                brand_id=brand.id,
                region_id=regions[region].id,
                franchisee_id=franchisees[franchisee].id,
                format=kind,
                opened_on=date(2018, 3, place),
                no_discount=code == NO_DISCOUNT,
            )
            session.add(store)
            session.flush()
            stage.stores[code] = store.id
            session.add_all(_staff(stage, store))
        stage.brand_id = brand.id
    forget_places()
    with work() as session:
        for place, store_id in enumerate(stage.stores.values(), 1):
            first = 80_000_000 + place * 1_000_000
            for step, tier in enumerate(("ordinary", "gold", "diamond")):
                begin = first + step * 100_000
                open_segment(session, store_id=store_id, tier=tier, first=begin, last=begin + 99_999)


def _staff(stage: _Stage, store: Store) -> list[Staff]:
    found = []
    for number, role in enumerate(_STAFF_ROLES, 1):
        name, _ = people.person(stage.chance)
        found.append(Staff(store_id=store.id, code=f"{store.code}-{number}", name=name, role=role))
    stage.cashiers[store.id] = found[-1].code
    return found


def _fill_wardrobe(stage: _Stage) -> None:
    with work() as session:
        session.add_all([Category(code=code, name=name) for code, name, _, _ in wardrobe.KINDS])
        for code, name, since, until in wardrobe.SEASONS:
            session.add(Season(code=code, name=name, starts_on=since, ends_on=until))
    records = list(wardrobe.products(BRAND, stage.chance))
    with work() as session:
        import_products(session, records, approved_by="demo")
    stage.products = [(record["code"], record["launched_on"]) for record in records]


# --- the members ---------------------------------------------------------------------------------------------------


def _enrol(stage: _Stage) -> None:
    records = [_record(stage.chance, number) for number in range(MEMBERS + PROSPECTS)]
    with work() as session:
        result = import_members(session, records, by="demo", now=moment(LAST), issue_cards=True)
    for record, member_id in zip(records, result.member_ids, strict=True):
        if member_id is not None and "name" in record:
            weight = stage.chance.choice((1, 1, 1, 2, 2, 3, 5, 8, 13))
            store = stage.stores[record["store"]]
            stage.buyers.append(_Buyer(member_id, record["joined_on"], store, weight))
    stage.buyers.sort(key=lambda buyer: (buyer.joined, buyer.id))


def _record(chance: Random, number: int) -> dict[str, Any]:
    """Return a member; the last ones are prospects of whom only the phone number is known (MEM-10)."""
    store = chance.choices([code for code, *_ in STORES], [share for *_, share in STORES])[0]
    days = (LAST - FIRST).days
    joined = FIRST - timedelta(days=200) if number % 3 == 0 else FIRST
    record: dict[str, Any] = {
        "store": store,
        "phone": people.phone(number * 37 + 1_000_003),
        "joined_on": joined + timedelta(days=chance.randrange(days * 3 // 4)),
        "recruited_by": chance.choice(people.CHANNELS),
    }
    if number >= MEMBERS:
        return record
    name, sex = people.person(chance)
    record |= {"name": name, "sex": sex, "district": chance.choice(people.DISTRICTS)}
    return record | (
        {"birthday_declined": True} if chance.randrange(12) == 0 else {"birthday": people.birthday(chance)}
    )


# --- the days ------------------------------------------------------------------------------------------------------


def _days(chance: Random) -> Iterator[tuple[date, int]]:
    """Yield each day with its number of receipts: weekends and the end of the year are busy; 20,000 in all."""
    days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
    weights = [_busy(day) + chance.randrange(5) for day in days]
    whole, done, so_far = sum(weights), 0, 0
    for day, weight in zip(days, weights, strict=True):
        so_far += weight
        until = RECEIPTS * so_far // whole
        yield day, until - done
        done = until


def _busy(day: date) -> int:
    weekend = 8 if day.isoweekday() >= 6 else 0
    season = {1: 6, 2: 2, 5: 4, 10: 5, 11: 6, 12: 8}.get(day.month, 0)
    return 14 + weekend + season


def _trade(stage: _Stage, day: date, receipts: int) -> int:
    """Sell a day's receipts; each member buys once."""
    opens = moment(day, time(10))
    pass_days(day, opens, occasion="demo")
    if day.isoweekday() == 1:
        _look_for_vouchers(stage, day)
        _welcome(stage, day)
    buyers = _buyers_of(stage, day, receipts * 3 // 4)
    requests = [_basket(stage, day, buyer) for buyer in buyers]
    requests += [_basket(stage, day, None) for _ in range(receipts - len(requests))]
    requests.sort(key=lambda request: request.at or opens)
    keys = [f"demo:{day.isoformat()}:{number}" for number in range(len(requests))]
    return sell_batch(requests, keys, opens) if requests else 0


def _buyers_of(stage: _Stage, day: date, count: int) -> list[_Buyer]:
    here = [buyer for buyer in stage.buyers if buyer.joined <= day]
    drawn = stage.chance.choices(here, [buyer.weight for buyer in here], k=count) if here else []
    return list({buyer.id: buyer for buyer in drawn}.values())


def _basket(stage: _Stage, day: date, buyer: _Buyer | None) -> SaleRequest:
    chance = stage.chance
    stores = list(stage.stores.values())
    home = buyer is not None and chance.randrange(10) < 8
    store_id = buyer.store if buyer is not None and home else chance.choices(stores, [s[-1] for s in STORES])[0]
    pieces = chance.choices((1, 2, 3, 4, 5, 6), (30, 32, 20, 10, 5, 3))[0]
    lines = [SaleLine(code, chance.choice((1, 1, 1, 1, 2))) for code in _picked(stage, day, pieces)]
    vouchers: tuple[str, ...] = ()
    if buyer is not None and buyer.id in stage.vouchers and chance.randrange(2):
        vouchers = (stage.vouchers.pop(buyer.id),)
    return SaleRequest(
        store_id=store_id,
        lines=lines,
        member_id=None if buyer is None else buyer.id,
        vouchers=vouchers,
        cashier=stage.cashiers[store_id],
        at=moment(day, time(10 + chance.randrange(11), chance.randrange(60))),
        source="demo",
    )


def _picked(stage: _Stage, day: date, pieces: int) -> list[str]:
    """Return products that have been launched by the day and are not over a year old."""
    found: dict[str, None] = {}
    while len(found) < pieces:
        code, launched = stage.chance.choice(stage.products)
        if launched <= day <= launched + timedelta(days=300) or (day.year == 2024 and code.startswith("2024")):
            found[code] = None
    return list(found)


def _look_for_vouchers(stage: _Stage, day: date) -> None:
    with reading() as session:
        usable = select(Voucher.member_id, Voucher.code).where(
            Voucher.status == "active",
            Voucher.brand_id == stage.brand_id,
            Voucher.valid_until >= day + timedelta(days=7),
        )
        rows = session.execute(usable.order_by(Voucher.id)).all()
    stage.vouchers = {row.member_id: row.code for row in rows}


def _welcome(stage: _Stage, day: date) -> None:
    """A few members come by without buying, and staff confirm it (C22)."""
    for number, buyer in enumerate(_buyers_of(stage, day, 4)):
        at = moment(day, time(15, number))
        with reading() as session:
            program = live_program(session, BRAND, at).program
        post(
            Operation("points.visit", f"demo:visit:{day.isoformat()}:{number}", {"member": buyer.id}),
            lambda session, buyer=buyer, at=at, program=program: {  # type: ignore[misc]
                "points": record_visit(
                    session,
                    member_id=buyer.id,
                    store_id=buyer.store,
                    invited=buyer.weight > 2,
                    confirmed_by=stage.cashiers[buyer.store],
                    now=at,
                    program=program,
                ).points
            },
        )
