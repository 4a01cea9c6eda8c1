"""Which days count (C03), and from when (C04)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, Engine, literal, select, union_all
from sqlalchemy.orm import Session

from addons.membership.models import Card
from addons.tiers import domain, queries, services
from addons.tiers.queries.days import local_day, opens_for
from addons.tiers.tests.buying import buy, paid, set_to, steps, tier
from addons.vouchers.tests.shop import Shop, at
from core.db.types import Moment
from core.periods import local_day as business_day
from core.periods import months_after, months_before
from rules.decide import Program

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(1, 24))
def test_a_purchase_counts_to_its_last_day_and_not_a_day_longer(spent_on: date, months: int) -> None:
    last = domain.Window("rolling", months).counts_until(spent_on)
    assert spent_on > months_before(last, months)
    assert spent_on <= months_before(last + timedelta(days=1), months)


def test_a_calendar_half_year_ends_in_june_and_december() -> None:
    halves = domain.Window("calendar_half", 6)
    assert halves.opens(date(2026, 7, 1)) == date(2026, 7, 1)
    assert halves.opens(date(2026, 6, 30)) == date(2026, 1, 1)
    assert halves.counts_until(date(2026, 2, 3)) == date(2026, 6, 30)
    assert halves.counts_until(date(2026, 8, 3)) == date(2026, 12, 31)


@given(DAYS, st.integers(0, 3000), st.integers(1, 24))
def test_periods_from_the_card_follow_each_other_without_a_gap(anchor: date, later: int, months: int) -> None:
    window = domain.Window("card_issue", months)
    day = anchor + timedelta(days=later)
    opens, ends = window.opens(day, anchor), window.counts_until(day, anchor)
    assert opens <= day <= ends
    assert window.opens(ends, anchor) == opens
    assert window.opens(ends + timedelta(days=1), anchor) == ends + timedelta(days=1)
    assert opens in {months_after(anchor, whole * months) for whole in range(3000 // 28 // months + 2)}


def test_what_was_bought_before_the_card_does_not_count() -> None:
    window = domain.Window("card_issue", 6)
    anchor = date(2026, 5, 4)
    assert window.opens(anchor, anchor) == anchor
    assert window.opens(date(2026, 5, 3), anchor) == anchor


def test_the_database_counts_the_days_as_we_do(every_database: Engine) -> None:
    """Every anchor of four years against days far and near: ends of months, leap days, days before the card."""
    anchors = [date(2023, 1, 1) + timedelta(days=n) for n in range(1461)]
    with every_database.connect() as connection:
        for part in (anchors[start : start + 400] for start in range(0, len(anchors), 400)):
            anchor = union_all(*(select(literal(each, Date()).label("day")) for each in part)).subquery().c.day
            for day in (date(2024, 2, 29), date(2026, 2, 28), date(2026, 8, 31), date(2031, 12, 31)):
                for months in (1, 5, 6, 12):
                    found = connection.execute(select(anchor, opens_for(anchor, day, months)))
                    assert [(a, o) for a, o in found if o != domain.period_opens(a, day, months)] == []


@pytest.mark.parametrize("hour", [0, 15, 16, 23])
def test_the_database_knows_the_business_day_of_a_moment(every_database: Engine, hour: int) -> None:
    moment = datetime(2026, 2, 28, hour, 59, 59, tzinfo=UTC)
    with every_database.connect() as connection:
        assert connection.scalar(select(local_day(literal(moment, Moment())))) == business_day(moment)


def card(session: Session, shop: Shop, member: int, day: date) -> None:
    """Issue a first card on a day."""
    row = {"store_id": shop.store_id, "member_id": member, "number": f"C{member}", "tier": "ordinary"}
    session.add(Card(**row, status="active", issued_at=at(day), activated_at=at(day)))
    session.flush()


@pytest.mark.parametrize(("second", "climbs"), [(date(2026, 7, 14), True), (date(2026, 7, 15), False)])
def test_from_the_card_on_each_half_year_begins_at_zero(
    everywhere: Shop, program: Program, second: date, climbs: bool
) -> None:
    """A card of 15 January: what was bought by 14 July counts together."""
    shop = everywhere
    set_to(shop, "tiers.window", "card_issue")
    member, neighbour = shop.member("1"), shop.member("2")
    for each, issued in ((member, date(2026, 1, 15)), (neighbour, date(2026, 2, 1))):
        card(shop.session, shop, each, issued)
    paid(shop, member, 900_000, date(2026, 1, 14))  # before the card
    buy(shop, program, member, 2000, date(2026, 1, 15))
    paid(shop, neighbour, 100, date(2026, 2, 1))
    assert queries.reached(shop.session, member, date(2026, 2, 1)).last_day == date(2026, 7, 14)
    changes = buy(shop, program, member, 1000, second)
    assert steps(changes) == ([("ordinary", "gold")] if climbs else [])
    many = queries.credit_many(shop.session, [member, neighbour], second)
    assert many[member].credit == (300_000 if climbs else 100_000)
    assert many[neighbour].credit == 100
    assert queries.opens(shop.session, member, second) == date(2026, 1, 15) if climbs else second


def test_without_a_card_the_day_of_joining_counts(shop: Shop) -> None:
    set_to(shop, "tiers.window", "card_issue")
    member = shop.member()  # joined on 4 May 2026
    assert queries.opens(shop.session, member, date(2027, 1, 1)) == date(2026, 11, 4)


def test_who_is_close_is_told_the_last_day_of_her_own_half_year(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    set_to(shop, "tiers.window", "card_issue")
    member = shop.member()
    card(shop.session, shop, member, date(2026, 1, 15))
    paid(shop, member, 280_000, date(2026, 5, 4))
    [near] = services.near_upgrade(shop.session, date(2026, 7, 1), 50_000, program, brand_id=shop.brand_id)
    assert (near.missing, near.last_day, near.days_left) == (20_000, date(2026, 7, 14), 13)


def test_a_calendar_half_year_is_a_choice_that_counts(everywhere: Shop, program: Program) -> None:
    shop = everywhere
    set_to(shop, "tiers.window", "calendar_half")
    member = shop.member()
    buy(shop, program, member, 2000, date(2026, 6, 30))
    assert buy(shop, program, member, 1000, date(2026, 7, 1)) == []
    assert steps(buy(shop, program, member, 2000, date(2026, 12, 31))) == [("ordinary", "gold")]


@pytest.mark.parametrize("resets", [False, True])
def test_an_upgrade_begins_from_zero_only_where_headquarters_wants_it(
    everywhere: Shop, program: Program, resets: bool
) -> None:
    """8,200 at once, then 100: diamond by the same half-year, or only after 8,000 more."""
    shop = everywhere
    set_to(shop, "tiers.window_reset_on_upgrade", resets)
    member, other = shop.member("1"), shop.member("2")
    day = date(2026, 5, 4)
    assert steps(buy(shop, program, member, 8200, day)) == [("ordinary", "gold")]
    paid(shop, other, 5_000, day)
    later = at(day) + timedelta(hours=1)
    paid(shop, member, 10_000, day, now=later)
    counts = queries.credit_many(shop.session, [member, other], day)
    assert (counts[member].credit, counts[other].credit) == (10_000 if resets else 830_000, 5_000)
    assert queries.credit_half_year(shop.session, member, day) == counts[member].credit
    night = day + timedelta(days=1)
    climbed = services.evaluate(shop.session, member, night, at(night), program)
    assert steps(climbed) == ([] if resets else [("gold", "diamond")])
    paid(shop, member, 800_000, night, now=at(night) + timedelta(hours=1))
    third = night + timedelta(days=1)
    climbed = services.evaluate(shop.session, member, third, at(third), program)
    assert steps(climbed) == ([("gold", "diamond")] if resets else [])


def test_a_reset_leaves_no_second_step_in_the_same_evaluation(shop: Shop, program: Program) -> None:
    set_to(shop, "tiers.window_reset_on_upgrade", True)
    set_to(shop, "tiers.steps_per_evaluation", 2)
    assert steps(buy(shop, program, shop.member(), 20_000, date(2026, 5, 4))) == [("ordinary", "gold")]


def test_goods_of_before_the_upgrade_take_nothing_from_what_counts_after_it(shop: Shop, program: Program) -> None:
    set_to(shop, "tiers.window_reset_on_upgrade", True)
    member = shop.member()
    day = date(2026, 5, 4)
    receipt = paid(shop, member, 820_000, day)
    services.evaluate(shop.session, member, day, at(day), program)
    paid(shop, member, 50_000, day, now=at(day) + timedelta(hours=1))
    back = services.Uncredit(member, shop.store_id, receipt, day, 20_000, 0)
    services.uncredit(shop.session, returns=[back], now=at(day) + timedelta(hours=2))
    assert queries.credit_half_year(shop.session, member, day) == 50_000
    assert tier(shop, member) == "ordinary"
