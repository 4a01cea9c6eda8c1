"""A brand with stores and members, for the tests of vouchers, points and tiers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.membership.models import Member
from addons.stores.models import Brand, Franchisee, Market, Region, Store
from core.periods import moment

NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    """The ids of what was made."""

    session: Session
    brand_id: int
    market_id: int
    stores: tuple[int, int]

    @property
    def store_id(self) -> int:
        return self.stores[0]

    def member(self, number: str = "1", tier: str = "ordinary", **more: Any) -> int:
        """Add an active member and return her id."""
        row = Member(
            store_id=more.pop("store_id", self.store_id),
            brand_id=self.brand_id,
            home_market_id=self.market_id,
            number=f"M{number}",
            name=f"王{number}",
            phone=f"+86139{int(number):08d}",
            birthday_declined=True,
            tier=tier,
            status="active",
            joined_at=NOON,
            activated_at=NOON,
            **more,
        )
        self.session.add(row)
        self.session.flush()
        return row.id


def open_shop(session: Session) -> Shop:
    """Make a brand with two stores of two franchisees."""
    brand = Brand(code="vip", name="貴賓")
    market = Market(code="cn", name="中國內地", currency="CNY")
    session.add_all([brand, market])
    session.flush()
    region = Region(code="east", name="華東", market_id=market.id)
    owners = [Franchisee(code=f"f{n}", name=f"加盟商{n}") for n in (1, 2)]
    session.add_all([region, *owners])
    session.flush()
    stores = [
        Store(
            code=f"s{n}",
            name=f"門市{n}",
            brand_id=brand.id,
            region_id=region.id,
            franchisee_id=owner.id,
            format="boutique",
            opened_on=date(2020, 1, 1),
        )
        for n, owner in enumerate(owners, 1)
    ]
    session.add_all(stores)
    session.flush()
    return Shop(session, brand.id, market.id, (stores[0].id, stores[1].id))


def at(day: date) -> datetime:
    """Return a moment in the afternoon of a day."""
    return moment(day, NOON.time())
