"""Upgrades, grants and the list of who is close, on screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from addons.membership.models import Card, CardSegment, Member
from addons.stores.models import Brand
from addons.tiers import jobs, services
from addons.tiers.models import Credit, Grant, Notice, Review, ReviewPart, TierChange
from addons.tiers.tests.buying import paid
from addons.vouchers.tests.browser import SHOWN, Screens
from addons.vouchers.tests.shop import NOON
from core import clock
from core.addons.discover import available
from core.addons.graph import in_order
from core.db.models import InstalledAddon, Job
from core.db.session import work
from core.jobs import apart, ask
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
        for address in (
            "creditview/list/",
            "tierchangeview/list/",
            "grantview/list/",
            "noticeview/list/",
            "near-upgrades/",
            "tier-credit-balance/",
            "",
        ):
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


def test_a_step_that_was_withdrawn_is_shown_and_offers_no_card(
    screens: Screens, members: tuple[int, int], program: Program
) -> None:
    with screens.shop() as shop:
        receipt = shop.session.scalars(select(Credit.receipt_id).where(Credit.member_id == members[0])).one()
        day = local_day(clock.now())
        back = services.Uncredit(members[0], shop.store_id, receipt, day, 700_000, 0)
        services.uncredit(shop.session, returns=[back], now=clock.now())
        services.reassess(
            shop.session, member_id=members[0], store_id=shop.store_id, day=day, now=clock.now(), program=program,
            keep=True,
        )  # fmt: skip
    browser = screens.as_("one")
    page = browser.get("/tierchangeview/show/1").text
    assert "已取消" in page
    assert "/tierchangeview/action/convert/1" not in page
    assert "王1" not in browser.get("/near-upgrades/").text
    browser.get("/resetmypassword/form")
    assert browser.post("/tierchangeview/action/convert/1").status_code == 302
    with screens.shop() as shop:
        assert shop.session.get_one(Member, members[0]).tier == "ordinary"
        assert shop.session.scalars(select(Card)).all() == []
    ledger = browser.get("/creditview/list/").text
    assert "退貨" in ledger


def test_nobody_is_called_for_a_brand_whose_programme_is_off(screens: Screens, members: tuple[int, int]) -> None:
    before = screens.as_("hq").get("/near-upgrades/").text
    assert ("王1" in before, "王2" in before) == (True, True)
    with screens.shop() as shop:
        shop.session.get_one(Brand, shop.brand_id).has_programme = False
    after = screens.as_("hq").get("/near-upgrades/").text
    assert ("王1" in after, "王2" in after) == (False, False)


def test_what_each_store_wrote_is_shown_to_who_looks_after_it(screens: Screens, members: tuple[int, int]) -> None:
    mine, everything = (screens.as_(name).get("/tier-credit-balance/").text for name in ("one", "hq"))
    assert "8,200.00" in mine
    assert "2,900.00" not in mine
    assert all(amount in everything for amount in ("8,200.00", "2,900.00", "11,100.00"))


def test_who_is_under_notice_is_on_the_home_page_and_in_a_list_of_ones_own_stores(
    screens: Screens, members: tuple[int, int]
) -> None:
    assert "noticeview" not in screens.as_("one").get("/").text.replace('href="/noticeview/list/"', "")
    day = local_day(clock.now())
    with screens.shop() as shop:
        shop.session.add(
            Notice(
                member_id=members[0], store_id=shop.store_id, tier="gold", tier_after="ordinary", metric="credit",
                needed=300_000, reached=120_050, counts_from=day - timedelta(days=300), given_on=day,
                review_on=day + timedelta(days=30), ends_on=day + timedelta(days=60), state="open",
            )
        )  # fmt: skip
    mine, theirs = screens.as_("one"), screens.as_("two")
    assert "/noticeview/list/?_flt_0_state=open" in mine.get("/").text
    assert "/noticeview/list/?_flt_0_state=open" not in theirs.get("/").text
    page = mine.get("/noticeview/list/?_flt_0_state=open").text
    assert "王1" in page
    assert "1,799.50" in page
    assert "王1" not in theirs.get("/noticeview/list/").text
    assert "1,799.50" in mine.get("/noticeview/show/1").text


def test_headquarters_review_now_and_see_how_far_it_is(screens: Screens, members: tuple[int, int]) -> None:
    with screens.shop() as shop:
        for manifest in in_order(SHOWN, available()):
            row = InstalledAddon(name=manifest.name, version="1", installed_at=NOON, loaded=[])
            shop.session.add(row)
    browser = screens.as_("hq")
    assert "沒有" in browser.get("/tier-reviews/").text
    assert browser.post("/tier-reviews/begin", whole="1").status_code == 302
    assert apart._started[-1].wait(timeout=120) == 0
    page = browser.get("/tier-reviews/").text
    assert "完成" in page
    with screens.shop() as shop:
        review = shop.session.scalars(select(Review)).one()
        assert (review.state, review.whole, review.climbed) == ("done", True, 1)
        shop.session.execute(update(Review).values(state="running", ended_at=None))
        shop.session.execute(update(ReviewPart).values(done_at=None))
    page = browser.get("/tier-reviews/").text
    assert '<progress max="1" value="0"' in page
    assert 'hx-trigger="every 2s"' in page


def test_nobody_else_begins_a_review(screens: Screens, members: tuple[int, int]) -> None:
    before = len(apart._started)
    for person in ("one", "auditor"):
        browser = screens.as_(person)
        page = browser.get("/tier-reviews/")
        assert "/tier-reviews/begin" not in page.text
        browser.get("/resetmypassword/form")
        assert browser.post("/tier-reviews/begin").status_code in (302, 403, 404)
    assert len(apart._started) == before
    with screens.shop() as shop:
        assert shop.session.scalars(select(Job)).all() == []


def test_where_more_are_close_than_are_listed_the_page_says_so(
    screens: Screens, members: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = screens.as_("hq")
    assert "還有更多" not in browser.get("/near-upgrades/").text
    monkeypatch.setattr("addons.tiers.views.near.MOST_NEAR", 0)
    page = browser.get("/near-upgrades/").text
    assert "還有更多：每個品牌只列出最接近的 0 位。" in page
    assert "王2" not in page.partition('id="waiting"')[0]
