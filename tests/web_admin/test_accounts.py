"""Accounts are kept by those above them, within their own stores; everything is written down."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from core.db.session import engine, work
from core.testing.screens import PASSWORD, Browser, BrowserAs
from core.web.admin.models import AccountEvent
from core.web.admin.ranks import KEEPERS, KEEPS
from core.web.deploy import create_user
from core.web.roles import ALL, SYSTEM_ADMIN
from core.web.security.manager import LOCKED_AFTER
from core.web.security.models import User
from tests.web_admin.people import (
    PEOPLE,
    Company,
    company,
    give_role_by_hand,
    happened,
    lock,
    places,
    row,
    shown_password,
    step,
)


@pytest.fixture
def firm(product: Flask) -> Company:
    """The company in the product's database."""
    assert product.name == "guibin"
    return company()


def listed(browser: Browser, address: str = "/accounts/") -> set[str]:
    """The user names in the list."""
    text = browser.get(address).text
    with work() as session:
        names = session.scalars(select(User.username)).all()
    return {name for name in names if f">{name}</td>" in text}


def open_new(browser: Browser, **fields: object) -> TestResponse:
    browser.get("/accounts/new")
    return browser.post("/accounts/new", {"name": "新人", "username": "newcomer", **fields})


# -- who sees whom


def test_each_sees_the_accounts_they_keep(firm: Company, browser_as: BrowserAs) -> None:
    everybody = {role.lower() for role in ALL} | set(PEOPLE)
    seen = {
        "StoreManager": {"storemanager", "cash1", "guide1"},
        "FranchiseAdmin": {"franchiseadmin", "storemanager", "cash1", "guide1", "manager2"},
        "HQApprover": {"hqapprover", "franchiseadmin", "storemanager", *PEOPLE},
        "SystemAdmin": everybody,
        "Auditor": everybody,
    }
    for role, names in seen.items():
        assert listed(browser_as(role)) == names, role


def test_the_others_see_no_accounts(firm: Company, browser_as: BrowserAs) -> None:
    for role in ("Cashier", "Guide", "HQMarketing"):
        browser = browser_as(role)
        assert browser.get("/accounts/").status_code == 403
        assert browser.get(f"/accounts/{firm.people['cash1']}").status_code == 403
        assert step(browser, firm.people["cash1"], "password").status_code == 403


def test_the_list_is_narrowed_by_words_role_and_state(firm: Company, browser_as: BrowserAs) -> None:
    lock("cash3")
    admin = browser_as("SystemAdmin")
    assert listed(admin, "/accounts/?_flt_0_username=GUIDE1") == {"guide1"}
    assert listed(admin, "/accounts/?_flt_0_places=門市+S1&_flt_0_roles=Cashier") == {"cash1"}
    assert listed(admin, "/accounts/?_flt_0_state=closed") == {"cash3"}
    assert "沒有符合篩選條件的資料" in admin.get("/accounts/?_flt_0_username=nobody-at-all").text
    assert admin.get("/accounts/?page_AccountsView=99999").status_code == 200
    assert admin.get("/accounts/?page_AccountsView=x").status_code == 200


def test_the_list_is_ordered_and_taken_along_as_it_is_seen(firm: Company, browser_as: BrowserAs) -> None:
    manager = browser_as("StoreManager")
    order = "_oc_AccountsView=username&_od_AccountsView="
    names = {way: taken_along(manager, order + way) for way in ("asc", "desc")}
    assert names == {"asc": ["cash1", "guide1", "storemanager"], "desc": ["storemanager", "guide1", "cash1"]}
    assert taken_along(manager, "_flt_1_roles=Cashier") == ["guide1", "storemanager"]
    nonsense = "_flt_9_username=x&_flt_0_password=x&_flt_0_state=&_oc_AccountsView=password&_od_AccountsView=asc"
    assert taken_along(manager, nonsense) == names["asc"]
    manager.get("/accounts/")
    manager.post("/accounts/columns", {"column": ["username", "password", "places"]})
    head, *rows = cells(manager, "")
    assert (head, len(rows)) == (["帳號", "負責範圍"], 3)
    for role in ("Cashier", "HQMarketing"):
        assert browser_as(role).get("/accounts/export/csv").status_code == 403
    assert manager.get("/accounts/export/pdf").status_code == 404


def cells(browser: Browser, query: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(browser.get(f"/accounts/export/csv?{query}").data.decode("utf-8-sig"))))


def taken_along(browser: Browser, query: str) -> list[str]:
    return [row[1] for row in cells(browser, query)[1:]]


def test_the_name_of_an_account_is_no_formula(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    assert open_new(admin, role="Cashier", place=[firm.place("S1")], name='=HYPERLINK("x")').status_code == 200
    [found] = [row for row in cells(admin, "") if row[1] == "newcomer"]
    assert found[0].startswith("'=")


# -- opening


def test_a_franchise_admin_opens_an_account_and_its_password_is_shown_once(
    firm: Company, product: Flask, browser_as: BrowserAs
) -> None:
    admin = browser_as("FranchiseAdmin")
    made = open_new(admin, role="Cashier", place=[firm.place("S1"), firm.place("S2")])
    password = shown_password(made)
    new = row("newcomer")
    assert places(new.id) == {("store", firm.stores["S1"]), ("store", firm.stores["S2"])}
    assert password not in admin.get(f"/accounts/{new.id}").text
    assert [what for what, _ in happened(new.id)] == ["opened", "place_given", "place_given"]
    assert {by for _, by in happened(new.id)} == {"franchiseadmin"}
    cashier = Browser(product.test_client())
    cashier.get("/login/")
    assert cashier.post("/login/", {"username": "newcomer", "password": password}).status_code == 302
    assert "收銀" in cashier.get("/users/userinfo/").text


REFUSED = [
    ({"role": "FranchiseAdmin", "place": "F1"}, "您不能授予這個角色"),
    ({"role": "SystemAdmin", "place": ""}, "您不能授予這個角色"),
    ({"role": "nothing", "place": "S1"}, "您不能授予這個角色"),
    ({"role": "Cashier", "place": "S3"}, "您只能授予自己負責的門市"),
    ({"role": "Cashier", "place": ""}, "請至少選擇一家門市"),
    ({"role": "Cashier", "place": "F1"}, "這個角色不負責這種範圍"),
    ({"role": "StoreManager", "place": "EAST"}, "您只能授予自己負責的門市"),
    ({"role": "Cashier", "place": "S1", "username": "Cash 1"}, "3 至 64 個小寫英文字母"),
    ({"role": "Cashier", "place": "S1", "username": "cash1"}, "已有人使用"),
    ({"role": "Cashier", "place": "S1", "name": " "}, "須有使用人的姓名"),
]


def test_what_may_not_be_opened_is_refused_and_what_was_typed_stays(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("FranchiseAdmin")
    admin.get("/accounts/new")
    for fields, said in REFUSED:
        place = [firm.place(fields["place"])] if fields["place"] else []
        sent = {"name": "新人", "username": "newcomer", **fields, "place": place}
        answer = admin.post("/accounts/new", sent)
        assert answer.status_code in {403, 409, 422}, fields
        assert said in answer.text, fields
        assert f'value="{sent["username"]}"' in answer.text
    with work() as session:
        assert session.scalar(select(User.id).where(User.username == "newcomer")) is None
        assert not session.scalars(select(AccountEvent).where(AccountEvent.by != "guibin")).all()


def test_a_place_that_is_none_or_everything_is_refused(firm: Company, browser_as: BrowserAs) -> None:
    for place in ("hq", "auditor", "store:999", "store", "king:1", "store:1:2"):
        answer = open_new(browser_as("FranchiseAdmin"), role="Cashier", place=[place])
        assert answer.status_code in {403, 422}, place


def test_the_second_person_of_four_eyes_cannot_make_the_first(firm: Company, browser_as: BrowserAs) -> None:
    """An approver who could open accounts of headquarters could approve their own draft."""
    for role in ("HQMarketing", "HQApprover", "Auditor", "SystemAdmin"):
        assert open_new(browser_as("HQApprover"), role=role, place=["hq"]).status_code == 403, role


def test_the_system_administrator_opens_every_role(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    fitting = {"FranchiseAdmin": ["F2", "S1"], "HQMarketing": [], "Auditor": [], "SystemAdmin": []}
    kinds = {"HQMarketing": ["hq"], "Auditor": ["auditor"]}
    for number, (role, codes) in enumerate(fitting.items()):
        chosen = kinds.get(role, [firm.place(code) for code in codes])
        made = open_new(admin, role=role, place=chosen, username=f"new{number}")
        assert shown_password(made)
        assert len(places(row(f"new{number}").id)) == len(chosen)


# -- changing


def test_role_and_stores_change_together_and_sessions_end(firm: Company, browser_as: BrowserAs) -> None:
    key, admin = firm.people["cash1"], browser_as("FranchiseAdmin")
    before = row("cash1").epoch
    done = step(admin, key, "change", {"role": "Guide", "place": [firm.place("S2")]})
    assert done.status_code == 302
    assert [role.name for role in row("cash1").roles] == ["Guide"]
    assert places(key) == {("store", firm.stores["S2"])}
    assert row("cash1").epoch == before + 1
    assert [what for what, _ in happened(key)] == ["role", "place_given", "place_taken"]
    page = admin.get(f"/accounts/{key}").text
    assert "變更角色" in page
    assert "收回門市" in page


def test_a_store_that_another_keeper_gave_meanwhile_is_not_taken_back_unseen(
    firm: Company, browser_as: BrowserAs
) -> None:
    key, one, other = firm.people["cash1"], browser_as("FranchiseAdmin"), browser_as("SystemAdmin")
    address = f"/accounts/{key}"

    def seal(page: str) -> str:
        found = re.search(r'name="seen" value="(\w+)"', page)
        assert found is not None
        return found[1]

    mine = seal(one.get(address).text)
    both = {"role": "Cashier", "place": [firm.place("S1"), firm.place("S2")], "seen": mine}
    assert other.post(f"{address}/change", both | {"seen": seal(other.get(address).text)}).status_code == 302
    sent = {"role": "Guide", "place": [firm.place("S1")], "seen": mine}
    answer = one.post(f"{address}/change", sent)
    assert answer.status_code == 409
    assert [role.name for role in row("cash1").roles] == ["Cashier"]
    assert places(key) == {("store", firm.stores["S1"]), ("store", firm.stores["S2"])}
    told = answer.text.split('class="card conflict"', 1)[1].split("</section>", 1)[0]
    assert "收銀" in told
    assert "導購" in told
    assert "S2" in told
    assert one.post(f"{address}/change", sent | {"seen": seal(answer.text)}).status_code == 302
    assert places(key) == {("store", firm.stores["S1"])}


VERBS = ("change", "password", "close", "reopen", "sessions")


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_not_theirs_stays_as_it_is(verb: str, firm: Company, browser_as: BrowserAs) -> None:
    """A foreign store's cashier, a peer, headquarters, and a number that is no account: all are told the same."""
    admin, data = browser_as("FranchiseAdmin"), {"role": "Cashier", "place": [firm.place("S1")]}
    for victim in ("cash3", "franchise2", "hqmarketing", "systemadmin", "auditor", "nobody"):
        key = firm.people.get(victim, 9999)
        answer = step(admin, key, verb, data)
        assert answer.status_code == 403, victim
        assert "這個帳號不歸您管理" in answer.text
        assert not happened(key)
        assert admin.get(f"/accounts/{key}").status_code == 404
        if victim in firm.people:
            assert row(victim).epoch == 0
            assert row(victim).active


@pytest.mark.parametrize("role", KEEPERS)
def test_nobody_raises_or_changes_themselves(role: str, firm: Company, browser_as: BrowserAs) -> None:
    browser, key = browser_as(role), firm.people[role.lower()]
    for verb in VERBS:
        for wanted in ("SystemAdmin", "HQApprover", role) if verb == "change" else (role,):
            answer = step(browser, key, verb, {"role": wanted, "place": ["hq"]})
            assert answer.status_code == 403
            assert "任何人都不能變更自己的角色" in answer.text
    assert [each.name for each in row(role.lower()).roles] == [role]
    assert not happened(key)


def test_nobody_is_lifted_above_what_the_keeper_may_give(firm: Company, browser_as: BrowserAs) -> None:
    key = firm.people["cash1"]
    for role, place, status in (
        ("FranchiseAdmin", "F1", 403), ("StoreManager", "S3", 403), ("Cashier", "F1", 422), ("SystemAdmin", "S1", 403),
    ):  # fmt: skip
        answer = step(browser_as("FranchiseAdmin"), key, "change", {"role": role, "place": [firm.place(place)]})
        assert answer.status_code == status, role
        answer = step(browser_as("StoreManager"), key, "change", {"role": role, "place": [firm.place(place)]})
        assert answer.status_code in {403, 422}, role
    assert [role.name for role in row("cash1").roles] == ["Cashier"]
    assert places(key) == {("store", firm.stores["S1"])}
    assert not happened(key)


def test_an_account_with_a_second_role_is_not_kept_by_its_lower_one(firm: Company, browser_as: BrowserAs) -> None:
    give_role_by_hand(firm.people["cash1"], "HQApprover")
    assert step(browser_as("FranchiseAdmin"), firm.people["cash1"], "password").status_code == 403
    assert listed(browser_as("FranchiseAdmin")) >= {"guide1"}
    assert "cash1" not in listed(browser_as("FranchiseAdmin"))


def test_an_account_that_reaches_beyond_the_keepers_stores_is_not_theirs(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    both = [firm.place("S1"), firm.place("S3")]
    assert step(admin, firm.people["cash1"], "change", {"role": "Cashier", "place": both}).status_code == 302
    assert step(browser_as("FranchiseAdmin"), firm.people["cash1"], "close").status_code == 403
    assert row("cash1").active


# -- closing, opening again, passwords, sessions


def test_a_closed_account_is_out_and_comes_back(firm: Company, browser_as: BrowserAs) -> None:
    admin, key = browser_as("FranchiseAdmin"), firm.people["cash1"]
    assert step(admin, key, "close").status_code == 302
    assert not row("cash1").active
    assert row("cash1").epoch == 1
    assert "已停用" in admin.get(f"/accounts/{key}").text
    assert step(admin, key, "reopen").status_code == 302
    assert row("cash1").active
    assert [what for what, _ in happened(key)] == ["closed", "reopened"]


def test_a_new_password_ends_sessions_and_opens_the_door(firm: Company, product: Flask, browser_as: BrowserAs) -> None:
    cashier = Browser(product.test_client())
    cashier.get("/login/")
    cashier.post("/login/", {"username": "cashier", "password": PASSWORD})
    assert cashier.get("/users/userinfo/").status_code == 200
    admin = browser_as("SystemAdmin")
    password = shown_password(step(admin, firm.people["cashier"], "password"))
    assert cashier.get("/users/userinfo/").status_code == 302
    for word, status in ((PASSWORD, 302), (password, 200)):
        again = Browser(product.test_client())
        again.get("/login/")
        again.post("/login/", {"username": "cashier", "password": word})
        assert again.get("/users/userinfo/").status_code == status
    assert happened(firm.people["cashier"]) == [("password_reset", "systemadmin")]
    with work() as session:
        assert password not in str(session.execute(select(AccountEvent.detail)).all())


def test_sessions_are_ended(firm: Company, product: Flask, browser_as: BrowserAs) -> None:
    cashier = Browser(product.test_client())
    cashier.get("/login/")
    cashier.post("/login/", {"username": "cashier", "password": PASSWORD})
    assert step(browser_as("SystemAdmin"), firm.people["cashier"], "sessions").status_code == 302
    assert cashier.get("/users/userinfo/").status_code == 302


def test_an_administrator_closes_another_and_always_remains(firm: Company, browser_as: BrowserAs) -> None:
    first = browser_as("SystemAdmin")
    shown_password(open_new(first, role="SystemAdmin", username="second"))
    assert step(first, row("second").id, "close").status_code == 302
    assert not row("second").active
    assert step(first, firm.people["systemadmin"], "close").status_code == 403
    assert row("systemadmin").active


def test_one_ends_ones_own_other_sessions(firm: Company, product: Flask) -> None:
    here, there = Browser(product.test_client()), Browser(product.test_client())
    for browser in (here, there):
        browser.get("/login/")
        browser.post("/login/", {"username": "guide", "password": PASSWORD})
    here.get("/users/userinfo/")
    assert here.post("/users/sessions").status_code == 302
    assert here.get("/users/userinfo/").status_code == 200
    assert there.get("/users/userinfo/").status_code == 302
    assert happened(firm.people["guide"]) == [("sessions_ended", "guide")]


# -- what was written down stays


def test_the_history_is_append_only(firm: Company, browser_as: BrowserAs) -> None:
    step(browser_as("SystemAdmin"), firm.people["cash1"], "sessions")
    for statement in (
        update(AccountEvent.__table__).values(by="somebody"), delete(AccountEvent.__table__),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="append-only"), engine().begin() as connection:
            connection.execute(statement)
    assert happened(firm.people["cash1"]) == [("sessions_ended", "systemadmin")]


def test_accounts_made_by_command_and_locks_by_wrong_passwords_are_written_down(product: Flask) -> None:
    key = create_user(username="byhand", role="Cashier", password="seven green elephants")
    stranger = Browser(product.test_client())
    for _ in range(LOCKED_AFTER):
        stranger.get("/login/")
        stranger.post("/login/", {"username": "byhand", "password": "wrong"})
    with work() as session:
        events = session.scalars(select(AccountEvent).where(AccountEvent.user_id == key)).all()
    assert [(event.what, event.by) for event in events] == [("opened", "guibin"), ("locked_out", "guibin")]


def test_the_auditor_reads_and_changes_nothing(firm: Company, browser_as: BrowserAs) -> None:
    auditor, key = browser_as("Auditor"), firm.people["cash1"]
    page = auditor.get(f"/accounts/{key}").text
    assert "歷程" in page
    assert "/password" not in page.split("<main", 1)[1]
    for verb in ("change", "password", "close", "reopen", "sessions"):
        assert step(auditor, key, verb).status_code == 403
    assert auditor.get("/accounts/new").status_code == 403
    assert not happened(key)


def test_a_form_without_its_token_changes_nothing(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    assert admin.client.post(f"/accounts/{firm.people['cash1']}/close").status_code == 400
    assert row("cash1").active


def test_everybody_keeps_only_roles_below_their_own() -> None:
    order = {role: number for number, role in enumerate(ALL)}
    for keeper, kept in KEEPS.items():
        if keeper != SYSTEM_ADMIN:
            assert all(order[role] < order[keeper] for role in kept)


# -- one's own language and time zone


def test_ones_own_language_and_time_zone_are_kept_with_the_account(product: Flask) -> None:
    here = Browser(product.test_client())
    here.get("/login/")
    here.post("/login/", {"username": "guide", "password": PASSWORD})
    with engine().begin() as connection:
        at = datetime(2026, 5, 4, 1, 30, tzinfo=UTC).replace(tzinfo=None)  # as Flask-AppBuilder keeps it
        connection.execute(update(User.__table__).where(User.__table__.c.username == "guide").values(last_login=at))
    assert "2026-05-04 09:30" in here.get("/users/userinfo/").text
    kept = here.post("/users/preferences", {"language": "en", "zone": "Europe/Paris"})
    assert kept.status_code == 302
    page = here.get("/users/userinfo/").text
    assert "2026-05-04 03:30" in page
    assert "Language and time zone" in page
    later = Browser(product.test_client())
    later.get("/login/")
    later.post("/login/", {"username": "guide", "password": PASSWORD})
    assert 'value="Europe/Paris" selected' in later.get("/users/userinfo/").text
    assert 'value="en" lang="en" selected' in later.get("/users/userinfo/").text
    for wrong in ({"language": "xx", "zone": ""}, {"language": "en", "zone": "Mars/Olympus"}):
        assert later.post("/users/preferences", wrong).status_code == 422
    assert (row("guide").locale, row("guide").timezone) == ("en", "Europe/Paris")
