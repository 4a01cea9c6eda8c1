"""Notice, review, grace, and one level down (C05); none of it at launch."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from addons.membership.models import Member
from addons.tiers import queries, services
from addons.tiers.models import Notice, TierChange
from addons.tiers.tests.buying import House, buy, committed, paid, set_to
from addons.vouchers.tests.shop import at
from core import clock
from core.db.models import Outbox
from rules.decide import Program

HELD = date(2026, 5, 4)  # since then the tier holds
REVIEW = date(2027, 5, 4)
NOTICE = REVIEW - timedelta(days=30)
END = REVIEW + timedelta(days=30)
DAY = timedelta(days=1)


@pytest.fixture
def house(every_database: Engine) -> House:
    """A shop where downgrades are switched on."""
    house = committed()
    with house.open() as shop:
        set_to(shop, "tiers.downgrade", "review")
    return house


def climbed(house: House, program: Program, number: str, *tiers: str, store: int = 0) -> int:
    """A member who climbed to these tiers on HELD."""
    with house.open() as shop:
        member = shop.member(number, store_id=shop.stores[store])
        for yuan in (3000, 8000)[: len(tiers)]:
            buy(shop, program, member, yuan, HELD)
        services.confirm_conversion(shop.session, member_id=member, now=at(HELD))
    return member


def night(house: House, day: date) -> tuple[int, int]:
    """Run the job on a day: how many were given notice, how many lowered."""
    with clock.fixed(at(day)):
        done = house.run("tiers.downgrade")
    return done["noticed"], done["lowered"]


def notices(house: House) -> list[tuple[int, str, str]]:
    with house.open() as shop:
        return [(n.member_id, n.tier, n.state) for n in shop.session.scalars(select(Notice).order_by(Notice.id))]


def tier(house: House, member: int) -> str:
    with house.open() as shop:
        return shop.session.get_one(Member, member).tier


def pay(house: House, member: int, yuan: int, day: date) -> None:
    with house.open() as shop:
        paid(shop, member, yuan * 100, day)


def test_at_launch_nobody_is_lowered(every_database: Engine, program: Program) -> None:
    house = committed()
    member = climbed(house, program, "1", "gold")
    for day in (NOTICE, REVIEW, END + DAY, date(2035, 1, 1)):
        assert night(house, day) == (0, 0)
    assert tier(house, member) == "gold"


def test_notice_thirty_days_before_thirty_days_of_grace_then_one_level_down(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold")
    assert night(house, NOTICE - DAY) == (0, 0)
    assert night(house, NOTICE) == (1, 0)
    assert night(house, NOTICE) == (0, 0)  # once more
    with house.open() as shop:
        notice = shop.session.scalars(select(Notice)).one()
        assert (notice.review_on, notice.ends_on, notice.tier, notice.tier_after) == (REVIEW, END, "gold", "ordinary")
        assert (notice.needed, notice.reached, notice.counts_from) == (300_000, 0, HELD + DAY)
        told = shop.session.scalars(select(Outbox).where(Outbox.name == "tiers.notice_given")).one()
        assert (told.data["member_id"], told.data["review_on"]) == (member, "2027-05-04")
    for day in (REVIEW, END):
        assert night(house, day) == (0, 0)
        assert tier(house, member) == "gold"
    assert night(house, END + DAY) == (0, 1)
    assert night(house, END + DAY) == (0, 0)
    assert tier(house, member) == "ordinary"
    with house.open() as shop:
        last = shop.session.scalars(select(TierChange).order_by(TierChange.id.desc())).first()
        assert last is not None
        assert (last.reason, last.tier_before, last.tier_after) == ("downgrade", "gold", "ordinary")
    assert notices(house) == [(member, "gold", "lowered")]
    assert night(house, date(2029, 1, 1)) == (0, 0)  # the lowest level is not reviewed


def test_from_diamond_one_level_and_a_year_of_its_own_for_the_next(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold", "diamond")
    night(house, NOTICE)
    assert night(house, END + DAY) == (0, 1)
    assert tier(house, member) == "gold"
    lowered = END + DAY
    again = date(2028, lowered.month, lowered.day)
    assert night(house, again - 31 * DAY) == (0, 0)
    assert night(house, again - 30 * DAY) == (1, 0)
    with house.open() as shop:
        notice = shop.session.scalars(select(Notice).order_by(Notice.id.desc())).first()
        assert notice is not None
        assert (notice.tier, notice.needed, notice.review_on) == ("gold", 300_000, again)


@pytest.mark.parametrize("bought_on", [HELD + DAY, NOTICE, REVIEW, END])
def test_who_buys_enough_in_the_year_or_in_the_grace_keeps_the_tier(
    house: House, program: Program, bought_on: date
) -> None:
    member = climbed(house, program, "1", "gold")
    if bought_on < NOTICE:
        pay(house, member, 3000, bought_on)
    night(house, NOTICE)
    if bought_on >= NOTICE:
        pay(house, member, 3000, bought_on)
    for day in (REVIEW, END, END + DAY):
        assert night(house, day)[1] == 0
    assert tier(house, member) == "gold"
    assert [state for *_, state in notices(house)] == ([] if bought_on < NOTICE else ["kept"])
    # Reviewed again a year later; what was bought in the grace counts for that year as well.
    assert night(house, date(2028, 4, 4)) == (0 if bought_on == END else 1, 0)


@pytest.mark.parametrize(("yuan", "day"), [(2999, NOTICE), (3000, HELD), (3000, END + DAY)])
def test_too_little_too_early_or_too_late_keeps_nothing(house: House, program: Program, yuan: int, day: date) -> None:
    """What was bought on the day itself led to the tier; it does not keep it as well."""
    member = climbed(house, program, "1", "gold")
    pay(house, member, yuan, day) if day < END else None
    night(house, NOTICE)
    night(house, END)
    assert night(house, END + DAY) == (0, 1)
    assert tier(house, member) == "ordinary"


def test_what_came_back_does_not_keep_a_tier(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold")
    with house.open() as shop:
        receipt = paid(shop, member, 300_000, HELD + 40 * DAY)
    assert night(house, NOTICE) == (0, 0)
    with house.open() as shop:
        back = services.Uncredit(member, shop.store_id, receipt, HELD + 40 * DAY, 100, 1)
        services.uncredit(shop.session, returns=[back], now=at(NOTICE + DAY))
    assert night(house, NOTICE + DAY) == (1, 0)
    with house.open() as shop:
        notice = shop.session.scalars(select(Notice)).one()
        assert notice.missing == ("credit", 100)
        assert notice.review_on == REVIEW + DAY  # never less than thirty days


def test_a_job_that_rested_shortens_neither_notice_nor_grace(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold")
    late = REVIEW - 2 * DAY
    assert night(house, late) == (1, 0)
    assert night(house, END + DAY) == (0, 0)
    assert night(house, late + 61 * DAY) == (0, 1)
    assert tier(house, member) == "ordinary"


def test_switching_it_on_lowers_nobody_for_years_that_are_over(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold")
    assert night(house, date(2029, 8, 1)) == (0, 0)
    assert night(house, date(2030, 4, 4)) == (1, 0)
    with house.open() as shop:
        notice = shop.session.scalars(select(Notice)).one()
        assert (notice.review_on, notice.counts_from) == (date(2030, 5, 4), date(2029, 5, 5))
        set_to(shop, "tiers.downgrade", "none")
    assert night(house, date(2030, 9, 1)) == (0, 0)
    assert notices(house) == [(member, "gold", "dropped")]
    assert tier(house, member) == "gold"


def test_the_days_are_those_of_headquarters(house: House, program: Program) -> None:
    with house.open() as shop:
        for name, value in (("months", 6), ("notice_days", 10), ("grace_days", 0)):
            set_to(shop, f"tiers.downgrade_{name}", value)
    member = climbed(house, program, "1", "gold")
    assert night(house, date(2026, 10, 24)) == (0, 0)
    assert night(house, date(2026, 10, 25)) == (1, 0)
    assert night(house, date(2026, 11, 4)) == (0, 0)
    assert night(house, date(2026, 11, 5)) == (0, 1)
    assert tier(house, member) == "ordinary"


def test_who_holds_a_tier_by_grant_or_waits_for_a_higher_one_is_left_alone(house: House, program: Program) -> None:
    granted, waits = climbed(house, program, "1", "gold"), climbed(house, program, "2", "gold")
    with house.open() as shop:
        end = NOTICE + 90 * DAY
        grant = services.request_grant(
            shop.session, member_id=granted, tier="diamond", reason="star", ends_on=end, by="ann", now=at(NOTICE)
        )
        services.decide_grant(shop.session, grant_id=grant, approve=True, by="bob", now=at(NOTICE))
        buy(shop, program, waits, 8000, NOTICE - 100 * DAY)
    assert night(house, NOTICE) == (0, 0)
    assert night(house, NOTICE + 80 * DAY) == (0, 0)


def test_whose_tier_changed_meanwhile_is_no_longer_under_notice(house: House, program: Program) -> None:
    member = climbed(house, program, "1", "gold")
    night(house, NOTICE)
    with house.open() as shop:
        grant = services.request_grant(
            shop.session, member_id=member, tier="diamond", reason="star", ends_on=END, by="ann", now=at(REVIEW)
        )
        services.decide_grant(shop.session, grant_id=grant, approve=True, by="bob", now=at(REVIEW))
    assert night(house, END + DAY) == (0, 0)
    assert notices(house) == [(member, "gold", "dropped")]
    assert tier(house, member) == "diamond"


def test_members_of_earlier_systems_hold_their_tier_since_they_joined(house: House) -> None:
    """Nothing says since when: the day of the first card, or of joining, is the anniversary."""
    with house.open() as shop:
        member = shop.member(tier="gold")
    assert night(house, NOTICE) == (1, 0)
    assert notices(house) == [(member, "gold", "open")]


def test_a_night_goes_through_many_in_parts(house: House, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("addons.tiers.jobs.downgrading.AT_ONCE", 3)
    members = [climbed(house, program, str(n), "gold", store=n % 2) for n in range(1, 9)]
    pay(house, members[3], 3000, HELD + 9 * DAY)
    assert night(house, NOTICE) == (7, 0)
    pay(house, members[5], 3000, REVIEW)
    assert night(house, END + DAY) == (0, 6)
    assert [tier(house, member) for member in members] == [
        "gold" if place in (3, 5) else "ordinary" for place in range(8)
    ]


def test_nobody_is_under_notice_twice(house: House, program: Program) -> None:
    climbed(house, program, "1", "gold")
    night(house, NOTICE)
    with house.open() as shop:
        row = shop.session.execute(select(Notice.__table__)).mappings().one()
        again = {name: value for name, value in row.items() if name != "id"}
        with pytest.raises(IntegrityError), shop.session.begin_nested():
            shop.session.execute(Notice.__table__.insert().values(again))
        shop.session.execute(update(Notice).values(state="dropped", ended_on=NOTICE))
        shop.session.execute(Notice.__table__.insert().values(again))


def test_a_member_who_was_merged_takes_no_notice_along(house: House, program: Program) -> None:
    one, other = climbed(house, program, "1", "gold"), climbed(house, program, "2", "gold")
    night(house, NOTICE)
    with house.open() as shop:
        services.PERSON.merge(shop.session, one, other, at(NOTICE))
        shop.session.execute(update(Member).where(Member.id == one).values(status="merged", merged_into_id=other))
        assert queries.waiting_many(shop.session, [other]) == {}
    assert night(house, END + DAY) == (0, 1)
    assert notices(house) == [(one, "gold", "dropped"), (other, "gold", "lowered")]
