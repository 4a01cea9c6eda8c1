"""A small brand for tests: one market, two franchisees, three stores, one of them closed."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from addons.stores.models import Brand, Franchisee, Market, Region, Store


def found(session: Session) -> dict[str, Store]:
    """Make the brand and return its stores by code: S1 and S2 of one franchisee, S3 of another, closed in 2025."""
    brand = Brand(code="GB", name="桂賓", currency="CNY")
    market = Market(code="CN", name="中國大陸", currency="CNY", timezone="Asia/Shanghai")
    session.add_all([brand, market])
    session.flush()
    regions = {code: Region(code=code, name=code, market_id=market.id) for code in ("EAST", "SOUTH")}
    franchisees = {code: Franchisee(code=code, name=code) for code in ("F1", "F2")}
    session.add_all([*regions.values(), *franchisees.values()])
    session.flush()
    stores = {}
    for code, region, owner, kind, closed in (
        ("S1", "EAST", "F1", "boutique", None),
        ("S2", "SOUTH", "F1", "outlet", None),
        ("S3", "SOUTH", "F2", "counter", date(2025, 12, 31)),
    ):
        stores[code] = Store(
            code=code,
            name=f"門市 {code}",
            brand_id=brand.id,
            region_id=regions[region].id,
            franchisee_id=franchisees[owner].id,
            format=kind,
            opened_on=date(2020, 1, 1),
            closed_on=closed,
        )
    session.add_all(stores.values())
    session.flush()
    return stores
