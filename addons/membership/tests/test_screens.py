"""The screens of stores, catalogue and membership: they open, they are scoped, and they call the services."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from addons.catalog.models import Product
from addons.catalog.services import import_products
from addons.membership.models import (
    BirthdayRequest,
    Card,
    Consent,
    Family,
    Member,
    MemberChange,
    TierQuota,
    ToldApart,
    WaitingEntry,
)
from addons.membership.services import set_quota
from addons.membership.tests.people import card, member, phone
from addons.membership.tests.screens import Browser, Screens
from addons.stores.models import Brand, Staff, Store, UserScope
from core import clock
from core.db.session import engine

LISTS = (
    "storeview",
    "staffview",
    "franchiseeview",
    "regionview",
    "marketview",
    "brandview",
    "userscopeview",
    "changeview",
    "doubledayview",
    "productview",
    "styleview",
    "categoryview",
    "seasonview",
    "memberview",
    "cardview",
    "familyview",
    "consentview",
    "birthdayrequestview",
    "waitingentryview",
    "cardsegmentview",
    "tierquotaview",
    "memberchangeview",
    "lookupview",
)
ADDS = (
    "storeview",
    "staffview",
    "franchiseeview",
    "regionview",
    "marketview",
    "brandview",
    "userscopeview",
    "doubledayview",
    "productview",
    "styleview",
    "categoryview",
    "seasonview",
    "cardsegmentview",
    "tierquotaview",
)


@pytest.fixture
def two(screens: Screens) -> dict[str, int]:
    """A member with a card in each of two stores, and a product."""
    with screens.working() as session:
        stores = {code: session.get_one(Store, key) for code, key in screens.stores.items()}
        one = member(session, stores["S1"], name="甲一", phone="+8613800138001")
        other = member(session, stores["S2"], name="乙二", phone="+8613800138002")
        card(session, one)
        card(session, other)
        row = {"code": "C1", "style": "S", "brand": "GB", "category": "tops", "list_price": 39_900}
        import_products(session, [row])
        return {"one": one.id, "other": other.id}


def looked_up(browser: Browser, address: str) -> list[str]:
    return [row["text"] for row in browser.get(address).get_json()["results"]]


def test_every_list_and_form_opens(screens: Screens, two: dict[str, int]) -> None:
    hq, auditor = screens.as_("hq"), screens.as_("auditor")
    for name in LISTS:
        assert hq.get(f"/{name}/list/").status_code == 200, name
        assert auditor.get(f"/{name}/list/").status_code == 200, name
    for name in ADDS:
        assert hq.get(f"/{name}/add").status_code == 200, name
        assert auditor.get(f"/{name}/add").status_code in (302, 403, 404), name
    manager = screens.as_("one")
    for name in ("memberview", "cardview", "consentview", "familyview", "waitingentryview", "birthdayrequestview"):
        assert manager.get(f"/{name}/add").status_code == 200, name
    for address in ("/duplicates/", "/mergeview/form", f"/memberview/edit/{two['one']}", "/cardview/edit/1"):
        assert manager.get(address).status_code == 200, address
    for name in ("storeview", "productview", "styleview", "cardview", "cardsegmentview", "memberchangeview"):
        assert hq.get(f"/{name}/show/1").status_code == 200, name


def test_a_store_sees_its_own_members_and_headquarters_all(screens: Screens, two: dict[str, int]) -> None:
    mine, theirs, all_of_them = (screens.as_(name).get("/memberview/list/").text for name in ("one", "two", "hq"))
    assert ("甲一" in mine, "乙二" in mine) == (True, False)
    assert ("甲一" in theirs, "乙二" in theirs) == (False, True)
    assert ("甲一" in all_of_them, "乙二" in all_of_them) == (True, True)
    assert "13800138001" not in all_of_them  # contacts are masked on screens
    browser = screens.as_("one")
    assert "甲一" in browser.get(f"/memberview/show/{two['one']}").text
    for address in (f"/memberview/show/{two['other']}", f"/memberview/edit/{two['other']}", "/cardview/show/2"):
        assert browser.get(address).status_code == 404
    assert looked_up(browser, "/cardview/lookup/member?q=乙") == []
    assert looked_up(browser, "/cardview/lookup/member?q=甲") == ["甲一"]


def test_a_member_is_registered_once_however_often_the_button_is_pressed(screens: Screens) -> None:
    browser = screens.as_("one")
    browser.get("/memberview/add")
    form = {"store": screens.stores["S1"], "phone": "138 0013 8003", "name": "丙三", "birthday": "1990-10-01"}
    form |= {"sex": "female", "recruited_by": "walk_in"}
    for _press in range(2):
        assert browser.post("/memberview/add", **form).status_code == 302
    with screens.working() as session:
        row = session.scalars(select(Member)).one()
        assert (row.name, row.phone, row.status, row.tier, row.sex) == (
            "丙三",
            "+8613800138003",
            "active",
            "ordinary",
            "female",
        )


def test_a_phone_number_alone_makes_a_prospect_and_a_bad_one_keeps_what_was_typed(screens: Screens) -> None:
    browser = screens.as_("one")
    browser.get("/memberview/add")
    form = {"store": screens.stores["S1"], "sex": "unknown", "recruited_by": "walk_in"}
    kept = browser.post("/memberview/add", **form, phone="12", street="淮海路 1 號")
    assert kept.status_code == 200
    assert "淮海路 1 號" in kept.text
    assert browser.post("/memberview/add", **form, phone="13800138003").status_code == 302
    with screens.working() as session:
        assert session.scalars(select(Member)).one().status == "prospect"


def test_a_store_cannot_register_for_another(screens: Screens) -> None:
    browser = screens.as_("one")
    browser.get("/memberview/add")
    form = {"store": screens.stores["S2"], "phone": "13800138003", "sex": "unknown", "recruited_by": "walk_in"}
    assert browser.post("/memberview/add", **form).status_code == 200
    with screens.working() as session:
        assert session.scalar(select(func.count(Member.id))) == 0


def test_a_card_is_issued_activated_lost_and_replaced_on_screen(screens: Screens) -> None:
    with screens.working() as session:
        row = member(session, session.get_one(Store, screens.stores["S1"]))
        key = row.id
    browser = screens.as_("one")
    browser.get("/cardview/add")
    asked = {"member": key, "store": screens.stores["S1"], "card_number": ""}
    for _press in range(2):
        assert browser.post("/cardview/add", **asked).status_code == 302
    for name in ("activate", "lose"):
        assert browser.post(f"/cardview/action/{name}/1").status_code == 302
    browser.get("/cardview/edit/1")
    assert browser.post("/cardview/edit/1", step="replace", card_number="", reason="").status_code == 302
    with screens.working() as session:
        assert [c.status for c in session.scalars(select(Card).order_by(Card.id))] == ["replaced", "issued"]


def test_who_finds_the_quota_full_is_told_so_and_waits_if_asked(screens: Screens) -> None:
    with screens.working() as session:
        store = session.get_one(Store, screens.stores["S1"])
        key = member(session, store).id
        set_quota(session, brand_id=store.brand_id, tier="ordinary", allowed=0)
    browser = screens.as_("one")
    browser.get("/cardview/add")
    answer = browser.post("/cardview/add", member=key, store=screens.stores["S1"], card_number="", wait="y")
    assert answer.status_code == 200
    with screens.working() as session:
        assert session.scalars(select(Card)).all() == []
        assert session.scalars(select(WaitingEntry)).one().member_id == key
    assert browser.post("/waitingentryview/action/leave/1").status_code == 302
    with screens.working() as session:
        assert session.scalars(select(WaitingEntry)).one().status == "left"


def test_a_file_is_changed_with_its_history(screens: Screens, two: dict[str, int]) -> None:
    browser = screens.as_("one")
    browser.get(f"/memberview/edit/{two['one']}")
    form = {"name": "甲一", "phone": "+8613800138001", "sex": "male", "recruited_by": "partner", "district": "靜安"}
    form |= {"birthday": "1990-10-01", "email": "", "street": "", "recruited_note": "", "reason": ""}
    assert browser.post(f"/memberview/edit/{two['one']}", **form).status_code == 302
    with screens.working() as session:
        kept = session.scalars(select(MemberChange.field).filter_by(member_id=two["one"], by="one"))
        assert set(kept) == {"sex", "recruited_by", "district"}


def test_a_lunar_birthday_is_ticked_shown_and_taken_back(screens: Screens, two: dict[str, int]) -> None:
    browser = screens.as_("one")
    browser.get("/lang/zh_Hant_TW")
    form = {"store": screens.stores["S1"], "phone": "138 0013 8005", "name": "戊五", "sex": "female"}
    form |= {"recruited_by": "walk_in", "birthday": far_from_now(), "birthday_lunar": "y"}
    browser.get("/memberview/add")
    assert browser.post("/memberview/add", **form).status_code == 302
    with screens.working() as session:
        row = session.scalars(select(Member).filter_by(name="戊五")).one()
        kept = row.kept_birthday
    assert kept is not None
    assert kept.lunar is not None
    assert f"農曆{'閏' if kept.lunar < 0 else ''}" in browser.get(f"/memberview/show/{row.id}").text
    assert kept.next(clock.now().date()).isoformat() in browser.get(f"/memberview/show/{row.id}").text
    page = browser.get(f"/memberview/edit/{row.id}").text
    assert re.search(r'<input checked[^>]*name="birthday_lunar"', page)
    change = {**form, "phone": "+8613800138005", "reason": "本人要求", "email": "", "district": "", "street": ""}
    change.pop("birthday_lunar")
    change.pop("store")
    assert browser.post(f"/memberview/edit/{row.id}", **change, recruited_note="").status_code == 302
    with screens.working() as session:
        assert session.get_one(Member, row.id).lunar_birthday is None


def far_from_now() -> str:
    """Return a day of birth that no lock reaches, by the sun or by the moon."""
    return (clock.now().date() + timedelta(days=190)).replace(year=1990).isoformat()


def test_a_birthday_that_is_used_soon_needs_two_persons_on_screen(screens: Screens, two: dict[str, int]) -> None:
    soon = (clock.now().date() + timedelta(days=20)).replace(year=1988)
    browser = screens.as_("one")
    browser.get("/birthdayrequestview/add")
    assert browser.post("/birthdayrequestview/add", member=two["one"], after=soon, reason="身份證").status_code == 302
    browser.post("/birthdayrequestview/action/approve/1")
    with screens.working() as session:
        assert session.scalars(select(BirthdayRequest)).one().state == "asked"
    boss = screens.as_("boss")
    boss.get("/birthdayrequestview/show/1")
    assert boss.post("/birthdayrequestview/action/approve/1").status_code == 302
    with screens.working() as session:
        assert session.get_one(Member, two["one"]).birthday == soon


def test_consents_and_families_are_kept_on_screen(screens: Screens, two: dict[str, int]) -> None:
    with screens.working() as session:
        second = member(session, session.get_one(Store, screens.stores["S1"]), name="甲三").id
    browser = screens.as_("one")
    browser.get("/consentview/add")
    form = {"member": two["one"], "purpose": "messages", "given": "y", "wording": "2026-01", "guardian": ""}
    assert browser.post("/consentview/add", **form).status_code == 302
    form = {"name": "甲家", "store": screens.stores["S1"], "first": two["one"], "second": second}
    assert browser.post("/familyview/add", **form).status_code == 302
    assert looked_up(browser, "/familyview/lookup/second?q=甲三") == ["甲三"]
    assert "甲三" in browser.get("/familyview/show/1").text
    with screens.working() as session:
        assert session.scalars(select(Consent)).one().given
        assert session.scalars(select(Family)).one().name == "甲家"


def test_the_guardian_of_a_consent_is_a_person_and_out_of_sight_a_card(screens: Screens, two: dict[str, int]) -> None:
    with screens.working() as session:
        store = session.get_one(Store, screens.stores["S1"])
        near = member(session, store, name="甲三").id
        told = {"store_id": store.id, "member_id": two["one"], "purpose": "minor", "given": True, "wording": "1"}
        told |= {"by": "one", "at": clock.now()}
        session.add_all(Consent(**told, guardian_id=guardian) for guardian in (near, two["other"]))
    browser = screens.as_("one")
    assert "甲三" in browser.get("/consentview/show/1").text
    hidden = browser.get("/consentview/show/2").text
    assert "乙二" not in hidden
    assert "其他門市" in hidden


def test_an_empty_list_says_how_to_begin_to_those_who_may(screens: Screens) -> None:
    how = "再在此新增其商品"
    assert how in screens.as_("hq").get("/productview/list/").text
    read = screens.as_("auditor").get("/productview/list/").text
    assert ("還沒有商品" in read, how in read) == (True, False)


def test_duplicates_are_shown_and_merged(screens: Screens) -> None:
    with screens.working() as session:
        store = session.get_one(Store, screens.stores["S1"])
        goes, stays = (member(session, store, name="丁四", birthday=date(1990, 10, 1)).number for _ in range(2))
    browser = screens.as_("one")
    shown = browser.get("/duplicates/").text
    assert goes in shown
    assert "超過" not in shown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("addons.membership.views.duplicates.MOST", 0)
        assert "超過 0 組" in browser.get("/duplicates/").text
    told = browser.get(f"/mergeview/form?goes={goes}&stays={stays}").text
    assert told.count("丁四") == 2
    form = {"goes": goes, "stays": stays, "reason": "同一人", "compared": f"{goes} {stays}"}
    assert browser.post("/mergeview/form", **form).status_code == 302
    with screens.working() as session:
        assert session.scalars(select(Member).filter_by(number=goes)).one().status == "merged"
    assert browser.post("/mergeview/form", goes=goes, stays="nobody", reason="同一人").status_code == 200


def test_numbers_that_were_typed_are_merged_only_once_their_files_were_shown(screens: Screens) -> None:
    with screens.working() as session:
        store = session.get_one(Store, screens.stores["S1"])
        made = [member(session, store, name=name, birthday=date(1990, 10, 1)) for name in ("丁四", "己六")]
        goes, stays = (each.number for each in made)
    browser = screens.as_("one")
    browser.get("/mergeview/form")
    shown = browser.post("/mergeview/form", goes=goes, stays=stays, reason="同一人")
    assert shown.status_code == 200
    assert all(name in shown.text for name in ("丁四", "己六", f"{goes} {stays}"))
    assert 'value="同一人"' in shown.text
    with screens.working() as session:
        assert {m.status for m in session.scalars(select(Member).where(Member.number.in_([goes, stays])))} == {"active"}


def test_who_is_known_to_be_two_persons_is_not_asked_about_again(screens: Screens) -> None:
    with screens.working() as session:
        store, other = (session.get_one(Store, screens.stores[code]) for code in ("S1", "S2"))
        pair = [member(session, store, name="丁四", birthday=date(1990, 10, 1)) for _ in range(2)]
        key, number = f"{pair[0].id}-{pair[1].id}", pair[0].number
        theirs = [member(session, other, name="戊五", birthday=date(1991, 1, 1)).id for _ in range(2)]
        foreign = f"{theirs[0]}-{theirs[1]}"
    browser, stranger = screens.as_("one"), screens.as_("two")
    assert f'value="{key}"' in browser.get("/duplicates/").text
    for wrong in (foreign, "1-x", "", f"{pair[1].id}-{pair[0].id}"):
        assert browser.post("/duplicates/action_post", action="tell_apart", rowid=[key, wrong]).status_code == 404
    stranger.get("/duplicates/")
    assert stranger.post("/duplicates/action_post", action="tell_apart", rowid=[key]).status_code == 404
    for _ in range(2):
        browser.post("/duplicates/action_post", action="tell_apart", rowid=[key])
    with screens.working() as session:
        said = session.scalars(select(ToldApart)).one()
        assert (said.first_id, said.second_id, said.by) == (pair[0].id, pair[1].id, "one")
    assert number not in browser.get("/duplicates/").text
    assert number in browser.get("/duplicates/?archived=only").text
    file = browser.inner.get("/duplicates/export/csv?archived=only").data.decode("utf-8-sig")
    assert (number in file, "姓名與生日相同" in file) == (True, True)
    browser.post("/duplicates/action_post", action="in_question", rowid=[key])
    assert number in browser.get("/duplicates/").text
    assert number in browser.get("/duplicates/?_flt_0_reasons=same_name_and_birthday").text
    assert number not in browser.get("/duplicates/?_flt_0_reasons=same_email").text


def test_headquarters_keeps_stores_products_and_quotas(screens: Screens, two: dict[str, int]) -> None:
    hq = screens.as_("hq")
    hq.get("/storeview/add")
    form = {"code": "S9", "name": "新店", "brand": 1, "format": "flagship", "region": 1, "franchisee": 1}
    assert hq.post("/storeview/add", **form, opened_on="2026-05-01").status_code == 302
    prices = {"list_price": "599.00", "special_price": "509.15", "floor_price": "", "size": "M", "colour": "藍"}
    form = {"code": "C2", "style": 1, "season": ""} | prices
    assert hq.post("/productview/add", **form).status_code == 302
    wrong = hq.post("/productview/add", **form | {"code": "C3", "special_price": "600"})
    assert wrong.status_code == 200
    form = {"brand": 1, "tier": "gold", "series": "", "for_store": "", "allowed": 50}
    assert hq.post("/tierquotaview/add", **form).status_code == 302
    hq.get("/tierquotaview/edit/1")
    assert hq.post("/tierquotaview/edit/1", allowed=60).status_code == 302
    with screens.working() as session:
        assert session.scalars(select(Store).filter_by(code="S9")).one().format == "flagship"
        product = session.scalars(select(Product).filter_by(code="C2")).one()
        assert (product.list_price, product.special_price, product.category_code) == (59_900, 50_915, "tops")
        assert session.scalar(select(func.count(Product.id))) == 2
        assert session.scalars(select(TierQuota)).one().allowed == 60


def test_an_early_markdown_is_for_approvers(screens: Screens, two: dict[str, int]) -> None:
    new = {"launched_on": clock.now().date(), "list_price": "399", "special_price": "200", "size": "", "colour": ""}
    for name, status in (("hq", 200), ("boss", 302)):
        browser = screens.as_(name)
        browser.get("/productview/edit/1")
        answer = browser.post("/productview/edit/1", **new, active="y", approved="y", season="")
        assert answer.status_code == status


def test_a_brand_can_lose_its_programme_and_a_store_manager_changes_no_brand(screens: Screens) -> None:
    manager = screens.as_("one")
    manager.get("/staffview/add")
    assert manager.post("/brandview/edit/1", name="x").status_code in (302, 403)
    hq = screens.as_("hq")
    hq.get("/brandview/edit/1")
    assert hq.post("/brandview/edit/1", name="桂賓").status_code == 302  # the box is not ticked
    with screens.working() as session:
        brand = session.scalars(select(Brand)).one()
        assert (brand.name, brand.has_programme) == ("桂賓", False)


def test_staff_are_kept_by_their_store(screens: Screens) -> None:
    manager = screens.as_("one")
    manager.get("/staffview/add")
    form = {"code": "E1", "name": "小陳", "role": "guide", "active": "y"}
    assert manager.post("/staffview/add", **form, store=screens.stores["S1"]).status_code == 302
    assert manager.post("/staffview/add", **form | {"code": "E2"}, store=screens.stores["S2"]).status_code == 200
    with screens.working() as session:
        assert [s.code for s in session.scalars(select(Staff))] == ["E1"]


def test_responsibilities_are_given_and_taken_back_by_headquarters(screens: Screens) -> None:
    with screens.working() as session:
        user = session.scalars(select(UserScope.user_id).filter_by(kind="auditor")).one()
        before = session.scalar(select(func.count(UserScope.id)))
    hq = screens.as_("hq")
    hq.get("/userscopeview/add")
    assert hq.post("/userscopeview/add", user=user, target=f"store:{screens.stores['S3']}").status_code == 302
    with screens.working() as session:
        row = session.scalars(select(UserScope).filter_by(user_id=user, kind="store")).one().id
    assert hq.post(f"/userscopeview/delete/{row}").status_code == 302
    with screens.working() as session:
        assert session.scalar(select(func.count(UserScope.id))) == before
    assert screens.as_("one").get("/userscopeview/list/").status_code in (302, 403)


def queries(browser: Browser, address: str) -> int:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    browser.get(address)
    event.listen(engine(), "before_cursor_execute", note)
    assert browser.get(address).status_code == 200
    event.remove(engine(), "before_cursor_execute", note)
    return len(seen)


def test_a_list_costs_the_same_few_queries_however_long_it_is(screens: Screens) -> None:
    counted = []
    for people in (3, 20):
        with screens.working() as session:
            store = session.get_one(Store, screens.stores["S1"])
            for _ in range(people):
                card(session, member(session, store, phone=phone()))
        browser = screens.as_("one")
        counted.append([queries(browser, f"/{name}/list/") for name in ("memberview", "cardview")])
    assert counted[0] == counted[1]
    assert max(counted[1]) <= 15
