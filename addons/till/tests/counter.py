"""The shop these tests sell in: two stores of one brand, some goods, card numbers, ways to look at what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select

from addons.catalog.models import Category, Product, Style
from addons.membership import services as membership
from addons.membership.models import Member
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.models import Receipt
from addons.sales.services import checkout, exchange, take_back
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.stores.queries import forget_places
from core import clock
from core.db.scope import system_scope
from core.db.session import reading, work

BEFORE = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
#: Code, style, size, colour, list price, special price.
GOODS = (
    ("COAT-M", "羊毛大衣", "M", "駝色", 259900, 219900),
    ("COAT-L", "羊毛大衣", "L", "駝色", 259900, 219900),
    ("JEANS-30", "牛仔褲", "30", "深藍", 89900, None),
    ("TEE-S", "白T恤", "S", "白", 10000, None),
    ("CLUB-1", "會員限定圍巾", "", "紅", 50000, None),
)


@dataclass
class Counter:
    """Ids of what there is."""

    store: int
    other: int
    brand: int

    def enrolled(self, phone: str, *, store: int | None = None, name: str = "王小明", **more: Any) -> int:
        """Make a member with an active card and return the id."""
        with system_scope("test"), work() as session:
            card = membership.enrol(
                session,
                store_id=store or self.store,
                phone=phone,
                name=name,
                now=BEFORE,
                by="test",
                **{"birthday_declined": True, **more},
            )
            return card.member_id

    def prospect(self, phone: str, **more: Any) -> int:
        """Begin a file from a phone number and return the id."""
        with system_scope("test"), work() as session:
            return membership.register_prospect(session, store_id=self.store, phone=phone, now=BEFORE, **more).id

    def sold(
        self, member_id: int | None, *codes: str, store: int | None = None, vouchers: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Sell one piece of each product and return the answer."""
        lines = [SaleLine(code) for code in codes]
        request = SaleRequest(store or self.store, lines, member_id=member_id, vouchers=vouchers)
        with system_scope("test"):
            return checkout(request, key=f"test:{member_id}:{codes}:{store}:{vouchers}", now=clock.now()).answer

    def brought_back(self, receipt_id: int, line_no: int) -> dict[str, Any]:
        """Take one piece of a line back and return the answer."""
        request = self._back(receipt_id, line_no)
        with system_scope("test"):
            return take_back(request, key=f"back:{receipt_id}:{line_no}", now=clock.now()).answer

    def exchanged(self, receipt_id: int, line_no: int, member_id: int | None, *codes: str) -> dict[str, Any]:
        """Take one piece of a line back for one piece of each product; the answer holds both."""
        basket = SaleRequest(self.store, [SaleLine(code) for code in codes], member_id=member_id)
        request = self._back(receipt_id, line_no)
        with system_scope("test"):
            return exchange(request, basket, key=f"exchange:{receipt_id}:{line_no}", now=clock.now()).answer

    def _back(self, receipt_id: int, line_no: int) -> ReturnRequest:
        return ReturnRequest(self.store, receipt_id, [BackLine(line_no, 1)], "size")

    def raised(self, member_id: int, tier: str) -> None:
        """Put a member on a tier whose card was converted."""
        with system_scope("test"), work() as session:
            member = session.scalars(select(Member).where(Member.id == member_id)).one()
            member.tier = tier
            session.flush()
            membership.convert_card(session, member_id=member_id, store_id=member.store_id, now=BEFORE, by="test")

    def rows(self, model: Any, **wanted: Any) -> list[Any]:
        """Return the rows of a class with these values."""
        with system_scope("test"), reading() as session:
            return list(session.scalars(select(model).filter_by(**wanted).order_by(model.id)))

    def rows_of(self, model: Any, key: int) -> Any:
        """Return the row of a class by its key."""
        with system_scope("test"), reading() as session:
            return session.get(model, key)

    def receipts(self) -> int:
        """How many receipts there are."""
        with system_scope("test"), reading() as session:
            return session.scalar(select(func.count()).select_from(Receipt)) or 0


def open_shop() -> Counter:
    """Open the shop; its own store is number 1."""
    forget_places()
    with system_scope("test"), work() as session:
        brand = Brand(code="GB", name="貴賓", currency="CNY")
        market = Market(code="CN", name="中國內地", currency="CNY")
        owner = Franchisee(code="F1", name="加盟商一")
        session.add_all([brand, market, owner, Category(code="top", name="上衣")])
        session.flush()
        region = Region(code="EAST", name="華東", market_id=market.id)
        session.add(region)
        session.flush()
        stores = []
        for code, name in (("S1", "南京路店"), ("S2", "淮海路店")):
            store = Store(
                code=code, name=name, brand_id=brand.id, region_id=region.id, franchisee_id=owner.id,
                format="boutique", opened_on=date(2020, 1, 1),
            )  # fmt: skip
            session.add(store)
            session.flush()
            stores.append(store.id)
        for number, store_id in enumerate(stores, 1):
            for place, tier in enumerate(("ordinary", "gold", "diamond"), 1):
                first = number * 100_000 + place * 10_000
                membership.open_segment(session, store_id=store_id, tier=tier, first=first, last=first + 9_999)
        _stock(session, brand.id)
    return Counter(stores[0], stores[1], brand.id)


def _stock(session: Any, brand_id: int) -> None:
    styles: dict[str, int] = {}
    for code, name, size, colour, full, special in GOODS:
        if name not in styles:
            style = Style(code=code.split("-")[0], name=name, brand_id=brand_id, category_code="top")
            session.add(style)
            session.flush()
            styles[name] = style.id
        session.add(
            Product(
                code=code, style_id=styles[name], brand_id=brand_id, category_code="top", size=size, colour=colour,
                list_price=full, special_price=special, members_only=code.startswith("CLUB"),
            )
        )  # fmt: skip
