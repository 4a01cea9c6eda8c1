"""Points that come, go, wait and are decided on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from addons.membership import services as membership
from addons.points import jobs, services
from addons.points.models import ReasonCode, Review
from addons.points.services import MONTHS, Earning
from addons.points.tests import book
from addons.points.tests.pooled import pool, relatives
from addons.points.tests.test_transferring import make_family
from addons.points.tests.test_visit_limits import limited
from addons.sales.tests.shop import NOON
from addons.vouchers.tests.shop import Shop as Ledgers
from core.jobs import Progress, record
from core.ledger.closing import ask_close, decide_close
from core.policy.live import live_program
from tests.crash.scene import TODAY, Act, World, posted, scene

LONG_AGO = TODAY - timedelta(days=800)


def with_points(ledgers: Ledgers, *points: int, number: str = "71", **more: Any) -> int:
    """Make a member who earned points in so many lots, by receipts 710, 711..."""
    member = ledgers.member(number)
    for each, amount in enumerate(points):
        book.earn(ledgers, member, amount, receipt_id=int(number) * 10 + each, **more)
    return member


def as_job(name: str, work: Any) -> Act:
    """Run a job of the night in this process, as its worker does."""
    job_id = record(name, {})
    return lambda: work(Progress(job_id))


@scene("points.visit")
def a_visit_is_confirmed(world: World) -> Act:
    member, store = world.shop.member("gold"), world.shop.store

    def command(session: Any) -> Any:
        program = live_program(session, "GB", NOON).program
        facts: dict[str, Any] = {"invited": True, "confirmed_by": "amy", "now": NOON, "program": program}
        return services.record_visit(session, member_id=member, store_id=store, **facts)._asdict()

    return posted("points.visit", command, member=member)


@scene("points.visit", on_both=True)
def a_visit_takes_its_points_from_a_budget(world: World) -> Act:
    member, store = world.shop.member("gold"), world.shop.store
    program = limited({"per": "all", "period": "month", "budget": 250})

    def command(session: Any) -> Any:
        facts: dict[str, Any] = {"invited": True, "confirmed_by": "amy", "now": NOON, "program": program}
        return services.record_visit(session, member_id=member, store_id=store, **facts)._asdict()

    return posted("points.visit", command, member=member)


@scene("points.exchange", on_both=True)
def points_become_vouchers_because_she_asks(world: World) -> Act:
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 2000, 1700, 2500)
    store = world.shop.store

    def command(session: Any) -> list[int]:
        done = services.request_exchange(session, member_id=member, store_id=store, now=NOON)
        return [each.points for each in done]

    return posted("points.exchange", command, member=member)


@scene("points.transfer", on_both=True)
def points_go_to_another_of_the_family_and_pay_her_debt(world: World) -> Act:
    world.decide("points.family_transfers", True)
    with world.ledgers() as ledgers:
        giver, taker = make_family(ledgers)
        for receipt, points in ((901, 300), (902, 500)):
            book.earn(ledgers, giver, points, receipt_id=receipt)
        book.earn(ledgers, taker, 100, receipt_id=903)
        book.spend(ledgers, taker, 100)
        book.reverse(ledgers, taker, 100, receipt=903)
    asked: dict[str, Any] = {
        "from_id": giver,
        "into_id": taker,
        "points": 600,
        "store_id": world.shop.store,
        "by": "amy",
    }
    return posted("points.transfer", lambda s: services.transfer(s, now=NOON, **asked)._asdict(), **asked)


def correction(world: World, points: int) -> int:
    """Ask for a correction of a member's points."""
    with world.ledgers() as ledgers:
        ledgers.session.add(ReasonCode(code="error", name="記錯更正"))
        member = with_points(ledgers, 200, 300)
        asked: dict[str, Any] = {"code": "error", "note": "typed wrongly", "by": "ann", "now": NOON}
        return services.ask_adjustment(ledgers.session, member_id=member, points=points, **asked)


@scene("points.ask_adjustment")
def a_correction_is_asked_for(world: World) -> Act:
    with world.ledgers() as ledgers:
        ledgers.session.add(ReasonCode(code="error", name="記錯更正"))
        member = with_points(ledgers, 200)
    asked: dict[str, Any] = {"member_id": member, "points": -50, "code": "error", "note": "", "by": "ann"}
    return posted("points.ask_adjustment", lambda s: services.ask_adjustment(s, now=NOON, **asked), **asked)


@scene("points.decide_adjustment")
def a_correction_is_approved_by_a_second_person(world: World) -> Act:
    asked: dict[str, Any] = {"adjustment_id": correction(world, -900), "approve": True, "by": "bob"}
    return posted("points.decide_adjustment", lambda s: services.decide_adjustment(s, now=NOON, **asked), **asked)


def claim(world: World) -> int:
    """Points of goods that came back, some of them beyond the lowest balance."""
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 8000)
        book.spend(ledgers, member, 8000)
        book.reverse(ledgers, member, 8000, receipt=710)
        return int(ledgers.session.scalars(select(Review.id)).one())


@scene("points.propose")
def to_write_a_claim_off_is_proposed(world: World) -> Act:
    asked: dict[str, Any] = {"review_id": claim(world), "outcome": "write_off", "reason": "out of reach", "by": "ann"}
    return posted("points.propose", lambda s: services.propose(s, now=NOON, **asked), **asked)


@scene("points.decide_review")
def a_claim_is_written_off_by_a_second_person(world: World) -> Act:
    number = claim(world)
    with world.ledgers() as ledgers:
        proposed: dict[str, Any] = {"outcome": "write_off", "reason": "out of reach", "by": "ann", "now": NOON}
        services.propose(ledgers.session, review_id=number, **proposed)
    asked: dict[str, Any] = {"review_id": number, "approve": True, "by": "bob"}
    return posted("points.decide_review", lambda s: services.decide_review(s, now=NOON, **asked), **asked)


MARCH = date(2026, 3, 1)


def march(world: World) -> None:
    with world.ledgers() as ledgers:
        with_points(ledgers, 500, day=MARCH)


@scene("points.ask_close")
def the_closing_of_a_month_is_asked_for(world: World) -> Act:
    march(world)
    return posted("points.ask_close", lambda s: ask_close(s, MONTHS, month=MARCH, by="ann", now=NOON).id, month="3")


@scene("points.decide_close")
def a_month_is_closed_by_a_second_person(world: World) -> Act:
    march(world)
    with world.ledgers() as ledgers:
        number = ask_close(ledgers.session, MONTHS, month=MARCH, by="ann", now=NOON).id
    asked: dict[str, Any] = {"request_id": number, "approve": True, "by": "bob"}
    return posted("points.decide_close", lambda s: decide_close(s, MONTHS, now=NOON, **asked), **asked)


# --- held at tills ----------------------------------------------------------------------------------------------------


def held(world: World, *, minutes: int = 0) -> int:
    """Hold points of two lots, so many minutes ago; return the hold."""
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 100, 100)
        kept: dict[str, Any] = {"store_id": ledgers.store_id, "by": "till", "now": NOON - timedelta(minutes=minutes)}
        return services.hold(ledgers.session, member_id=member, points=150, **kept).hold_id


@scene("points.hold")
def points_are_held_for_a_till(world: World) -> Act:
    with world.ledgers() as ledgers:
        member = with_points(ledgers, 100, 100)
    asked: dict[str, Any] = {"member_id": member, "points": 150, "store_id": world.shop.store, "by": "till"}
    return posted("points.hold", lambda s: services.hold(s, now=NOON, **asked).hold_id, **asked)


@scene("points.release")
def held_points_are_let_go(world: World) -> Act:
    number = held(world)
    return posted("points.release", lambda s: services.release(s, hold_id=number, now=NOON), hold=number)


@scene("points.spend_held")
def a_part_of_held_points_is_spent(world: World) -> Act:
    asked: dict[str, Any] = {"hold_id": held(world), "points": 120, "reason": "gift"}
    return posted("points.spend_held", lambda s: services.spend_held(s, now=NOON, **asked)._asdict(), **asked)


@scene("points.release", on_both=True)
def points_of_a_family_go_back_to_whose_they_were(world: World) -> Act:
    with world.ledgers() as ledgers:
        pool(ledgers)
        one, two = relatives(ledgers)
        book.earn(ledgers, two, 200, receipt_id=901)
        kept: dict[str, Any] = {"store_id": ledgers.store_id, "by": "till", "now": NOON}
        number = services.hold(ledgers.session, member_id=one, points=150, **kept).hold_id
    return posted("points.release", lambda s: services.release(s, hold_id=number, now=NOON), hold=number)


@scene("points.spend", on_both=True)
def a_family_spends_together(world: World) -> Act:
    with world.ledgers() as ledgers:
        pool(ledgers)
        one, two = relatives(ledgers)
        book.earn(ledgers, one, 100, receipt_id=901)
        book.earn(ledgers, two, 200, receipt_id=902)
    asked: dict[str, Any] = {"member_id": one, "points": 250, "store_id": world.shop.store, "reason": "gift"}
    return posted("points.spend", lambda s: len(services.spend(s, now=NOON, **asked)), **asked)


@scene("points.release_holds", in_parts=True)
def points_that_tills_held_too_long_are_free_again(world: World) -> Act:
    held(world, minutes=60)
    return as_job("points.release_holds", jobs.release_holds)


# --- nights -----------------------------------------------------------------------------------------------------------


@scene("points.release_pending", in_parts=True)
def points_that_waited_are_given(world: World) -> Act:
    with world.ledgers() as ledgers:
        members = [ledgers.member(number) for number in ("71", "72")]
        waiting: list[Earning] = [
            book.earned(ledgers, member, 70, source="referral", pending_days=14, day=TODAY - timedelta(days=30))
            for member in members
        ]
        services.earn_many(ledgers.session, waiting)
    return as_job("points.release_pending", jobs.release_pending)


@scene("points.expire", in_parts=True)
def points_whose_last_day_is_over_go(world: World) -> Act:
    world.decide("points.expiry", True)
    with world.ledgers() as ledgers:
        for number in ("71", "72"):
            member = with_points(ledgers, 300, number=number, day=LONG_AGO)
            book.earn(ledgers, member, 50, receipt_id=950)
            book.spend(ledgers, member, 100)
    return as_job("points.expire", jobs.expire)


# --- two files become one ---------------------------------------------------------------------------------------------


@scene("membership.merge")
def two_files_become_one_with_points_and_vouchers_of_both(world: World) -> Act:
    with world.ledgers() as ledgers:
        goes = with_points(ledgers, 8000, 200, number="71")
        stays = with_points(ledgers, 50, number="72")
        book.spend(ledgers, goes, 8200)
        book.reverse(ledgers, goes, 8000, receipt=710)
    for member in (goes, stays):
        world.voucher(member)
        world.shop.sell(world.shop.product(100_000), member_id=member)
    asked: dict[str, Any] = {"from_id": goes, "into_id": stays, "reason": "one person", "by": "ann"}
    return posted("membership.merge", lambda s: membership.merge_members(s, now=NOON, **asked).id, **asked)
