"""The screens as people of two stores see them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from addons.membership.tests.people import open_shop
from addons.stores.queries import forget_places
from addons.stores.services import grant_scope
from core.addons.registry import Registry
from core.db.migrate import create_all
from core.db.scope import system_scope
from core.db.session import connect, disconnect, engine, work
from core.settings import forget_values
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions

PASSWORD = "correct horse battery"
#: Who is who: user name -> (role, kind of scope, code of the store).
PEOPLE: dict[str, tuple[str, str, str | None]] = {
    "one": ("StoreManager", "store", "S1"),
    "two": ("StoreManager", "store", "S2"),
    "hq": ("HQMarketing", "hq", None),
    "boss": ("HQApprover", "hq", None),
    "auditor": ("Auditor", "auditor", None),
    "admin": ("SystemAdmin", "hq", None),
}


@dataclass
class Browser:
    """A browser that sends the hidden fields of the page it saw last."""

    inner: FlaskClient
    hidden: dict[str, str]

    def get(self, address: str) -> TestResponse:
        """Open a page."""
        answer = self.inner.get(address)
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', answer.text):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and name[1] in ("csrf_token", "key"):
                self.hidden[name[1]] = value[1] if value else ""
        return answer

    def post(self, address: str, **data: Any) -> TestResponse:
        """Send a form."""
        return self.inner.post(address, data=self.hidden | data)


@dataclass
class Screens:
    """The application over one database."""

    app: Flask
    template: Path
    stores: dict[str, int]

    def as_(self, name: str) -> Browser:
        """Open a browser of one of PEOPLE."""
        browser = Browser(self.app.test_client(), {})
        browser.get("/login/")
        assert browser.post("/login/", username=name, password=PASSWORD).status_code == 302
        return browser

    @contextmanager
    def working(self) -> Iterator[Session]:
        """Work for the whole programme."""
        with system_scope("test"), work() as session:
            yield session


def build(registry: Registry, folder: Path, names: tuple[str, ...]) -> Screens:
    """Build the application of these addons and a database with its people, to be copied."""
    wanted = Registry(tuple(manifest for manifest in registry.manifests if manifest.name in names))
    connect(f"sqlite:///{folder / 'screens.db'}")
    create_all(engine(), registry.manifests)
    config = WebConfig(secret_key="k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa", var=folder, login_rate="1000 per minute")
    app = create_app(config, registry=wanted)
    sync_permissions(app)
    with system_scope("test"), work() as session:
        stores = {code: store.id for code, store in open_shop(session).items()}
    kept = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap: a test logs in often
    for name, (role, kind, code) in PEOPLE.items():
        user_id = create_user(username=name, role=role, password=PASSWORD, hash_of=lambda _: kept)
        with system_scope("test"), work() as session:
            grant_scope(session, user_id=user_id, kind=kind, target_id=stores[code] if code else None)
    disconnect()
    return Screens(app, folder / "screens.db", stores)


@contextmanager
def opened(built: Screens, folder: Path) -> Iterator[Screens]:
    """Connect a fresh copy of the database."""
    shutil.copy(built.template, folder / "web.db")
    connect(f"sqlite:///{folder / 'web.db'}")
    forget_values()
    forget_places()
    built.app.extensions["guibin_generation"] = None
    yield built
    disconnect()
