"""The screens as people of different stores see them, over a shop of their own."""

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
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from addons.stores.queries import forget_places, scope_of
from addons.stores.services import grant_scope
from addons.vouchers.tests.shop import Shop, open_shop
from core.addons.registry import Registry
from core.db.migrate import create_all
from core.db.scope import system_scope
from core.db.session import connect, disconnect, engine, work
from core.settings import forget_values
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions

PASSWORD = "correct horse battery"
#: Who is who: user name -> (role, kind of scope, place of the store in the shop).
PEOPLE: dict[str, tuple[str, str, int | None]] = {
    "one": ("StoreManager", "store", 0),
    "two": ("StoreManager", "store", 1),
    "hq": ("HQMarketing", "hq", None),
    "boss": ("HQApprover", "hq", None),
    "auditor": ("Auditor", "auditor", None),
}


@dataclass
class Screens:
    """The application over one database."""

    app: Flask
    template: Path
    store_ids: tuple[int, int]

    @contextmanager
    def shop(self) -> Iterator[Shop]:
        """Work in the shop for the whole programme."""
        with system_scope("test"), work() as session:
            yield Shop(session, 1, 1, self.store_ids)

    def as_(self, name: str) -> Browser:
        """Open a browser of one of PEOPLE."""
        browser = Browser(self.app.test_client())
        browser.get("/login/")
        assert browser.post("/login/", username=name, password=PASSWORD).status_code == 302
        return browser


@dataclass
class Browser:
    """A browser that sends the tokens of the page it saw last."""

    inner: FlaskClient
    hidden: dict[str, str] | None = None

    def get(self, address: str) -> TestResponse:
        """Open a page and remember its hidden fields."""
        answer = self.inner.get(address)
        found = re.findall(r'<input[^>]*type="hidden"[^>]*>', answer.text)
        pairs = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found]
        fields = {name[1]: value[1] if value else "" for name, value in pairs if name}
        self.hidden = fields or self.hidden
        return answer

    def post(self, address: str, **data: Any) -> TestResponse:
        """Send a form."""
        kept = {name: value for name, value in (self.hidden or {}).items() if name in ("csrf_token", "key")}
        return self.inner.post(address, data=kept | data)


SHOWN = ("vouchers", "points", "tiers")


def build(registry: Registry, folder: Path) -> Screens:
    """Build the application and a database with its people, to be copied."""
    wanted = Registry(tuple(manifest for manifest in registry.manifests if manifest.name in SHOWN))
    connect(f"sqlite:///{folder / 'screens.db'}")
    create_all(engine(), registry.manifests)
    config = WebConfig(secret_key="k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa", var=folder, login_rate="1000 per minute")
    app = create_app(config, registry=wanted, scope_of=scope_of)
    sync_permissions(app)
    with system_scope("test"), work() as session:
        stores = open_shop(session).stores
    kept = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap: a test logs in often
    for name, (role, kind, place) in PEOPLE.items():
        user_id = create_user(username=name, role=role, password=PASSWORD, hash_of=lambda _: kept)
        with system_scope("test"), work() as session:
            grant_scope(session, user_id=user_id, kind=kind, target_id=None if place is None else stores[place])
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
