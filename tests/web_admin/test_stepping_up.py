"""Steps of weight ask again who one is, ten minutes after the last proof; what was typed goes along."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from core import clock
from core.testing.screens import PASSWORD, Browser, BrowserAs
from core.web.security.manager import LOCKED_AFTER
from core.web.security.stepping_up import GOOD_FOR
from tests.web_admin.people import Company, company, row
from tests.web_admin.test_second_factor import NOON, code_at, set_up

ASKED, DONE = 403, 302


@pytest.fixture
def firm(product: Flask) -> Iterator[Company]:
    """The company; the clock stands still."""
    assert product.name == "guibin"
    with clock.fixed(NOON):
        yield company()


def typed_on(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the page that asks, without the token."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html.unescape(page))
    main = found[[name for name, _ in found].index("role") :] if "role" in dict(found) else []
    return [(name, value) for name, value in main if name != "csrf_token"]


def change(browser: Browser, firm: Company, **more: object) -> object:
    account = firm.people["cash1"]
    browser.get(f"/accounts/{account}")
    places = [firm.place("S1"), firm.place("S2")]
    return browser.post(f"/accounts/{account}/change", {"role": "Guide", "place": places, **more})


def roles_of(name: str) -> list[str]:
    return [role.name for role in row(name).roles]


@pytest.mark.parametrize(("late", "status"), [(timedelta(0), DONE), (GOOD_FOR, DONE), (GOOD_FOR * 1.01, ASKED)])
def test_a_login_is_a_proof_for_ten_minutes(firm: Company, browser_as: BrowserAs, late: timedelta, status: int) -> None:
    admin = browser_as("SystemAdmin")
    with clock.fixed(NOON + late):
        assert change(admin, firm).status_code == status  # type: ignore[attr-defined]
    assert roles_of("cash1") == (["Guide"] if status == DONE else ["Cashier"])


def test_the_page_that_asks_keeps_all_that_was_typed_and_goes_on_from_there(
    firm: Company, browser_as: BrowserAs
) -> None:
    admin = browser_as("SystemAdmin")
    with clock.fixed(NOON + timedelta(minutes=30)):
        page = change(admin, firm).text  # type: ignore[attr-defined]
        kept = typed_on(page)
        assert kept == [("role", "Guide"), ("place", firm.place("S1")), ("place", firm.place("S2"))]
        assert PASSWORD not in page
        again = change(admin, firm, proof="wrong")
        assert again.status_code == ASKED  # type: ignore[attr-defined]
        assert typed_on(again.text) == kept  # type: ignore[attr-defined]
        assert roles_of("cash1") == ["Cashier"]
        assert change(admin, firm, proof=PASSWORD).status_code == DONE  # type: ignore[attr-defined]
        assert roles_of("cash1") == ["Guide"]
        assert change(admin, firm).status_code == DONE  # type: ignore[attr-defined]  # proved again just now


def test_whoever_has_a_second_factor_proves_it_by_a_code_and_not_by_the_password(
    firm: Company, browser_as: BrowserAs
) -> None:
    admin = browser_as("SystemAdmin")
    secret, _codes = set_up(admin)
    later = NOON + timedelta(minutes=30)
    with clock.fixed(later):
        assert change(admin, firm, proof=PASSWORD).status_code == ASKED  # type: ignore[attr-defined]
        assert change(admin, firm, proof=code_at(secret, NOON)).status_code == ASKED  # type: ignore[attr-defined]
        assert change(admin, firm, proof=code_at(secret, later)).status_code == DONE  # type: ignore[attr-defined]


def test_wrong_proofs_lock_the_account_like_wrong_passwords(firm: Company, browser_as: BrowserAs) -> None:
    admin = browser_as("SystemAdmin")
    with clock.fixed(NOON + timedelta(minutes=30)):
        for _ in range(LOCKED_AFTER):
            change(admin, firm, proof="wrong")
        assert row("systemadmin").locked_until is not None
        assert change(admin, firm, proof=PASSWORD).status_code == ASKED  # type: ignore[attr-defined]
    assert roles_of("cash1") == ["Cashier"]


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("SystemAdmin", "/accounts/new"),
        ("SystemAdmin", "/second-factor-roles/save"),
        ("SystemAdmin", "/second-factor/begin"),
        ("SystemAdmin", "/second-factor/off"),
        ("HQApprover", "/rulebook/approval/publish/1"),
    ],
)
def test_every_step_of_weight_asks(firm: Company, browser_as: BrowserAs, role: str, address: str) -> None:
    browser = browser_as(role)
    with clock.fixed(NOON + timedelta(minutes=30)):
        browser.get("/users/userinfo/")
        answer = browser.post(address, {"since": "2026-07-01T10:00"})
        assert answer.status_code == ASKED
        assert 'name="proof"' in answer.text
        assert 'value="2026-07-01T10:00"' in answer.text


def test_a_proof_is_no_permission(firm: Company, browser_as: BrowserAs) -> None:
    cashier = browser_as("Cashier")
    with clock.fixed(NOON + timedelta(minutes=30)):
        cashier.get("/users/userinfo/")
        for address in ("/rulebook/approval/publish/1", "/second-factor-roles/save"):
            answer = cashier.post(address, {"proof": PASSWORD})
            assert answer.status_code == ASKED
            assert 'name="proof"' not in answer.text
