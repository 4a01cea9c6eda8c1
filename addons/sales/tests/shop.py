"""The shop that the tests of sales sell in: one brand, two stores, products and members made when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import func, select

from addons.catalog.models import Category, Product, Style
from addons.membership.models import Card, Member
from addons.sales import services
from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.models import Discount, Line, Numbering, Receipt, RuleUse, Tender
from addons.stores.domain import Recurring
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.stores.queries import forget_places
from addons.stores.services import DoubleDays, add_double_day
from core.db.models import PostingKey
from core.db.session import reading, work
from core.policy.store import StoredDecision

#: A day nothing happens on, at noon in Shanghai.
NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
WRITTEN = (Receipt, Line, Tender, Discount, Numbering, RuleUse, StoredDecision)


@dataclass(slots=True)
class Shop:
    """Ids of what there is, and short ways to sell."""

    brand: int = 0
    market: int = 0
    store: int = 0
    other_store: int = 0
    numbers: Any = field(default_factory=lambda: count(1))

    @classmethod
    def opened(cls) -> Shop:
        """Open the shop."""
        shop = cls()
        forget_places()
        with work() as session:
            brand = Brand(code="GB", name="貴賓", currency="CNY")
            market = Market(code="CN", name="China", currency="CNY", timezone="Asia/Shanghai")
            franchisee = Franchisee(code="F1", name="Own")
            session.add_all([brand, market, franchisee, Category(code="top", name="Tops")])
            session.flush()
            region = Region(code="EAST", name="East", market_id=market.id)
            session.add(region)
            session.flush()
            stores = [
                Store(
                    code=code,
                    name=code,
                    brand_id=brand.id,
                    region_id=region.id,
                    franchisee_id=franchisee.id,
                    format="boutique",
                    opened_on=date(2020, 1, 1),
                )
                for code in ("S1", "S2")
            ]
            session.add_all(stores)
            session.flush()
            shop.brand, shop.market, shop.store, shop.other_store = brand.id, market.id, stores[0].id, stores[1].id
        return shop

    def product(self, list_price: int, special_price: int | None = None, **more: Any) -> str:
        """Put a product into the catalogue and return its code; prices in fen."""
        code = f"P{next(self.numbers)}"
        with work() as session:
            style = Style(code=code, name=code, brand_id=self.brand, category_code="top")
            session.add(style)
            session.flush()
            session.add(
                Product(
                    code=code,
                    style_id=style.id,
                    brand_id=self.brand,
                    category_code="top",
                    list_price=list_price,
                    special_price=special_price,
                    **more,
                )
            )
        return code

    def member(self, tier: str = "ordinary", *, card: bool = True, **more: Any) -> int:
        """Make a member with an active card and return the id."""
        number = next(self.numbers)
        joined = datetime(2025, 1, 1, tzinfo=UTC)
        with work() as session:
            member = Member(
                store_id=self.store,
                brand_id=self.brand,
                number=f"M{number:06d}",
                name=f"Member {number}",
                phone=f"+8613800{number:06d}",
                birthday_declined="birthday" not in more,
                tier=tier,
                status="active",
                home_market_id=self.market,
                joined_at=joined,
                activated_at=joined,
                **more,
            )
            session.add(member)
            session.flush()
            if card:
                session.add(
                    Card(
                        store_id=self.store,
                        member_id=member.id,
                        number=f"C{number:06d}",
                        tier=tier,
                        status="active",
                        issued_at=joined,
                        activated_at=joined,
                    )
                )
            return member.id

    def double_day(self, day: date, *, store: int | None = None, repeats: str = "never") -> None:
        """Let points be doubled from a day on, in a store or in all of the brand."""
        with work() as session:
            brand = session.get_one(Brand, self.brand)
            at = None if store is None else session.get_one(Store, store)
            add_double_day(session, DoubleDays(brand, "member_day", "會員日", Recurring(day, day, repeats), at))

    def request(self, *products: str, **more: Any) -> SaleRequest:
        """Return a basket of one piece of each product."""
        lines = more.pop("lines", None) or [SaleLine(code) for code in products]
        return SaleRequest(store_id=more.pop("store_id", self.store), lines=lines, **more)

    def quote(self, *products: str, at: datetime = NOON, **more: Any) -> Prepared:
        """Price a basket."""
        with reading() as session:
            return services.quote(session, self.request(*products, **more), at)

    def sell(self, *products: str, at: datetime = NOON, key: str | None = None, **more: Any) -> dict[str, Any]:
        """Sell a basket and return the answer."""
        key = key or f"till:{next(self.numbers)}"
        return services.checkout(self.request(*products, **more), key=key, now=at).answer

    def rows(self, model: Any, **wanted: Any) -> list[Any]:
        """Return the rows of a class with these values."""
        with reading() as session:
            return list(session.scalars(select(model).filter_by(**wanted)))

    def written(self) -> dict[str, int]:
        """Return how many rows there are of everything a sale writes, posting keys apart."""
        with reading() as session:
            return {m.__tablename__: session.scalar(select(func.count()).select_from(m)) or 0 for m in WRITTEN}

    def keys(self) -> int:
        """Return how many operations were posted or refused."""
        with reading() as session:
            return session.scalar(select(func.count()).select_from(PostingKey)) or 0
