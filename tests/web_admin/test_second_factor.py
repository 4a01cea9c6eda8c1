"""The second factor: set up by oneself, asked for at the door, each code once; lost phones, and who must have one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import segno
from flask import Flask
from sqlalchemy import select, text, update

from core import clock
from core.db.session import engine, reading, work
from core.testing.screens import PASSWORD, Browser, BrowserAs
from core.web.admin.models import AccountEvent
from core.web.security import factor
from core.web.security.manager import CODE_HEADER, LOCKED_AFTER, LOCKED_FOR
from core.web.security.models import FactorRole, RecoveryCode, User
from tests.web_admin.people import Company, company, happened, row

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
OPEN, LED, REFUSED, NOT_RIGHT, TOO_LATE = 200, 302, 403, 422, 401


@pytest.fixture
def noon(product: Flask) -> Iterator[None]:
    """The clock stands still."""
    assert product.name == "guibin"
    with clock.fixed(NOON):
        yield


@pytest.fixture
def firm(noon: None) -> Company:
    """The company in the product's database."""
    return company()


def code_at(secret: str, moment: datetime) -> str:
    return pyotp.TOTP(secret).generate_otp(int(moment.timestamp()) // 30)


def secret_on(page: str) -> str:
    found = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', page)
    assert found, page
    return found[1].replace(" ", "")


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """Set one's second factor up; return its secret and the recovery codes."""
    browser.get("/second-factor/")
    browser.post("/second-factor/begin")
    secret = secret_on(browser.get("/second-factor/").text)
    page = browser.post("/second-factor/confirm", {"code": code_at(secret, clock.now())}).text
    return secret, re.findall(r"<li><code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", page)


def by_password(app: Flask, name: str) -> Browser:
    browser = Browser(app.test_client())
    browser.get("/login/")
    answer = browser.post("/login/", {"username": name, "password": PASSWORD})
    assert answer.status_code == LED
    return browser


def at_the_door(app: Flask, name: str, *codes: str) -> Browser:
    """Come with the password and try codes one after the other."""
    browser = by_password(app, name)
    for code in codes:
        browser.get("/login/code")
        browser.post("/login/code", {"code": code})
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/users/userinfo/").status_code == OPEN


def events(name: str) -> list[str]:
    return [what for what, _by in happened(row(name).id)]


# -- setting it up ----------------------------------------------------------------------------------------------------


def test_it_is_set_up_by_a_first_code_and_asked_for_from_then_on(
    product: Flask, noon: None, browser_as: BrowserAs
) -> None:
    manager = browser_as("StoreManager")
    secret, codes = set_up(manager)
    assert len(set(codes)) == factor.RECOVERY_CODES
    assert is_in(manager)  # the session that set it up goes on
    assert not is_in(by_password(product, "storemanager"))
    with clock.fixed(LATER):
        assert is_in(at_the_door(product, "storemanager", code_at(secret, LATER)))
    assert events("storemanager") == ["factor_on"]


def test_secret_and_codes_are_shown_once_and_kept_so_that_the_database_alone_tells_none(
    product: Flask, noon: None, browser_as: BrowserAs
) -> None:
    manager = browser_as("StoreManager")
    secret, codes = set_up(manager)
    page = manager.get("/second-factor/").text
    assert secret not in page.replace(" ", "")
    assert not any(code in page for code in codes)
    with engine().connect() as connection:
        kept = str(connection.execute(text("SELECT factor_secret FROM ab_user")).all())
        kept += str(connection.execute(select(RecoveryCode.__table__)).all())
    assert secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_secret_under_another_accounts_name_opens_nothing(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    secret, _codes = set_up(browser_as("StoreManager"))
    stolen = row("storemanager")
    with work() as session:
        taken = {"factor_secret": stolen.factor_secret, "factor_since": stolen.factor_since}
        session.execute(update(User).where(User.username == "hqapprover").values(taken))
    with clock.fixed(LATER):
        assert not is_in(at_the_door(product, "hqapprover", code_at(secret, LATER)))


def test_the_key_is_shown_as_a_picture_as_text_in_groups_and_as_an_address(noon: None, browser_as: BrowserAs) -> None:
    guide = browser_as("Guide")
    guide.get("/second-factor/")
    guide.post("/second-factor/begin")
    page = guide.get("/second-factor/").text
    secret = secret_on(page)
    assert f"otpauth://totp/Guibin:guide?secret={secret}&issuer=Guibin" in html.unescape(page)
    assert re.search(r"<code>([A-Z2-7]{4} ){7}[A-Z2-7]{4}</code>", page)
    address = html.unescape(re.findall(r'class="otpauth">([^<]+)<', page)[0])
    assert (
        segno.make_qr(address, error="m").svg_inline(scale=5, light="#fff", dark="#000", omitsize=True)[-400:] in page
    )


@pytest.mark.parametrize("code", ["", "000000", "12345", "１２３４５６", "abcdef", "9" * 200])
def test_nothing_is_asked_for_before_a_right_code(product: Flask, noon: None, browser_as: BrowserAs, code: str) -> None:
    guide = browser_as("Guide")
    guide.get("/second-factor/")
    assert guide.post("/second-factor/confirm", {"code": code}).status_code == 409  # nothing was begun
    guide.post("/second-factor/begin")
    assert guide.post("/second-factor/confirm", {"code": code}).status_code == NOT_RIGHT
    assert is_in(by_password(product, "guide"))


def test_what_is_on_is_not_begun_again(noon: None, browser_as: BrowserAs) -> None:
    guide = browser_as("Guide")
    set_up(guide)
    before = row("guide").factor_secret
    assert guide.post("/second-factor/begin").status_code == 409
    assert guide.post("/second-factor/confirm", {"code": "000000"}).status_code == 409
    assert row("guide").factor_secret == before


# -- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "opens"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_off_by_one_step(
    product: Flask, noon: None, browser_as: BrowserAs, late: int, opens: bool
) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    with clock.fixed(LATER):
        assert is_in(at_the_door(product, "guide", code_at(secret, LATER + timedelta(seconds=late)))) is opens


def test_a_code_is_taken_once_and_an_older_one_not_after_it(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    assert not is_in(at_the_door(product, "guide", code_at(secret, NOON)))  # it confirmed the factor
    with clock.fixed(LATER):
        assert is_in(at_the_door(product, "guide", code_at(secret, LATER)))
        assert not is_in(at_the_door(product, "guide", code_at(secret, LATER)))
        assert not is_in(at_the_door(product, "guide", code_at(secret, LATER - timedelta(seconds=30))))


def test_a_recovery_code_stands_in_once_however_it_is_typed(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    _secret, codes = set_up(browser_as("Guide"))
    assert is_in(at_the_door(product, "guide", codes[0].lower().replace("-", " ")))
    assert not is_in(at_the_door(product, "guide", codes[0]))
    assert is_in(at_the_door(product, "guide", codes[1]))
    with reading() as session:
        assert factor.codes_left(session, row("guide").id) == factor.RECOVERY_CODES - 2
    assert events("guide").count("recovery_used") == 2


def test_new_recovery_codes_end_the_old_ones(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    guide = browser_as("Guide")
    _secret, old = set_up(guide)
    page = guide.post("/second-factor/codes").text
    new = re.findall(r"<li><code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", page)
    assert not set(old) & set(new)
    assert not is_in(at_the_door(product, "guide", old[0]))
    assert is_in(at_the_door(product, "guide", new[0]))


def test_wrong_codes_lock_the_account_although_the_password_is_right_in_between(
    product: Flask, noon: None, browser_as: BrowserAs
) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    with clock.fixed(LATER):
        for _ in range(LOCKED_AFTER):
            at_the_door(product, "guide", "000000")
        assert row("guide").locked_until == LATER + LOCKED_FOR
        browser = Browser(product.test_client())
        browser.get("/login/")
        browser.post("/login/", {"username": "guide", "password": PASSWORD})
        browser.post("/login/code", {"code": code_at(secret, LATER)})
        assert not is_in(browser)
    after = LATER + LOCKED_FOR + timedelta(seconds=1)
    with clock.fixed(after):
        assert is_in(at_the_door(product, "guide", code_at(secret, after)))


def test_the_right_password_waits_five_minutes_for_its_code(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    browser = by_password(product, "guide")
    browser.get("/login/code")
    late = NOON + timedelta(minutes=6)
    with clock.fixed(late):
        browser.post("/login/code", {"code": code_at(secret, late)})
        assert not is_in(browser)


def test_a_code_without_the_password_opens_nothing(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    stranger = Browser(product.test_client())
    stranger.get("/login/")
    with clock.fixed(LATER):
        assert stranger.post("/login/code", {"code": code_at(secret, LATER)}).status_code == LED
        assert not is_in(stranger)


def test_a_token_asks_for_the_code_too(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    secret, _codes = set_up(browser_as("Guide"))
    asked = {"username": "guide", "password": PASSWORD, "provider": "db"}

    def status(code: str) -> int:
        headers = {CODE_HEADER: code} if code else {}
        return product.test_client().post("/api/v1/security/login", json=asked, headers=headers).status_code

    with clock.fixed(LATER):
        assert [status(""), status("000000")] == [TOO_LATE, TOO_LATE]
        assert status(code_at(secret, LATER)) == OPEN


# -- turning it off, losing the phone ---------------------------------------------------------------------------------


def test_it_is_turned_off_by_oneself(product: Flask, noon: None, browser_as: BrowserAs) -> None:
    guide = browser_as("Guide")
    set_up(guide)
    guide.post("/second-factor/off")
    assert is_in(by_password(product, "guide"))
    assert events("guide") == ["factor_on", "factor_off"]


def test_the_system_administrator_takes_it_away_from_whoever_lost_their_phone(
    product: Flask, firm: Company, browser_as: BrowserAs
) -> None:
    guide = browser_as("Guide")
    set_up(guide)
    admin = browser_as("SystemAdmin")
    admin.get(f"/accounts/{row('guide').id}")
    assert admin.post(f"/accounts/{row('guide').id}/factor").status_code == LED
    assert not is_in(guide)
    assert is_in(by_password(product, "guide"))
    assert events("guide") == ["factor_on", "factor_reset"]
    assert admin.post(f"/accounts/{row('guide').id}/factor").status_code == 409
    assert admin.post(f"/accounts/{row('systemadmin').id}/factor").status_code == REFUSED
    assert admin.post("/accounts/987654/factor").status_code == REFUSED


def test_no_other_keeper_takes_it_away(firm: Company, browser_as: BrowserAs) -> None:
    with work() as session:
        for name in ("cash1", "cash3"):
            taken = {"factor_since": NOON, "factor_secret": "x"}
            session.execute(update(User).where(User.username == name).values(taken))
    for role in ("StoreManager", "FranchiseAdmin", "HQApprover", "Auditor", "Cashier"):
        browser = browser_as(role)
        browser.get("/users/userinfo/")
        for name in ("cash1", "cash3"):
            assert browser.post(f"/accounts/{firm.people[name]}/factor").status_code == REFUSED, role
            assert row(name).factor_since is not None


# -- who must have one ------------------------------------------------------------------------------------------------


def require(browser: Browser, *roles: str) -> int:
    browser.get("/second-factor-roles/")
    return browser.post("/second-factor-roles/save", {"role": list(roles)}).status_code


def test_nobody_must_have_one_as_it_ships(noon: None) -> None:
    with reading() as session:
        assert factor.roles_asked(session) == frozenset()


def test_whoever_must_and_has_none_is_led_to_it_and_does_nothing_else(
    product: Flask, firm: Company, browser_as: BrowserAs
) -> None:
    assert require(browser_as("SystemAdmin"), "StoreManager") == 303
    manager = by_password(product, "storemanager")
    for address in ("/", "/memberview/list/", "/users/userinfo/", "/working/"):
        answer = manager.get(address)
        assert (answer.status_code, answer.location) == (LED, "/second-factor/")
    manager.get("/second-factor/")
    assert manager.post("/working/choose", {"store": ""}).status_code == REFUSED
    assert manager.get("/lang/en").status_code == LED
    set_up(manager)
    assert is_in(manager)
    assert manager.post("/second-factor/off").status_code == 409
    assert row("storemanager").factor_since is not None


def test_whoever_must_and_has_none_gets_no_token(product: Flask, firm: Company, browser_as: BrowserAs) -> None:
    require(browser_as("SystemAdmin"), "Guide")
    asked = {"username": "guide", "password": PASSWORD, "provider": "db"}
    assert product.test_client().post("/api/v1/security/login", json=asked).status_code == TOO_LATE


def test_each_decides_about_the_roles_they_keep(firm: Company, browser_as: BrowserAs) -> None:
    approver = browser_as("HQApprover")
    set_up(approver)
    require(browser_as("SystemAdmin"), "HQApprover", "SystemAdmin")
    assert require(approver, "Cashier", "HQMarketing") == 303
    with reading() as session:
        assert factor.roles_asked(session) == {"HQApprover", "SystemAdmin", "Cashier"}
        told = [event.detail for event in session.scalars(select(AccountEvent).filter_by(what="factor_roles"))]
        assert session.get_one(FactorRole, "Cashier").by == "hqapprover"
    assert told == [{"roles": "+HQApprover +SystemAdmin"}, {"roles": "+Cashier"}]
    require(approver)
    with reading() as session:
        assert factor.roles_asked(session) == {"HQApprover", "SystemAdmin"}


def test_what_is_no_role_is_refused_and_the_others_may_not(firm: Company, browser_as: BrowserAs) -> None:
    assert require(browser_as("SystemAdmin"), "Emperor") == NOT_RIGHT
    for role in ("HQMarketing", "StoreManager", "FranchiseAdmin", "Cashier", "Guide", "Auditor"):
        browser = browser_as(role)
        browser.get("/users/userinfo/")
        assert browser.post("/second-factor-roles/save", {"role": role}).status_code == REFUSED
    with reading() as session:
        assert factor.roles_asked(session) == frozenset()


def test_who_is_in_already_is_led_to_it_with_the_next_click(firm: Company, browser_as: BrowserAs) -> None:
    cashier, guide = browser_as("Cashier"), browser_as("Guide")
    assert is_in(cashier)
    require(browser_as("SystemAdmin"), "Cashier")
    answer = cashier.get("/")
    assert (answer.status_code, answer.location) == (LED, "/second-factor/")
    assert cashier.post("/till/add", {"q": "x"}).status_code == REFUSED
    assert is_in(guide)  # of another role
    set_up(cashier)
    assert is_in(cashier)
    with clock.fixed(LATER):
        require(browser_as("SystemAdmin"))  # nobody must any more
        assert is_in(guide)
