"""Sales, and goods that come back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from addons.catalog.models import Product
from addons.membership.models import Member
from addons.membership.services import open_segment
from addons.points.services import earn_many
from addons.points.tests.book import earned
from addons.sales import services
from addons.sales.domain.refusals import PriceChanged
from addons.sales.domain.request import SaleLine, SaleRequest
from addons.sales.domain.returning import BackLine, ReturnRequest, Unreceipted
from addons.sales.tests.book import book
from addons.sales.tests.shop import NOON
from addons.sales.tests.test_points_budgets import TRIPLE
from addons.tiers import services as tiers
from core.db.posting import Posted
from core.db.session import work
from core.imports.records import Wanted
from tests.crash.scene import Act, World, scene


def told(ask: Callable[..., Posted], *args: Any, **named: Any) -> Act:
    """Ask a service that posts by itself, at noon."""
    return lambda: ask(*args, now=NOON, **named).answer


def sold(world: World, *prices: int, vouchers: bool = False, **more: Any) -> tuple[int, dict[str, Any]]:
    """Sell to a gold member; return her and the answer."""
    shop = world.shop
    member = shop.member("gold")
    codes = (world.voucher(member),) if vouchers else ()
    lines = [SaleLine(shop.product(price)) for price in prices]
    return member, shop.sell(lines=lines, member_id=member, vouchers=codes, **more)


def back(world: World, answer: dict[str, Any], *lines: BackLine, **more: Any) -> ReturnRequest:
    values: dict[str, Any] = {"store_id": world.shop.store, "reason": "size", "cashier": "amy", "approved_by": "boss"}
    return ReturnRequest(receipt_id=answer["receipt_id"], lines=lines, **values | more)


@scene("sales.checkout", on_both=True)
def a_sale_pays_by_voucher_raises_the_tier_and_gives_a_voucher_for_points(world: World) -> Act:
    shop = world.shop
    member = shop.member("ordinary")
    lines = [SaleLine(shop.product(400_000)), SaleLine(shop.product(50_000), 2)]
    basket = shop.request(lines=lines, member_id=member, vouchers=(world.voucher(member),))
    return told(services.checkout, basket, key="till:1")


def by_the_book(act: Act) -> Act:
    """Do it while a rule gives points from a budget."""

    def asked() -> Any:
        with book(TRIPLE):
            return act()

    return asked


@scene("sales.checkout", on_both=True)
def a_sale_gives_points_from_a_budget(world: World) -> Act:
    shop = world.shop
    basket = shop.request(shop.product(10_000), member_id=shop.member())
    return by_the_book(told(services.checkout, basket, key="till:1"))


@scene("sales.return")
def points_that_are_taken_back_free_their_budget(world: World) -> Act:
    with book(TRIPLE):
        _, answer = sold(world, 8_000, 4_000)
    return by_the_book(told(services.take_back, back(world, answer, BackLine(2, 1)), key="till:2"))


@scene("sales.checkout")
def a_friend_becomes_a_member_with_her_first_receipt(world: World) -> Act:
    shop = world.shop
    with world.ledgers() as ledgers:
        open_segment(ledgers.session, store_id=shop.store, tier="ordinary", first=30_000_000, last=30_000_099)
    profile = {"name": "新客", "phone": "+8613700000001", "birthday_declined": True, "referrer_id": shop.member("gold")}
    basket = shop.request(shop.product(100_000), enrol=profile)
    return told(services.checkout, basket, key="till:1")


@scene("sales.checkout", in_parts=True)
def a_sale_at_another_price_is_refused_and_the_no_is_kept(world: World) -> Act:
    basket = world.shop.request(world.shop.product(100_000), told=1)

    def ask() -> None:
        with suppress(PriceChanged):
            services.checkout(basket, key="till:1", now=NOON)

    return ask


@scene("sales.checkout")
def past_receipts_are_taken_over_together(world: World) -> Act:
    shop = world.shop
    members = [shop.member("gold") for _ in range(3)]
    product = shop.product(20_000)
    baskets = [
        SaleRequest(shop.store, [SaleLine(product)], member_id=member, number=f"R{member}", at=NOON, source="import")
        for member in members
    ]

    def ask() -> None:  # told how many were new, which is not the same the second time
        services.sell_batch(baskets, [f"import:{member}" for member in members], NOON)

    return ask


@scene("sales.checkout", "points.release_pending", "tiers.convert_due", in_parts=True)
def one_purchase_of_a_file_is_taken_over_and_the_day_passes_before_it(world: World) -> Act:
    shop = world.shop
    member, climber = shop.member("gold"), shop.member("ordinary")
    shop.sell(shop.product(400_000), member_id=climber)  # a tier that waits for its card
    with world.ledgers() as ledgers:
        wait = earned(ledgers, member, 70, source="referral", pending_days=0, day=NOON.date().replace(day=1))
        earn_many(ledgers.session, [wait])
        number = ledgers.session.get_one(Member, member).number
    head = ["receipt", "store", "at", "product", "quantity", "list_amount", "amount", "member", "currency"]
    row = ["R1", "S1", "2027-03-02T15:00", shop.product(1), 1, "100.00", "100.00", number, "CNY"]
    path = world.folder / "purchases.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, row])
    return lambda: services.import_purchases(Wanted(path), NOON).rejected


@scene("sales.return", on_both=True)
def goods_come_back_after_a_voucher_paid_and_points_were_used(world: World) -> Act:
    member, answer = sold(world, 350_000, 50_000, vouchers=True)
    assert answer["vouchers"]  # points became one
    world.shop.sell(world.shop.product(60_000), member_id=member, vouchers=tuple(answer["vouchers"]))
    return told(services.take_back, back(world, answer, BackLine(1, 1), BackLine(2, 1)), key="return:1")


@scene("sales.return")
def one_line_of_three_comes_back_after_the_tier_it_led_to(world: World) -> Act:
    shop = world.shop
    member = shop.member("ordinary")
    lines = [SaleLine(shop.product(price)) for price in (200_000, 90_000, 50_000)]
    answer = shop.sell(lines=lines, member_id=member)
    with work() as session:
        tiers.confirm_conversion(session, member_id=member, now=NOON)
    return told(services.take_back, back(world, answer, BackLine(1, 1)), key="return:1")


@scene("sales.return")
def a_price_is_corrected(world: World) -> Act:
    _, answer = sold(world, 100_000)
    lines = back(world, answer, BackLine(1, price=80_000), reason="price")
    return told(services.take_back, lines, key="return:1")


@scene("sales.return")
def a_size_is_swapped(world: World) -> Act:
    shop = world.shop
    _, answer = sold(world, 100_000)
    with work() as session:
        bought = session.scalars(select(Product).order_by(Product.id.desc())).first()
        assert bought is not None
        values: dict[str, Any] = {"style_id": bought.style_id, "brand_id": shop.brand, "category_code": "top"}
        session.add(Product(code="LARGE", size="L", list_price=120_000, **values))
    return told(services.take_back, back(world, answer, BackLine(1, 1, swap="LARGE")), key="return:1")


@scene("sales.exchange")
def goods_are_exchanged_for_dearer_ones(world: World) -> Act:
    member, answer = sold(world, 100_000, vouchers=True)
    basket = world.shop.request(world.shop.product(120_000), member_id=member)
    return told(services.exchange, back(world, answer, BackLine(1, 1)), basket, key="exchange:1")


@scene("sales.return_unreceipted")
def goods_without_a_receipt_are_taken_for_a_voucher(world: World) -> Act:
    shop = world.shop
    world.decide("sales.without_receipt", "voucher")
    product, member = shop.product(10_000), shop.member("gold")
    shop.sell(product)
    values: dict[str, Any] = {"reason": "quality", "cashier": "amy", "approved_by": "boss", "quantity": 1}
    asked = Unreceipted(store_id=shop.store, product=product, member_id=member, **values)
    return told(services.take_back_unreceipted, asked, key="return:1")
