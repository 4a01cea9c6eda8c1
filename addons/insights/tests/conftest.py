"""Two stores with members and receipts, seen on the day the clock stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, insert

from addons.insights.queries import kept
from addons.stores.queries import forget_places
from core import clock
from core.db.base import metadata
from core.db.session import engine
from core.testing.plugin import NOW
from core.testing.screens import OWN_STORES

TODAY = date(2026, 5, 4)
TWO = (4, 9)  # receipts of the second store


def put(connection: Connection, table: str, **columns: Any) -> None:
    written = metadata.tables[table]
    hashed = {"row_hash": ""} if "row_hash" in written.c else {}  # nobody verifies these books
    connection.execute(insert(written).values(**hashed | columns))


def store(connection: Connection, number: int) -> None:
    put(
        connection, "stores_store", id=number, code=f"s{number}", name=f"門市{number}", brand_id=1, region_id=1,
        franchisee_id=1, format="boutique", opened_on=date(2020, 1, 1), no_discount=False,
    )  # fmt: skip


def member(connection: Connection, key: int, name: str, tier: str, birthday: date) -> None:
    store_id = key // 10
    put(
        connection, "membership_member", id=key, store_id=store_id, brand_id=1, number=f"M{key:07}", name=name,
        phone=f"+861390000{key:04}", birthday=birthday, birthday_declined=False, tier=tier, status="active",
        home_market_id=1, joined_at=NOW, activated_at=NOW, is_staff=False,
    )  # fmt: skip
    put(
        connection, "membership_card", id=key, store_id=store_id, member_id=key, number=f"2026000{key:04}", tier=tier,
        status="active", issued_at=NOW, activated_at=NOW,
    )  # fmt: skip


def receipt(
    connection: Connection,
    key: int,
    day: date,
    total: int,
    member_id: int | None = None,
    *,
    number: str = "",
    currency: str = "CNY",
) -> None:
    store_id = 2 if key in TWO else 1
    at = datetime(day.year, day.month, day.day, 6, tzinfo=NOW.tzinfo)
    put(
        connection, "core_decision", id=key, store_id=store_id, event="quote", at=at, version="v7", digest="0" * 64,
        facts="{}", outcome="{}",
    )  # fmt: skip
    put(
        connection, "sales_receipt", id=key, store_id=store_id, number=number or f"R{store_id}-{key:05}", brand_id=1,
        member_id=member_id, tier="gold" if member_id else "", at=at, day=day, currency=currency, quantity=1,
        list_total=total, selling_total=total, total=total, tendered=0, cash=total, points=0, credit=0, key=f"k{key}",
        decision_id=key,
    )  # fmt: skip


def came_back(  # noqa: PLR0917 - one row
    connection: Connection, key: int, of: int, store_id: int, day: date, paid_back: int, **discounts: int
) -> None:
    """Goods of a receipt that came back to a store, and what rules take off less since."""
    put(
        connection, "sales_return", id=key, store_id=store_id, receipt_id=of, return_no=key, number=f"B{key}",
        kind="return", reason="size", note="", at=NOW, day=day, cashier="amy", approved_by="", currency="CNY",
        quantity=1, paid_back=paid_back, to_vouchers=0, cash=paid_back, shortfall=0, forgone=False, points=0, credit=0,
        key=f"b{key}", decision_id=of,
    )  # fmt: skip
    for rule, amount in discounts.items():
        name = rule.replace("_", "-")
        sold_in = 2 if of in TWO else 1
        put(connection, "sales_return_discount", return_id=key, rule=name, store_id=sold_in, amount=amount)


def fill(connection: Connection) -> None:
    put(connection, "stores_brand", id=1, code="vip", name="貴賓", currency="CNY", has_programme=True)
    put(connection, "stores_market", id=1, code="cn", name="中國", currency="CNY", timezone="Asia/Shanghai")
    put(connection, "stores_region", id=1, code="east", name="華東", market_id=1)
    put(connection, "stores_franchisee", id=1, code="f1", name="加盟商")
    for number in (1, 2):
        store(connection, number)
    member(connection, 11, "王小明", "gold", date(1990, 5, 6))
    member(connection, 12, "李=美", "ordinary", date(1988, 2, 29))
    member(connection, 21, "王大華", "diamond", date(1990, 5, 4))
    receipt(connection, 1, TODAY, 248_820, 11)
    receipt(connection, 2, TODAY, 100_000)
    receipt(connection, 3, TODAY - timedelta(days=2), 50_000)
    receipt(connection, 4, TODAY, 77_700, 21)
    put(connection, "sales_discount", receipt_id=1, rule="gold-rate", store_id=1, lines=1, amount=24_882)
    put(connection, "sales_discount", receipt_id=1, rule="special", store_id=1, lines=1, amount=40_000)
    put(connection, "sales_discount", receipt_id=4, rule="diamond-rate", store_id=2, lines=1, amount=9_900)
    put(
        connection, "points_lot", id=1, member_id=11, store_id=1, source="purchase",
        earned_on=date(2026, 4, 1), points=2310, pending=0, remaining=2310, reserved=0, reversed=0, rule="",
    )  # fmt: skip
    put(
        connection, "tiers_credit", id=1, member_id=11, store_id=1, receipt_id=1, number=1, kind="purchase", day=TODAY,
        sold_at=NOW, amount=770_000, points=0, amount_left=770_000, points_left=0, at=NOW,
    )  # fmt: skip
    put(connection, "catalog_category", id=1, code="coat", name="外套")
    put(connection, "catalog_style", id=1, code="ST1", name="羊毛大衣", brand_id=1, category_code="coat")
    put(
        connection, "catalog_product", id=1, code="SKU-7", style_id=1, brand_id=1, category_code="coat", size="M",
        colour="駝色", list_price=259_900, members_only=False, active=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def site_cookies() -> dict[str, tuple[str, str]]:
    """Sessions of these tests alone: they begin where the clock stands, and would be over for everybody else."""
    return {}


@pytest.fixture
def shops(product: Flask) -> Iterator[Flask]:
    """The product with both stores; store accounts look after the first one."""
    assert {1} == OWN_STORES
    kept.forget()
    forget_places()
    with engine().begin() as connection:
        fill(connection)
    with clock.fixed(NOW):
        yield product
    kept.forget()
    forget_places()
