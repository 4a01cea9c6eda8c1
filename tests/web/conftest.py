"""An application over a database of its own, with two stores and an account for each kind of person."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from core.addons.registry import Registry
from core.db import migrate, session
from core.db.base import metadata
from core.db.scope import Scope, system_scope
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions
from tests.web import trial
from tests.web.trial import Customer, Note, Shop, Town

SECRET = "k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa"
PASSWORD = "correct horse battery"
#: Who is who: user name -> (role, stores read, stores written); None is all of them.
PEOPLE: dict[str, tuple[str, Any, Any]] = {
    "one": ("StoreManager", {1}, {1}),
    "two": ("StoreManager", {2}, {2}),
    "half": ("StoreManager", {1, 2}, {1}),
    "hq": ("HQMarketing", None, None),
    "auditor": ("Auditor", None, set()),
    "admin": ("SystemAdmin", set(), set()),
}


@dataclass
class Client:
    """A browser that sends the token with its forms."""

    inner: FlaskClient
    token: str = ""
    seen: list[str] = field(default_factory=list)

    def get(self, address: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        answer = self.inner.get(address, **kwargs)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text) if answer.is_json is False else None
        self.token = found[1] if found else self.token
        return answer

    def post(self, address: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form."""
        return self.inner.post(address, data={"csrf_token": self.token, **(data or {})}, **kwargs)

    def login(self, username: str, password: str = PASSWORD) -> TestResponse:
        """Log in."""
        self.get("/login/")
        answer = self.post("/login/", {"username": username, "password": password})
        self.get("/users/userinfo/")
        self.get("/resetmypassword/form")
        return answer


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Path]:
    """The application, and a database that is filled and waits to be copied."""
    folder = tmp_path_factory.mktemp("web")
    engine = session.connect(f"sqlite:///{folder / 'template.db'}")
    migrate.create_all(engine, ())
    metadata.create_all(engine, tables=trial.TABLES)
    config = WebConfig(secret_key=SECRET, var=folder, login_rate="1000 per minute")
    app = make_app(config)
    sync_permissions(app)
    fill()
    session.disconnect()
    return app, folder / "template.db"


def make_app(config: WebConfig) -> Flask:
    """Build the application with the trial addon alone."""
    return create_app(config, registry=Registry(()), scope_of=trial.scope_of, entries=trial.ENTRIES, apis=trial.APIS)


def fill() -> None:
    """Write the people and the rows of both stores."""
    _people()
    _rows()


def _people() -> None:
    kept = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")  # quick to check: it is checked often here
    for name, (role, reads, writes) in PEOPLE.items():
        key = create_user(username=name, role=role, password=PASSWORD, hash_of=lambda _: kept)
        sets = [None if stores is None else frozenset(stores) for stores in (reads, writes)]
        trial.SCOPES[key] = Scope(reads=sets[0], writes=sets[1], user_id=key)


def _rows() -> None:
    with system_scope("tests"), session.work() as work:
        work.add(Town(id=1, name="上海"))
        for store, marker in ((1, "ALPHA"), (2, "BRAVO")):
            work.add(Shop(id=store, store_id=store, name=f"{marker}-shop"))
            work.flush()
            for number in range(3):
                key = store * 10 + number
                work.add(
                    Customer(
                        id=key, store_id=store, name=f"{marker}-{number}", phone=f"138{key:08d}", spent=248820,
                        secret=f"{marker}-hidden", town_id=1,
                    )
                )  # fmt: skip
            work.flush()
            work.add(Note(id=store, store_id=store, customer_id=store * 10, text=f"{marker}-note"))


@pytest.fixture
def app(built: tuple[Flask, Path], tmp_path: Path) -> Iterator[Flask]:
    """The application over a fresh copy of the database."""
    made, template = built
    shutil.copy(template, tmp_path / "web.db")
    session.connect(f"sqlite:///{tmp_path / 'web.db'}")
    made.extensions["guibin_generation"] = None
    yield made
    session.disconnect()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser of a stranger."""
    return Client(app.test_client())


@pytest.fixture(scope="session")
def cookies() -> dict[str, tuple[str, str]]:
    """The session and token of each person, so that logging in is not done for every test."""
    return {}


@pytest.fixture
def as_(app: Flask, cookies: dict[str, tuple[str, str]]) -> Callable[[str], Client]:
    """A browser of one of PEOPLE."""

    def logged_in(name: str) -> Client:
        browser = Client(app.test_client())
        if name in cookies:
            browser.inner.set_cookie("session", cookies[name][0])
            browser.token = cookies[name][1]
            return browser
        assert browser.login(name).status_code == 302
        cookie = browser.inner.get_cookie("session")
        assert cookie is not None
        cookies[name] = (cookie.value, browser.token)
        return browser

    return logged_in
