"""A brand with two stores on a Monday in May: goods, members on each tier, two months of sales, and their people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.catalog.models import Category, Product, Season, Style
from addons.membership import services as membership
from addons.membership.models import Member
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.services import checkout
from addons.stores.models import Brand, Franchisee, Market, Region, Staff, Store
from addons.stores.queries import forget_places
from addons.stores.services import grant_scope
from addons.tiers import services as tiers
from addons.vouchers.services import Issue, issue_many
from core import clock
from core.db.posting import Operation, post
from core.db.scope import system_scope
from core.db.session import work
from core.periods import local_day
from core.web import roles
from core.web.deploy import create_user

NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
#: Code, style, size, colour, list price, special price, category.
GOODS = (
    ("COAT-M", "羊毛大衣", "M", "駝色", 259900, 219900, "coat"),
    ("COAT-L", "羊毛大衣", "L", "駝色", 259900, 219900, "coat"),
    ("SUIT-170", "羊毛西裝", "170", "炭灰", 329900, None, "coat"),
    ("DRESS-S", "真絲連衣裙", "S", "墨綠", 128000, None, "dress"),
    ("KNIT-M", "羊絨針織衫", "M", "米白", 100000, None, "knit"),
    ("JEANS-30", "直筒牛仔褲", "30", "深藍", 89900, None, "jeans"),
    ("TEE-S", "純棉 T 恤", "S", "白", 19900, None, "top"),
)
#: Who comes: name, phone, birthday.
PEOPLE = {
    "birthday": ("林美玲", "13800000001", date(1990, 5, 4)),
    "climber": ("周雅婷", "13800000002", date(1988, 9, 12)),
    "near": ("陳志強", "13800000003", date(1985, 6, 18)),
    "vouchers": ("何國華", "13800000004", date(1979, 6, 2)),
    "regular": ("黃淑芬", "13800000005", date(1992, 5, 6)),
    "child": ("吳承恩", "13800000006", date(2000, 2, 29)),
}
ACCOUNTS = (
    ("cashier", roles.CASHIER, "張小雯", "store"),
    ("manager", roles.STORE_MANAGER, "陳店長", "store"),
    ("marketing", roles.HQ_MARKETING, "李行銷", "hq"),
    ("approver", roles.HQ_APPROVER, "王核准", "hq"),
    ("auditor", roles.AUDITOR, "趙稽核", "auditor"),
    ("admin", roles.SYSTEM_ADMIN, "系統管理員", "hq"),
)


@dataclass
class Shop:
    """Ids of what there is."""

    store: int = 0
    brand: int = 0
    members: dict[str, int] = field(default_factory=dict)
    receipt: str = ""
    receipt_id: int = 0


def open_shop(hash_of: Any) -> Shop:
    """Open the shop, through the services that people use."""
    forget_places()
    shop = Shop()
    with system_scope("tests"):
        with work() as session:
            _company(session, shop)
        for who, (name, phone, birthday) in PEOPLE.items():
            with work() as session:
                card = membership.enrol(
                    session, store_id=shop.store, phone=phone, name=name, birthday=birthday, by="SH01-1",
                    now=NOW - timedelta(days=150), district="黃浦區",
                )  # fmt: skip
                shop.members[who] = card.member_id
        _past(shop)
        _accounts(shop, hash_of)
    return shop


def _company(session: Session, shop: Shop) -> None:
    brand = Brand(code="YS", name="雲裳", currency="CNY")
    market = Market(code="CN", name="中國內地", currency="CNY", timezone="Asia/Shanghai")
    season = Season(code="26S", name="2026 春夏", starts_on=date(2026, 2, 1), ends_on=date(2026, 8, 31))
    owner = Franchisee(code="F1", name="江南服飾有限公司")
    codes = {code: name for *_, code, name in _categories()}
    session.add_all([brand, market, season, owner, *(Category(code=code, name=name) for code, name in codes.items())])
    session.flush()
    region = Region(code="EAST", name="華東", market_id=market.id)
    session.add(region)
    session.flush()
    shop.brand = brand.id
    for number, (code, name) in enumerate((("SH01", "上海淮海路旗艦店"), ("HZ01", "杭州武林精品店")), 1):
        store = Store(
            code=code, name=name, brand_id=brand.id, region_id=region.id, franchisee_id=owner.id,
            format="boutique", opened_on=date(2020, 1, 1),
        )  # fmt: skip
        session.add(store)
        session.flush()
        shop.store = shop.store or store.id
        session.add(Staff(store_id=store.id, code=f"{code}-1", name="張小雯", role="cashier"))
        for place, tier in enumerate(("ordinary", "gold", "diamond"), 1):
            first = number * 100_000 + place * 10_000
            membership.open_segment(session, store_id=store.id, tier=tier, first=first, last=first + 9_999)
    _stock(session, brand.id)


def _categories() -> tuple[tuple[str, str], ...]:
    return (("coat", "外套"), ("dress", "連衣裙"), ("knit", "針織"), ("jeans", "牛仔褲"), ("top", "上衣"))


def _stock(session: Session, brand_id: int) -> None:
    styles: dict[str, int] = {}
    for code, name, size, colour, full, special, category in GOODS:
        if name not in styles:
            style = Style(code=code.split("-")[0], name=name, brand_id=brand_id, category_code=category)
            session.add(style)
            session.flush()
            styles[name] = style.id
        session.add(
            Product(
                code=code, style_id=styles[name], brand_id=brand_id, category_code=category, size=size, colour=colour,
                list_price=full, special_price=special, season_code="26S",
            )
        )  # fmt: skip


def _past(shop: Shop) -> None:
    """Two months of sales; some climb, and their cards are converted."""
    chance = Random(26)
    for day in range(60, 0, -1):
        at = NOW - timedelta(days=day, hours=chance.randrange(5))
        for _ in range(chance.choice((1, 2, 2, 3))):
            buyer = chance.choice((None, None, shop.members["regular"], shop.members["child"]))
            _sell(shop, buyer, at, chance.choice(("TEE-S", "JEANS-30", "TEE-S")))
    _sell(shop, shop.members["birthday"], NOW - timedelta(days=40), "SUIT-170")
    _sell(shop, shop.members["near"], NOW - timedelta(days=40), "DRESS-S", "DRESS-S", "TEE-S")
    _sell(shop, shop.members["climber"], NOW - timedelta(days=30), "JEANS-30")
    _convert(shop, "birthday", NOW - timedelta(days=39))
    for days, pieces in ((50, 1), (45, 2)):
        _sell(shop, shop.members["vouchers"], NOW - timedelta(days=days), *["SUIT-170"] * pieces)
        _convert(shop, "vouchers", NOW - timedelta(days=days - 1))
    _give_vouchers(shop)


def _sell(shop: Shop, member_id: int | None, at: datetime, *codes: str) -> None:
    request = SaleRequest(shop.store, [SaleLine(code) for code in codes], member_id=member_id, cashier="SH01-1")
    with clock.fixed(at):
        answer = checkout(request, key=f"shop:{at.isoformat()}:{member_id}:{codes}", now=at).answer
    shop.receipt, shop.receipt_id = answer["number"], answer["receipt_id"]


def _convert(shop: Shop, who: str, at: datetime) -> None:
    with work() as session:
        tiers.convert_card(session, member_id=shop.members[who], store_id=shop.store, by="SH01-1", now=at)


def _give_vouchers(shop: Shop) -> None:
    issue = Issue(shop.members["vouchers"], shop.brand, shop.store, "cash", 30000, local_day(NOW), NOW, "tests")

    def command(session: Session) -> dict[str, Any]:
        return {"codes": issue_many(session, [issue, issue])}

    post(Operation("tests.vouchers", "shop:vouchers", {}), command)


def _accounts(shop: Shop, hash_of: Any) -> None:
    for username, role, name, kind in ACCOUNTS:
        user_id = create_user(username=username, role=role, password="-" * 12, name=name, hash_of=hash_of)
        with work() as session:
            grant_scope(session, user_id=user_id, kind=kind, target_id=shop.store if kind == "store" else None)


def tier_of(session: Session, member_id: int) -> str:
    """Return the tier that holds."""
    return session.scalars(select(Member.tier).where(Member.id == member_id)).one()
