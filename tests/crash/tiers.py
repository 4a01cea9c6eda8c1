"""Tiers: reviewed, lowered, converted, given for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from addons.membership.services import activate_card, issue_card, open_segment
from addons.sales.tests.shop import NOON
from addons.tiers import services
from addons.tiers.jobs import downgrading, due, reviewing
from addons.tiers.tests.buying import buy, paid
from addons.vouchers.tests.shop import Shop as Ledgers
from core.policy.live import live_program
from rules.decide import Program
from tests.crash.points import as_job
from tests.crash.scene import TODAY, Act, World, posted, scene

DAY = timedelta(days=1)
END = TODAY + 90 * DAY


def program(ledgers: Ledgers) -> Program:
    """Return the programme that decides."""
    return live_program(ledgers.session, "GB", NOON).program


@scene("tiers.begin_review", "tiers.review", "tiers.end_part", in_parts=True)
def the_night_reviews_everybody_in_parts(world: World) -> Act:
    with world.ledgers() as ledgers:
        for number in ("71", "72", "73"):
            paid(ledgers, ledgers.member(number), 400_000, TODAY - 5 * DAY)
    return as_job("tiers.review", lambda told: reviewing.review(told, span=2))


def holds_since(world: World, days: int) -> int:
    """Make a member whose tier holds since so many days ago."""
    since = TODAY - days * DAY
    world.decide("tiers.downgrade", "review")
    with world.ledgers() as ledgers:
        member = ledgers.member("71")
        buy(ledgers, program(ledgers), member, 3000, since)
        services.confirm_conversion(ledgers.session, member_id=member, now=NOON - days * DAY)
    return member


@scene("tiers.give_notices", "tiers.settle_notices", in_parts=True)
def notice_is_given_of_a_review(world: World) -> Act:
    holds_since(world, 350)
    return as_job("tiers.downgrade", downgrading.downgrade)


@scene("tiers.settle_notices", "tiers.give_notices", in_parts=True)
def a_tier_steps_down_after_its_grace(world: World) -> Act:
    holds_since(world, 365 + 31)
    with world.ledgers() as ledgers:
        earlier = TODAY - 45 * DAY
        services.give_notices(ledgers.session, brand_id=ledgers.brand_id, day=earlier, program=program(ledgers))
    return as_job("tiers.downgrade", downgrading.downgrade)


def waits(world: World, days: int) -> int:
    """Make a member whose new tier waits for its card since so many days ago."""
    with world.ledgers() as ledgers:
        member = ledgers.member("71")
        buy(ledgers, program(ledgers), member, 3000, TODAY - days * DAY)
        return member


@scene("tiers.convert_due", in_parts=True)
def a_tier_holds_whose_card_was_not_converted_in_time(world: World) -> Act:
    waits(world, 60)
    return as_job("tiers.convert_due", due.convert_due)


@scene("tiers.convert")
def a_card_is_converted(world: World) -> Act:
    shop = world.shop
    with world.ledgers() as ledgers:
        session = ledgers.session
        for tier, first in (("ordinary", 30_000_000), ("gold", 40_000_000)):
            open_segment(session, store_id=shop.store, tier=tier, first=first, last=first + 99)
        member = ledgers.member("71")
        said: dict[str, Any] = {"now": NOON, "by": "amy"}
        card = issue_card(session, member_id=member, store_id=shop.store, **said)
        activate_card(session, card_id=card.id, **said)
        buy(ledgers, program(ledgers), member, 3000, TODAY)
    asked: dict[str, Any] = {"member_id": member, "store_id": shop.store, "by": "amy"}
    return posted("tiers.convert", lambda s: services.convert_card(s, now=NOON, **asked).number, **asked)


def grant(world: World, **more: Any) -> int:
    asked: dict[str, Any] = {"tier": "diamond", "reason": "film star", "ends_on": END, "by": "ann", "now": NOON}
    with world.ledgers() as ledgers:
        return services.request_grant(ledgers.session, member_id=ledgers.member("71"), **asked | more)


@scene("tiers.grant")
def a_tier_is_asked_for(world: World) -> Act:
    member = world.shop.member()
    asked: dict[str, Any] = {"member_id": member, "tier": "diamond", "reason": "film star", "by": "ann"}
    return posted("tiers.grant", lambda s: services.request_grant(s, ends_on=END, now=NOON, **asked), **asked)


@scene("tiers.decide_grant")
def a_tier_is_given_by_a_second_person(world: World) -> Act:
    asked: dict[str, Any] = {"grant_id": grant(world), "approve": True, "by": "bob"}
    return posted("tiers.decide_grant", lambda s: services.decide_grant(s, now=NOON, **asked), **asked)


@scene("tiers.end_grants", in_parts=True)
def a_tier_that_was_given_for_a_time_ends(world: World) -> Act:
    begun = NOON - 40 * DAY
    number = grant(world, ends_on=TODAY - 2 * DAY, now=begun)
    with world.ledgers() as ledgers:
        services.decide_grant(ledgers.session, grant_id=number, approve=True, by="bob", now=begun)
    return as_job("tiers.end_grants", due.end_grants)
