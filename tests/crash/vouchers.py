"""Vouchers from their issue to their end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from addons.sales.tests.shop import NOON
from addons.vouchers import jobs, services
from addons.vouchers.models import Voucher
from addons.vouchers.services import Wanted
from core.db.session import reading, work
from tests.crash.points import as_job
from tests.crash.scene import TODAY, Act, World, posted, scene

END = date(2026, 12, 31)


def id_of(code: str) -> int:
    """Return the key of a voucher."""
    with reading() as session:
        return session.scalars(select(Voucher.id).where(Voucher.code == code)).one()


def what(world: World) -> dict[str, Any]:
    return {"store_id": world.shop.store, "day": TODAY, "now": NOON, "by": "amy"}


@scene("vouchers.give")
def a_voucher_is_given_to_another_member(world: World) -> Act:
    giver, friend = world.shop.member(), world.shop.member()
    asked: dict[str, Any] = {"voucher_id": id_of(world.voucher(giver)), "member_id": friend}
    return posted("vouchers.give", lambda s: services.give(s, **asked, **what(world)), **asked)


@scene("vouchers.split", on_both=True)
def a_voucher_is_split(world: World) -> Act:
    number, parts = id_of(world.voucher(world.shop.member())), [10_000, 15_000, 5_000]

    def command(session: Any) -> list[str]:
        return services.split(session, voucher_id=number, parts=parts, **what(world))

    return posted("vouchers.split", command, voucher=number)


@scene("vouchers.cancel")
def vouchers_are_cancelled(world: World) -> Act:
    member = world.shop.member()
    asked: dict[str, Any] = {
        "voucher_ids": [id_of(world.voucher(member)) for _ in range(3)],
        "reason": "printed wrongly",
    }

    def command(session: Any) -> list[str]:
        return services.cancel(session, day=TODAY, now=NOON, by="hq", **asked)

    return posted("vouchers.cancel", command, **asked)


@scene("vouchers.hand_over")
def a_gift_voucher_is_handed_in(world: World) -> Act:
    member = world.shop.member()
    with work() as session:
        shop = world.shop
        issue = services.Issue(member, shop.brand, shop.store, "gift", 0, TODAY, NOON, "test", title="scarf")
        [code] = services.issue_many(session, [issue])
    asked: dict[str, Any] = {"code": code, "ref": "scarf 7", "member_id": member}
    command = lambda s: services.hand_over(s, **asked, **what(world))._asdict()  # noqa: E731 - one line, used once
    return posted("vouchers.hand_over", command, **asked)


# --- batches and their budget -----------------------------------------------------------------------------------------


def wanted(world: World, count: int = 4, *, granted: int = 100_000) -> Wanted:
    """Ask for vouchers out of a budget."""
    shop = world.shop
    with work() as session:
        budget = services.open_budget(session, brand_id=shop.brand, name=f"spring {granted}", granted=granted)
        number = budget.id
    return Wanted(shop.store, f"spring {count}", "five years", "cash", 5_000, END, count=count, budget_id=number)


def batch(world: World, count: int = 4, **more: Any) -> int:
    """A batch that is to be issued; so small a one needs no second person."""
    asked = wanted(world, count, **more)
    with work() as session:
        return services.ask_batch(session, asked, day=TODAY, now=NOON, by="ann").id


@scene("vouchers.batch")
def a_batch_is_asked_for(world: World) -> Act:
    asked = wanted(world)
    return posted("vouchers.batch", lambda s: services.ask_batch(s, asked, day=TODAY, now=NOON, by="ann").id)


@scene("vouchers.issue_part", on_both=True)
def a_part_of_a_batch_is_issued(world: World) -> Act:
    number = batch(world)
    return lambda: jobs.issue_next(number, 0, by="night", limit=3)


@scene("vouchers.issue_part", in_parts=True)
def a_batch_is_issued_by_the_night_until_its_budget_is_used_up(world: World) -> Act:
    batch(world, 30, granted=149_999)
    batch(world, 3)
    return as_job("vouchers.issue_batches", jobs.issue_batches)


@scene("vouchers.stop")
def a_batch_is_stopped(world: World) -> Act:
    number = batch(world)
    jobs.issue_next(number, 0, by="night", limit=3)
    asked: dict[str, Any] = {"batch_id": number, "reason": "a mistake", "limit": 500}
    command = lambda s: services.stop_part(s, day=TODAY, now=NOON, by="ann", **asked)  # noqa: E731 - as above
    return posted("vouchers.stop", command, **asked)


@scene("vouchers.expire", in_parts=True)
def vouchers_whose_last_day_is_over_end(world: World) -> Act:
    member, yesterday = world.shop.member(), TODAY - timedelta(days=1)
    for _ in range(3):
        world.voucher(member, valid_from=yesterday, valid_until=yesterday)
    return as_job("vouchers.expire", jobs.expire)


@scene("vouchers.restore")
def what_a_voucher_paid_is_given_back(world: World) -> Act:
    member = world.shop.member()
    code = world.voucher(member)
    facts: dict[str, Any] = {"receipt_id": 7, "store_id": world.shop.store, "day": TODAY, "now": NOON}
    with work() as session:
        services.redeem(session, uses=[(code, 20_000)], brand_id=world.shop.brand, member_id=member, **facts)
    parts = [(id_of(code), 15_000)]

    def command(session: Any) -> list[int]:
        return [each.remaining for each in services.restore(session, parts=parts, **facts)]

    return posted("vouchers.restore", command)
