"""The invented company: a brand, three franchisees, eight stores of all formats, and who works in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from addons.membership.services import open_segment
from addons.sales.demo import people
from addons.stores.models import Brand, Franchisee, Market, Region, Staff, Store
from addons.stores.queries import forget_places
from core.db.session import work

BRAND = "YS"
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
SHARES = tuple(share for *_, share in STORES)
_NO_DISCOUNT = "CD01"  # prices are firm there (C35)
_STAFF_ROLES = ("manager", "guide", "cashier")
_TIERS = ("ordinary", "gold", "diamond")


@dataclass(slots=True)
class Company:
    """What was founded: the brand, its stores by code, and who sits at the till of each."""

    brand_id: int = 0
    stores: dict[str, int] = field(default_factory=dict)
    cashiers: dict[int, str] = field(default_factory=dict)


def open_company(chance: Random, day: date) -> Company:
    """Make the company, whose stores opened in March some years before a day, with numbers for its cards."""
    company = Company()
    with work() as session:
        brand = Brand(code=BRAND, name="雲裳", currency="CNY")
        market = Market(code="CN", name="中國大陸", currency="CNY", timezone="Asia/Shanghai")
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
                opened_on=date(day.year - 7, 3, place),
                no_discount=code == _NO_DISCOUNT,
            )
            session.add(store)
            session.flush()
            company.stores[code] = store.id
            session.add_all(_staff(chance, company, store))
        company.brand_id = brand.id
    forget_places()
    _give_numbers(company)
    return company


def _staff(chance: Random, company: Company, store: Store) -> list[Staff]:
    hired = []
    for number, role in enumerate(_STAFF_ROLES, 1):
        name, _ = people.person(chance)
        hired.append(Staff(store_id=store.id, code=f"{store.code}-{number}", name=name, role=role))
    company.cashiers[store.id] = hired[-1].code
    return hired


def _give_numbers(company: Company) -> None:
    with work() as session:
        for place, store_id in enumerate(company.stores.values(), 1):
            first = 80_000_000 + place * 1_000_000
            for step, tier in enumerate(_TIERS):
                begin = first + step * 100_000
                open_segment(session, store_id=store_id, tier=tier, first=begin, last=begin + 99_999)
