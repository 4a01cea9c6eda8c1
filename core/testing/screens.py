"""pytest fixtures for screens: the whole product over a fresh database, and a browser for each role.

def test_the_auditor_reads_the_rules(browser_as: BrowserAs) -> None:
    assert "..." in browser_as("Auditor").get("/rulebook/").text
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import session as kept_session
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from core import settings
from core.addons import registry
from core.db import session
from core.db.scope import Scope
from core.web import roles
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions

#: Another one each run: there is no password to find.
PASSWORD = secrets.token_urlsafe(18)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def quickly_hashed(password: str) -> str:
    """Return a hash that is checked at once: every test logs in, and passwords are tested where accounts are."""
    return generate_password_hash(password, method="pbkdf2:sha256:1")


@dataclass
class Browser:
    """A client that sends the token of the last page with its forms."""

    client: FlaskClient
    token: str = ""

    def get(self, address: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        return self._seen(self.client.get(address, **kwargs))

    def post(self, address: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form."""
        return self._seen(self.client.post(address, data={"csrf_token": self.token, **(data or {})}, **kwargs))

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = (
            None if answer.is_json or not (answer.mimetype or "").startswith("text/") else _TOKEN.search(answer.text)
        )
        self.token = found[1] if found else self.token
        return answer


BrowserAs = Callable[[str], Browser]


@pytest.fixture(scope="session")
def site(
    sqlite_template: Path, addons: registry.Registry, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Flask, Path]:
    """The product with all addons, and a database with one account per role, to be copied."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "site.db")
    session.connect(f"sqlite:///{folder / 'site.db'}")
    config = WebConfig(secret_key=secrets.token_urlsafe(48), var=folder, login_rate="1000 per minute")
    app = create_app(config, registry=addons, scope_of=_scope_of)
    sync_permissions(app)
    kept = quickly_hashed(PASSWORD)
    for role in roles.ALL:
        create_user(username=role.lower(), role=role, password=PASSWORD, hash_of=lambda _: kept)
    session.disconnect()
    return app, folder / "site.db"


#: The stores of the accounts of stores; a test may change what is in it.
OWN_STORES: set[int] = {1}


def _scope_of(opened: Session, user_id: int) -> Scope:
    """Headquarters see everything, the auditor changes nothing, the others have OWN_STORES."""
    name = opened.scalar(select(User.username).where(User.id == user_id)) or ""
    every = name in {role.lower() for role in (*roles.HQ, roles.AUDITOR)}
    reads = None if every else frozenset(OWN_STORES)
    return Scope(reads=reads, writes=frozenset() if name == roles.AUDITOR.lower() else reads, user_id=user_id)


@pytest.fixture
def product(site: tuple[Flask, Path], tmp_path: Path) -> Iterator[Flask]:
    """The product over a fresh copy of the database."""
    app, template = site
    shutil.copy(template, tmp_path / "site.db")
    session.connect(f"sqlite:///{tmp_path / 'site.db'}")
    settings.forget_values()
    app.extensions["guibin_generation"] = None
    yield app
    session.disconnect()


@pytest.fixture
def site_cookies() -> dict[str, tuple[str, str]]:
    """The session of each role in one test: what a test does to a session, or to the clock, is no other's business."""
    return {}


def come_in(app: Flask, browser: Browser, username: str) -> None:
    """Log in by the form, and leave the browser with a token; no page is drawn for that."""
    _give_token(app, browser)
    answer = browser.post("/login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    _give_token(app, browser)  # logging in begins another session


def _give_token(app: Flask, browser: Browser) -> None:
    """Put into a session, and into the hands of the browser, what any page with a form would give it."""
    with app.test_request_context():
        browser.token, kept = generate_csrf(), kept_session["csrf_token"]
    with browser.client.session_transaction() as opened:
        opened["csrf_token"] = kept


@pytest.fixture
def browser_as(product: Flask, site_cookies: dict[str, tuple[str, str]]) -> BrowserAs:
    """A browser of the account of a role."""

    def logged_in(role: str) -> Browser:
        browser = Browser(product.test_client())
        if role in site_cookies:
            browser.client.set_cookie("session", site_cookies[role][0])
            browser.token = site_cookies[role][1]
            return browser
        come_in(product, browser, role.lower())
        cookie = browser.client.get_cookie("session")
        assert cookie is not None
        site_cookies[role] = (cookie.value, browser.token)
        return browser

    return logged_in
