"""What two persons decide, what tills hold and what families share, on screen; the trial balance and closed months."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from addons.membership.models import Family, Member
from addons.points import jobs, services
from addons.points.models import Account, Adjustment, Hold, ReasonCode, Review, Transfer
from addons.points.tests.book import earn, reverse, spend
from addons.vouchers.models import Voucher
from addons.vouchers.tests.browser import Browser, Screens
from core import clock, settings
from core.db.models import CloseRequest, Job, LedgerClose
from core.jobs import ask

JUNE = datetime(2026, 6, 10, 4, tzinfo=UTC)
MAY = date(2026, 5, 4)


@pytest.fixture
def in_june() -> Iterator[None]:
    with clock.fixed(JUNE):
        yield


@pytest.fixture
def members(screens: Screens, in_june: None) -> tuple[int, int]:
    """Two members of one family; the first has points of April, the second a claim that waits."""
    with screens.shop() as shop:
        family = Family(store_id=shop.store_id, name="王家")
        shop.session.add_all([family, ReasonCode(code="error", name="記錯更正"), ReasonCode(code="gift", name="補償")])
        shop.session.flush()
        one, two = (shop.member(str(number), family_id=family.id) for number in (1, 2))
        earn(shop, one, 3120, day=date(2026, 4, 20))
        earn(shop, two, 6000, receipt_id=8, day=MAY)
        spend(shop, two, 6000)
        reverse(shop, two, 6000, receipt=8, day=MAY)
    return one, two


def act(browser: Browser, view: str, name: str, pk: int) -> None:
    """Open the page and press its button, twice."""
    keys = set(re.findall(r'name="key" value="(\w+)"', browser.get(f"/{view}/show/{pk}").text))
    for _ in range(2):
        assert browser.post(f"/{view}/action/{name}/{pk}", key=max(keys, default="")).status_code == 302


def set_to(screens: Screens, name: str, *, value: object) -> None:
    with screens.shop() as shop:
        settings.change(shop.session, name=name, to=value, by="hq", reason="test", now=JUNE)


def test_a_correction_is_asked_for_and_approved_by_another_person(screens: Screens, members: tuple[int, int]) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    page = asking.get("/adjustmentview/add").text
    assert "記錯更正" in page
    for _ in range(2):  # pressed twice
        form = {"member": members[0], "points": "-120", "code": "error", "note": "多記了"}
        assert asking.post("/adjustmentview/add", **form).status_code == 302
    with screens.shop() as shop:
        number = shop.session.scalars(select(Adjustment.id)).one()
    act(asking, "adjustmentview", "approve", number)  # not by oneself
    with screens.shop() as shop:
        assert shop.session.get_one(Account, members[0]).balance == 3120
    act(boss, "adjustmentview", "approve", number)
    with screens.shop() as shop:
        assert shop.session.get_one(Account, members[0]).balance == 3000
    assert "記錯更正" in boss.get(f"/adjustmentview/show/{number}").text


def test_what_could_not_be_approved_then_is_approved_on_a_page_of_now(
    screens: Screens, members: tuple[int, int]
) -> None:
    """The balance was too low the day before; that "no" is no answer to a later page."""
    with screens.shop() as shop:
        facts = {"points": -9000, "code": "error", "note": "", "by": "hq", "now": JUNE}
        number = services.ask_adjustment(shop.session, member_id=members[0], **facts)  # type: ignore[arg-type]
        shop.session.commit()
    boss = screens.as_("boss")
    act(boss, "adjustmentview", "approve", number)
    assert "餘額" in boss.get(f"/adjustmentview/show/{number}").text
    with screens.shop() as shop:
        assert shop.session.get_one(Adjustment, number).state == "asked"
        earn(shop, members[0], 2000, receipt_id=9, day=MAY)
    act(boss, "adjustmentview", "approve", number)
    with screens.shop() as shop:
        assert shop.session.get_one(Account, members[0]).balance == 3120 + 2000 - 9000


def offered(browser: Browser, view: str, pk: int) -> set[str]:
    """What may be done on the page of a record."""
    return set(re.findall(rf'action="/{view}/action/(\w+)/{pk}"', browser.get(f"/{view}/show/{pk}").text))


def test_a_correction_is_offered_for_decision_to_another_person_while_it_waits(
    screens: Screens, members: tuple[int, int]
) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    asking.get("/adjustmentview/add")
    form = {"member": members[0], "points": "-120", "code": "error", "note": "多記了"}
    assert asking.post("/adjustmentview/add", **form).status_code == 302
    with screens.shop() as shop:
        number = shop.session.scalars(select(Adjustment.id)).one()
    assert offered(asking, "adjustmentview", number) == set()
    assert offered(boss, "adjustmentview", number) == {"approve", "refuse"}
    act(boss, "adjustmentview", "approve", number)
    assert offered(boss, "adjustmentview", number) == set()


def test_many_corrections_are_decided_at_once_and_none_by_whoever_asked_for_it(
    screens: Screens, members: tuple[int, int]
) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    for person, points in ((asking, "100"), (asking, "200"), (boss, "400")):
        person.get("/adjustmentview/add")
        form = {"member": members[0], "points": points, "code": "error", "note": "少記了"}
        assert person.post("/adjustmentview/add", **form).status_code == 302
    with screens.shop() as shop:
        keys = shop.session.scalars(select(Adjustment.id).order_by(Adjustment.id)).all()
    page = boss.get("/adjustmentview/list/").text
    assert "bulk-AdjustmentView" in page
    for _ in range(2):  # the page's key: sent again it counts once
        boss.post("/adjustmentview/action_post", action="approve", rowid=keys)
    with screens.shop() as shop:
        states = [shop.session.get_one(Adjustment, key).state for key in keys]
        assert states == ["approved", "approved", "asked"]
        assert shop.session.get_one(Account, members[0]).balance == 3120 + 300
    told = boss.get("/adjustmentview/list/").text
    assert "已完成 3 筆中的 2 筆。" in told
    assert boss.post("/adjustmentview/action_post", action="approve", rowid=[keys[2], 999]).status_code == 404
    stranger = screens.as_("two")
    stranger.get("/adjustmentview/list/")
    assert stranger.post("/adjustmentview/action_post", action="approve", rowid=keys).status_code == 403


def test_a_claim_is_offered_for_decision_once_it_was_proposed(screens: Screens, members: tuple[int, int]) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    with screens.shop() as shop:
        number = shop.session.scalars(select(Review.id)).one()
    assert offered(boss, "reviewview", number) == set()
    asking.get(f"/reviewview/edit/{number}")
    assert asking.post(f"/reviewview/edit/{number}", outcome="write_off", reason="找不到人").status_code == 302
    assert offered(asking, "reviewview", number) == set()
    assert offered(boss, "reviewview", number) == {"approve", "refuse"}


def test_stores_read_corrections_of_their_own_members_and_decide_nothing(
    screens: Screens, members: tuple[int, int]
) -> None:
    with screens.shop() as shop:
        facts = {"points": 5, "code": "error", "note": "", "by": "hq", "now": JUNE}
        number = services.ask_adjustment(shop.session, member_id=members[0], **facts)  # type: ignore[arg-type]
    own, foreign, auditor = screens.as_("one"), screens.as_("two"), screens.as_("auditor")
    assert own.get(f"/adjustmentview/show/{number}").status_code == 200
    assert foreign.get(f"/adjustmentview/show/{number}").status_code == 404
    for browser in (own, foreign, auditor):
        browser.get("/resetmypassword/form")
        assert browser.post(f"/adjustmentview/action/approve/{number}").status_code in (302, 403, 404)
        assert browser.get("/adjustmentview/add").status_code in (302, 403)
    with screens.shop() as shop:
        assert shop.session.get_one(Adjustment, number).state == "asked"


def test_headquarters_keeps_the_list_of_reasons(screens: Screens, members: tuple[int, int]) -> None:
    browser = screens.as_("hq")
    browser.get("/reasoncodeview/add")
    assert browser.post("/reasoncodeview/add", code="storm", name="颱風", active="y").status_code == 302
    browser.get("/reasoncodeview/edit/gift")
    assert browser.post("/reasoncodeview/edit/gift", name="補償").status_code == 302  # switched off
    page = browser.get("/adjustmentview/add").text
    assert ("颱風" in page, "補償" in page) == (True, False)
    assert browser.post("/reasoncodeview/delete/error").status_code in (403, 404, 405)


def test_a_claim_is_proposed_and_decided_by_two_persons(screens: Screens, members: tuple[int, int]) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    with screens.shop() as shop:
        number = shop.session.scalars(select(Review.id)).one()
    assert "1,000" in boss.get("/reviewview/list/").text
    act(boss, "reviewview", "approve", number)  # nobody has proposed anything
    asking.get(f"/reviewview/edit/{number}")
    assert asking.post(f"/reviewview/edit/{number}", outcome="write_off", reason="找不到人").status_code == 302
    act(boss, "reviewview", "refuse", number)
    asking.get(f"/reviewview/edit/{number}")
    asking.post(f"/reviewview/edit/{number}", outcome="write_off", reason="真的找不到人")
    act(asking, "reviewview", "approve", number)  # not by oneself
    with screens.shop() as shop:
        assert shop.session.get_one(Review, number).state == "asked"
    act(boss, "reviewview", "approve", number)
    with screens.shop() as shop:
        claim = shop.session.get_one(Review, number)
        assert (claim.state, claim.asked_by, claim.decided_by) == ("written_off", "hq", "boss")


def test_what_waits_is_told_to_those_who_decide(screens: Screens, members: tuple[int, int]) -> None:
    assert "/reviewview/list/" in screens.as_("boss").get("/").text


def test_a_member_exchanges_points_on_the_screen_of_her_balance(screens: Screens, members: tuple[int, int]) -> None:
    set_to(screens, "points.exchange_mode", value="on_request")
    browser = screens.as_("one")
    act(browser, "accountview", "exchange", members[0])
    act(browser, "accountview", "exchange", members[0])  # nothing left to exchange
    with screens.shop() as shop:
        assert shop.session.scalars(select(Voucher.value)).all() == [30_000]
        assert shop.session.get_one(Account, members[0]).balance == 120


def test_points_are_given_within_the_family(screens: Screens, members: tuple[int, int]) -> None:
    browser = screens.as_("one")
    browser.get("/transferformview/form")
    form = {"phone": "13900000001", "to_phone": "13900000002", "points": "500", "store": screens.store_ids[0]}
    assert browser.post("/transferformview/form", **form).status_code == 200  # families do not share yet
    set_to(screens, "points.family_transfers", value=True)
    browser.get("/transferformview/form")
    for _ in range(2):
        assert browser.post("/transferformview/form", **form).status_code == 302
    with screens.shop() as shop:
        assert shop.session.scalars(select(Transfer.points)).all() == [500]
        balances = [shop.session.get_one(Account, member).balance for member in members]
        assert balances == [2620, -4500]
    assert "500" in browser.get("/transferview/list/").text


def test_a_till_lets_go_of_what_it_holds(screens: Screens, members: tuple[int, int]) -> None:
    with screens.shop() as shop:
        asked = {"member_id": members[0], "points": 100, "store_id": shop.store_id, "by": "till", "now": JUNE}
        kept = services.hold(shop.session, **asked)  # type: ignore[arg-type]
    browser = screens.as_("one")
    assert "100" in browser.get("/holdview/list/").text
    for _ in range(2):
        act(browser, "holdview", "release", kept.hold_id)
    with screens.shop() as shop:
        assert shop.session.get_one(Hold, kept.hold_id).state == "released"
        assert shop.session.get_one(Account, members[0]).balance == 3120


def test_whoever_loses_points_next_is_listed_for_the_store(screens: Screens, members: tuple[int, int]) -> None:
    with clock.fixed(datetime(2028, 4, 1, 4, tzinfo=UTC)):
        page = screens.as_("one").get("/points-expiring/").text
        assert ("3,120" in page, "2028-04-20" in page, "13900000001" in page) == (True, True, False)
        assert "3,120" not in screens.as_("two").get("/points-expiring/").text
    assert "3,120" not in screens.as_("one").get("/points-expiring/").text


def test_the_night_lets_go_of_holds_and_of_points_whose_day_is_over(screens: Screens, members: tuple[int, int]) -> None:
    assert jobs.PART == 500
    with screens.shop() as shop:
        asked = {"member_id": members[0], "points": 100, "store_id": shop.store_id, "by": "till", "now": JUNE}
        services.hold(shop.session, **asked)  # type: ignore[arg-type]
    set_to(screens, "points.expiry", value=True)
    with clock.fixed(JUNE + timedelta(days=1000)):
        done = [ask(name, {}) for name in ("points.release_holds", "points.expire", "points.expire")]
        with screens.shop() as shop:
            results = [shop.session.get_one(Job, job).result for job in done]
    assert results == [{"freed": 1}, {"expired": 1}, {"expired": 0}]


# --- books -----------------------------------------------------------------------------------------------------------


def test_the_trial_balance_is_nothing_and_leads_to_its_entries(screens: Screens, members: tuple[int, int]) -> None:
    browser = screens.as_("auditor")
    browser.get("/resetmypassword/form")
    page = browser.get("/points-books/?month=2026-05").text
    assert 'chip-good">' in page
    assert re.search(r"<tfoot>.*?<b><span class=\"num\">0</span></b>", page, re.DOTALL)
    drill = re.findall(r'href="(/entryview/list/\?[^"]+)"', page)
    listed = browser.get(drill[0].replace("&amp;", "&")).text
    assert "6,000" in listed
    assert "3,120" not in listed  # of April
    for address in ("/points-books/?month=nonsense&store=x", "/points-books/?month=2036-01", "/points-books/?store=99"):
        assert browser.get(address).status_code == 200
    assert screens.as_("one").get("/points-books/").status_code in (302, 403)


def test_a_month_is_closed_by_two_persons(screens: Screens, members: tuple[int, int]) -> None:
    asking, boss = screens.as_("hq"), screens.as_("boss")
    asking.get("/pointscloseview/add")
    assert asking.post("/pointscloseview/add", wanted="April").status_code == 200
    assert asking.post("/pointscloseview/add", wanted="2026-06").status_code == 200  # it is not over
    assert asking.post("/pointscloseview/add", wanted="2026-04").status_code == 302
    with screens.shop() as shop:
        number = shop.session.scalars(select(CloseRequest.id)).one()
    act(asking, "pointscloseview", "approve", number)
    assert offered(asking, "pointscloseview", number) == set()
    assert offered(boss, "pointscloseview", number) == {"approve", "refuse"}
    act(boss, "pointscloseview", "approve", number)
    with screens.shop() as shop:
        closed = shop.session.scalars(select(LedgerClose)).one()
        assert (closed.month, closed.closed_by, closed.approved_by) == (date(2026, 4, 1), "hq", "boss")
        assert shop.session.get_one(Member, members[0]).id == members[0]
    assert "hq" in boss.get("/points-books/?month=2026-04").text
    assert "2026-04" in boss.get("/pointscloseview/list/").text
