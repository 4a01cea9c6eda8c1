"""The whole product over two stores of two franchisees, and a browser for each role with its true scope."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from addons.stores.queries import forget_places
from core import clock, settings
from core.addons import registry
from core.db import session
from core.testing.screens import PASSWORD, Browser, come_in, quickly_hashed
from core.web import roles
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import sync_permissions
from tests.product.world import NOW, World, make

BrowserFor = Callable[[str], Browser]


@dataclass
class Built:
    """The product, a filled database to be copied, and what is in it."""

    app: Flask
    database: Path
    world: World


@pytest.fixture(scope="session")
def built(sqlite_template: Path, addons: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The product with all its addons; who may see what is told by the addon that knows the stores."""
    folder = tmp_path_factory.mktemp("product")
    shutil.copy(sqlite_template, folder / "product.db")
    session.connect(f"sqlite:///{folder / 'product.db'}")
    settings.forget_values()
    config = WebConfig(secret_key=secrets.token_urlsafe(48), var=folder, login_rate="1000 per minute")
    app = create_app(config, registry=addons)
    sync_permissions(app)
    kept = quickly_hashed(PASSWORD)
    world = make(lambda _: kept)
    session.disconnect()
    return Built(app, folder / "product.db", world)


@pytest.fixture
def product(built: Built, tmp_path: Path) -> Iterator[Flask]:
    """The product over a fresh copy of the filled database, on the day of the walk."""
    shutil.copy(built.database, tmp_path / "product.db")
    session.connect(f"sqlite:///{tmp_path / 'product.db'}")
    settings.forget_values()
    forget_places()
    built.app.extensions["guibin_generation"] = None
    with clock.fixed(NOW):
        yield built.app
    session.disconnect()


@pytest.fixture
def world(built: Built) -> World:
    """What is in the two stores."""
    return built.world


@pytest.fixture
def browser_for(product: Flask) -> BrowserFor:
    """A browser of a role; of a stranger for any other name."""

    def opened(role: str) -> Browser:
        browser = Browser(product.test_client())
        if role in roles.ALL:
            come_in(product, browser, role.lower())
        return browser

    return opened
