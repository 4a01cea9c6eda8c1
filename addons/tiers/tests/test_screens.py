"""Upgrades, grants and the list of who is close, on screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from addons.membership.models import Card, CardSegment, Member
from addons.tiers import jobs, services
from addons.tiers.models import Grant, TierChange
from addons.tiers.tests.buying import paid
from addons.vouchers.tests.browser import Screens
from addons.vouchers.tests.shop import NOON
from core import clock
from core.db.models import Job
from core.db.session import work
from core.jobs import ask
from core.periods import local_day
from rules.decide import Program


@pytest.fixture
def members(screens: Screens, program: Program) -> tuple[int, int]:
    """One member just climbed to gold, another of the other store is close; the first store has card numbers."""
    day = local_day(clock.now())
    with screens.shop() as shop:
        climbed, close = shop.member("1"), shop.member("2", store_id=shop.stores[1])
        for member, store, yuan in ((climbed, 0, 8200), (close, 1, 2900)):
            paid(shop, member, yuan * 100, day, now=NOON, store=store)
            services.evaluate(shop.session, member, day, clock.now(), program)
        shop.session.add(CardSegment(store_id=shop.store_id, tier="gold", first=1000, last=1999, next=1000))
    return climbed, close


def test_every_list_opens_and_one_row_of_it(screens: Screens, members: tuple[int, int]) -> None:
    for person in ("one", "hq", "auditor"):
        browser = screens.as_(person)
        for address in ("creditview/list/", "tierchangeview/list/", "grantview/list/", "near-upgrades/", ""):
            assert browser.get(f"/{address}").status_code == 200, address
        assert browser.get("/tierchangeview/show/1").status_code == 200


def test_who_is_close_is_shown_to_the_store_she_belongs_to(screens: Screens, members: tuple[int, int]) -> None:
    mine, theirs = (screens.as_(name).get("/near-upgrades/").text for name in ("one", "two"))
    assert "王2" not in mine
    assert "王2" in theirs
    assert "100.00" in theirs


def test_a_card_is_converted_once_and_the_tier_holds(screens: Screens, members: tuple[int, int]) -> None:
    browser = screens.as_("one")
    browser.get("/tierchangeview/show/1")
    for _ in range(2):
        assert browser.post("/tierchangeview/action/convert/1").status_code == 302
    with screens.shop() as shop:
        assert shop.session.get_one(Member, members[0]).tier == "gold"
        card = shop.session.scalars(select(Card)).one()
        assert (card.tier, card.status, card.member_id) == ("gold", "active", members[0])
        assert shop.session.get_one(TierChange, 1).converted_by == "card"


def test_a_card_is_not_converted_by_another_store_or_an_auditor(screens: Screens, members: tuple[int, int]) -> None:
    for person in ("two", "auditor"):
        browser = screens.as_(person)
        browser.get("/resetmypassword/form")
        assert browser.post("/tierchangeview/action/convert/1").status_code in (302, 403, 404)
    with screens.shop() as shop:
        assert shop.session.get_one(Member, members[0]).tier == "ordinary"
        assert shop.session.scalars(select(Card)).all() == []


def test_a_grant_takes_two_people(screens: Screens, members: tuple[int, int]) -> None:
    asking = screens.as_("hq")
    asking.get("/grantview/add")
    end = (local_day(clock.now()) + timedelta(days=90)).isoformat()
    form = {"member": members[1], "tier": "diamond", "reason": "friend of the house", "ends_on": end}
    assert asking.post("/grantview/add", **(form | {"reason": " "})).status_code == 200
    for _ in range(2):
        assert asking.post("/grantview/add", **form).status_code == 302
    asking.post("/grantview/action/approve/1")
    with screens.shop() as shop:
        grant = shop.session.scalars(select(Grant)).one()
        assert (grant.state, grant.asked_by) == ("asked", "hq")
    other = screens.as_("boss")
    other.get("/grantview/show/1")
    assert other.post("/grantview/action/approve/1").status_code == 302
    with screens.shop() as shop:
        grant = shop.session.scalars(select(Grant)).one()
        assert (grant.state, grant.decided_by) == ("approved", "boss")
        assert shop.session.get_one(Member, members[1]).tier == "diamond"


def test_a_store_grants_nothing(screens: Screens, members: tuple[int, int]) -> None:
    browser = screens.as_("two")
    browser.get("/resetmypassword/form")
    assert browser.post("/grantview/add", member=members[1], tier="gold", reason="x").status_code in (302, 403)
    with screens.shop() as shop:
        assert shop.session.scalars(select(Grant)).all() == []


def test_the_jobs_review_convert_and_end(screens: Screens, members: tuple[int, int]) -> None:
    assert jobs.review.__doc__
    with clock.fixed(clock.now()):
        assert _result(screens, ask("tiers.review", {})) == {"climbed": 1}
        assert _result(screens, ask("tiers.review", {})) == {"climbed": 0}  # once a day
    assert _result(screens, ask("tiers.convert_due", {})) == {"converted": 0}
    with clock.fixed(clock.now() + timedelta(days=14)):
        assert _result(screens, ask("tiers.convert_due", {})) == {"converted": 1}
        assert _result(screens, ask("tiers.end_grants", {})) == {"ended": 0}
    with screens.shop() as shop:
        assert shop.session.get_one(Member, members[0]).tier == "diamond"


def _result(screens: Screens, job_id: int) -> object:
    with screens.shop(), work() as session:
        row = session.get_one(Job, job_id)
        assert row.state == "done", row.error
        return row.result
