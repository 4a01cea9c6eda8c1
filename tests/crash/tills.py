"""What tills of other makers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from addons.points.tests import book
from addons.pos import services
from addons.pos.queries import KnownTill
from addons.sales.models import Receipt
from addons.sales.tests.shop import NOON
from addons.stores.models import Staff
from addons.vouchers import services as vouchers
from core.db.posting import Posted
from core.db.scope import acting
from core.db.session import reading, work
from tests.crash.points import with_points
from tests.crash.scene import SECRET, TODAY, Act, World, scene

HOUR = timedelta(hours=1)


def connected(world: World) -> KnownTill:
    """Connect a till."""
    with work() as session:
        made = services.add_till(session, store_id=world.shop.store, name="till", by="hq", now=NOON)
    with reading() as session:
        return services.recognise(session, made.credential, NOON)


def calls(world: World, ask: Callable[..., Posted], asked: dict[str, Any], **more: Any) -> Act:
    """Call as a till, once under its key."""
    till = connected(world)

    def call() -> Any:
        with acting(services.scope_of_till(till)):
            return ask(till=till, asked=asked, key="k", now=NOON, **more).answer

    return call


def line(code: str, quantity: int = 1) -> dict[str, Any]:
    return {"product": code, "quantity": quantity}


@scene("pos.checkout")
def a_quote_is_sold_with_a_held_voucher(world: World) -> Act:
    shop, till = world.shop, connected(world)
    member = shop.member("gold")
    code = world.voucher(member)
    asked: dict[str, Any] = {"lines": [line(shop.product(100_000), 2)], "member": member}
    asked |= {"vouchers": [code], "hold": "sale-1"}
    with acting(services.scope_of_till(till)):
        held = {"codes": [code], "sale": "sale-1", "member": member}
        services.lock_vouchers(till=till, asked=held, key="l", now=NOON)
        with reading() as session:
            asked["quote"] = services.price(session, till=till, asked=asked, now=NOON, secret=SECRET)["quote"]

    def call() -> Any:
        with acting(services.scope_of_till(till)):
            return services.sell(till=till, asked=asked, key="k", now=NOON, secret=SECRET).answer

    return call


@scene("pos.visit")
def a_visit_is_recorded(world: World) -> Act:
    return calls(world, services.record_visit, {"member": world.shop.member("gold"), "confirmed_by": "amy"})


@scene("pos.member")
def a_file_is_begun_by_a_till(world: World) -> Act:
    return calls(world, services.begin_file, {"phone": "+8613700000009", "name": "新客"})


def rich(world: World) -> int:
    """Make a member with points in three lots."""
    with world.ledgers() as ledgers:
        return with_points(ledgers, 300, 400, 500)


def holding(world: World, till: KnownTill) -> int:
    """Let a till hold points over two lots."""
    with acting(services.scope_of_till(till)):
        asked = {"member": rich(world), "points": 600}
        return int(services.hold_points(till=till, asked=asked, key="h", now=NOON).answer["hold"])


@scene("pos.hold_points", on_both=True)
def a_till_holds_points(world: World) -> Act:
    return calls(world, services.hold_points, {"member": rich(world), "points": 600, "sale": "gift 3"})


@scene("pos.release_points")
def a_till_lets_points_go(world: World) -> Act:
    till = connected(world)
    asked = {"hold": holding(world, till)}

    def call() -> Any:
        with acting(services.scope_of_till(till)):
            return services.release_points(till=till, asked=asked, key="k", now=NOON).answer

    return call


@scene("pos.redeem_points", on_both=True)
def a_till_gives_a_gift_for_points_it_holds(world: World) -> Act:
    till = connected(world)
    asked = {"hold": holding(world, till), "points": 450, "gift": "umbrella, blue"}

    def call() -> Any:
        with acting(services.scope_of_till(till)):
            return services.redeem_points(till=till, asked=asked, key="k", now=NOON).answer

    return call


@scene("pos.lock_vouchers")
def vouchers_are_held(world: World) -> Act:
    member = world.shop.member()
    asked: dict[str, Any] = {
        "codes": [world.voucher(member), world.voucher(member)],
        "sale": "sale-1",
        "member": member,
    }
    return calls(world, services.lock_vouchers, asked)


@scene("pos.release_vouchers")
def held_vouchers_are_let_go(world: World) -> Act:
    till, member = connected(world), world.shop.member()
    asked: dict[str, Any] = {"codes": [world.voucher(member)], "sale": "sale-1"}

    def call() -> Any:
        with acting(services.scope_of_till(till)):
            return services.release_vouchers(till=till, asked=asked, key="k", now=NOON).answer

    with acting(services.scope_of_till(till)):
        services.lock_vouchers(till=till, asked=asked | {"member": member}, key="l", now=NOON)
    return call


@scene("pos.hand_over")
def a_gift_voucher_is_handed_in_to_a_till(world: World) -> Act:
    shop, member = world.shop, world.shop.member()
    with work() as session:
        issue = vouchers.Issue(member, shop.brand, shop.store, "gift", 0, TODAY, NOON, "test", title="scarf")
        [code] = vouchers.issue_many(session, [issue])
    return calls(world, services.hand_over, {"code": code, "ref": "scarf 7", "member": member})


@scene("pos.split_voucher", on_both=True)
def a_till_splits_a_voucher(world: World) -> Act:
    member = world.shop.member()
    return calls(
        world, services.split_voucher, {"code": world.voucher(member), "parts": [10_000, 20_000], "member": member}
    )


@scene("pos.give_voucher", on_both=True)
def a_till_gives_a_voucher_on(world: World) -> Act:
    member, other = world.shop.member(), world.shop.member()
    return calls(world, services.give_voucher, {"code": world.voucher(member), "to": other, "member": member})


def returning(world: World, **more: Any) -> tuple[int, dict[str, Any]]:
    """Sell two pieces to a member; return her and how one of them comes back."""
    shop = world.shop
    member = shop.member("gold")
    shop.sell(shop.product(100_000), shop.product(50_000), member_id=member, vouchers=(world.voucher(member),))
    [receipt] = shop.rows(Receipt)
    lines = [{"line": 2, "quantity": 1}]
    return member, {"receipt": receipt.number, "sold_on": receipt.day, "lines": lines, "reason": "size"} | more


@scene("pos.return")
def goods_come_back_to_a_till(world: World) -> Act:
    return calls(world, services.take_back, returning(world)[1])


@scene("pos.exchange")
def goods_are_exchanged_at_a_till(world: World) -> Act:
    member, back = returning(world)
    sale = {"lines": [line(world.shop.product(80_000))], "member": member}
    return calls(world, services.exchange, {"back": back, "sale": sale})


@scene("pos.return_unreceipted")
def goods_come_back_to_a_till_without_a_receipt(world: World) -> Act:
    world.decide("sales.without_receipt", "voucher")
    shop, member = world.shop, world.shop.member("gold")
    code = shop.product(10_000)
    shop.sell(code)
    with work() as session:
        session.add(Staff(store_id=shop.store, code="boss", name="Boss", role="manager"))
    asked: dict[str, Any] = {
        **line(code),
        "member": member,
        "reason": "quality",
        "cashier": "amy",
        "approved_by": "boss",
    }
    return calls(world, services.take_back_unreceipted, asked)


# --- without a connection ---------------------------------------------------------------------------------------------


def away(world: World) -> tuple[KnownTill, dict[str, Any]]:
    """A till that took a pack at noon; return it and what each of its sales says."""
    till = connected(world)
    with acting(services.scope_of_till(till)):
        pack = services.make_pack(till=till, now=NOON, secret=SECRET)["pack"]
    return till, {"pack": pack, "sold_at": NOON + HOUR}


def brought(till: KnownTill, *sales: dict[str, Any]) -> list[dict[str, Any]]:
    """Bring sales in the evening; whether one came before is left out of what is told."""
    with acting(services.scope_of_till(till)):
        told = services.take_sales(till=till, asked=sales, now=NOON + 8 * HOUR, secret=SECRET)
    return [{name: value for name, value in one.items() if name != "repeated"} for one in told]


@scene("pos.offline_sale", in_parts=True)
def sales_made_offline_are_brought_together(world: World) -> Act:
    shop = world.shop
    member = shop.member("gold")
    card, product, code = "C000001", shop.product(100_000), world.voucher(member)
    with world.ledgers() as ledgers:
        book.earn(ledgers, member, 2800)
    till, said = away(world)
    cash = [{"kind": "cash", "amount": 100_000}]
    by_voucher = {"card": card, "payments": [{"kind": "cash", "amount": 60_000}]}
    by_voucher |= {"vouchers": [{"code": code, "amount": 30_000}]}
    sales = [
        said | {"key": "one", "lines": [line(product)], "payments": cash},
        said | {"key": "two", "lines": [line(product)]} | by_voucher,
        said | {"key": "three", "lines": [line("never heard of")], "payments": cash},
    ]
    return lambda: brought(till, *sales)


@scene("pos.post_held")
def a_held_sale_is_posted_after_all(world: World) -> Act:
    product = world.shop.product(10_000)
    till, said = away(world)
    paid = [{"kind": "cash", "amount": 10_000}]
    wrong = said | {"sold_at": NOON + 30 * HOUR}  # its clock was ahead
    brought(till, wrong | {"key": "one", "lines": [line(product)], "payments": paid})
    said = {"reason": "clock was wrong", "by": "ann", "now": NOON + 9 * HOUR, "key": "f"}
    return lambda: services.post_held(sale_id=1, **said).answer
