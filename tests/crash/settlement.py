"""What franchisees and headquarters owe each other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from addons.sales import services as sales
from addons.sales.domain.returning import BackLine, ReturnRequest
from addons.sales.tests.shop import NOON
from addons.settlement import services
from addons.settlement.models import Entry
from addons.settlement.services import MONTHS
from core.db.session import reading, work
from core.ledger.closing import ask_close, decide_close
from tests.crash.scene import Act, World, posted, scene

LATER = NOON + timedelta(days=2)
IN_JUNE = NOON + timedelta(days=40)
MAY = date(2026, 5, 1)


def trade(world: World) -> None:
    """Sell for points and a voucher in one store, use the voucher in the other, take goods back."""
    shop = world.shop
    member = shop.member("gold")
    answer = shop.sell(shop.product(350_000), shop.product(50_000), member_id=member)
    [code] = answer["vouchers"]
    shop.sell(shop.product(100_000), member_id=member, vouchers=(code,), store_id=shop.other_store)
    back = ReturnRequest(shop.store, answer["receipt_id"], [BackLine(2, 1)], "size")
    sales.take_back(back, key="return:1", now=NOON)


@scene("settlement.settle", "settlement.mark", in_parts=True)
def sales_returns_points_and_vouchers_are_settled(world: World) -> Act:
    trade(world)
    return lambda: services.settle(now=LATER)


def line(world: World) -> int:
    """Return a line that was settled."""
    trade(world)
    services.settle(now=LATER)
    with reading() as session:
        return session.scalars(select(Entry.id).order_by(Entry.id)).first() or 0


@scene("settlement.dispute")
def a_line_is_disputed(world: World) -> Act:
    asked: dict[str, Any] = {"entry_id": line(world), "reason": "not ours", "by": "fay"}
    return posted("settlement.dispute", lambda s: services.dispute(s, now=LATER, **asked), **asked)


@scene("settlement.decide")
def a_disputed_line_is_taken_back(world: World) -> Act:
    number = line(world)
    with work() as session:
        dispute = services.dispute(session, entry_id=number, reason="not ours", by="fay", now=LATER)
    asked: dict[str, Any] = {"dispute_id": dispute, "accept": True, "answer": "true", "by": "hal"}
    return posted("settlement.decide", lambda s: services.decide(s, now=LATER, **asked), **asked)


@scene("settlement.ask_close")
def the_closing_of_a_settled_month_is_asked_for(world: World) -> Act:
    line(world)
    asked: dict[str, Any] = {"month": MAY, "by": "ann"}
    return posted("settlement.ask_close", lambda s: ask_close(s, MONTHS, now=IN_JUNE, **asked).id, month="5", by="ann")


@scene("settlement.decide_close")
def a_settled_month_is_closed_by_a_second_person(world: World) -> Act:
    line(world)
    with work() as session:
        number = ask_close(session, MONTHS, month=MAY, by="ann", now=IN_JUNE).id
    asked: dict[str, Any] = {"request_id": number, "approve": True, "by": "bob"}
    return posted("settlement.decide_close", lambda s: decide_close(s, MONTHS, now=IN_JUNE, **asked), **asked)
