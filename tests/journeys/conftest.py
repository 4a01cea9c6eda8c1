"""The shop, its product served on its day, and windows for its people."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from addons.stores.queries import forget_places
from core import clock, settings
from core.addons import registry
from core.db import session
from core.testing.browsers import DESKTOP, PHONE, Look, Watched, chromium, served
from core.testing.screens import PASSWORD, quickly_hashed
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import sync_permissions
from tests.journeys.shop import NOW, Shop, open_shop

__all__ = ["chromium"]
Window = Callable[..., Watched]


@dataclass
class Built:
    """The product, the database of the shop to be copied, and what is in it."""

    app: Flask
    database: Path
    shop: Shop


@pytest.fixture(scope="session")
def built(sqlite_template: Path, addons: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The shop with its past, built once."""
    folder = tmp_path_factory.mktemp("journeys")
    shutil.copy(sqlite_template, folder / "shop.db")
    session.connect(f"sqlite:///{folder / 'shop.db'}")
    settings.forget_values()
    config = WebConfig(secret_key=secrets.token_urlsafe(48), var=folder, login_rate="1000 per minute")
    app = create_app(config, registry=addons)
    sync_permissions(app)
    kept = quickly_hashed(PASSWORD)
    shop = open_shop(lambda _: kept)
    session.disconnect()
    return Built(app, folder / "shop.db", shop)


@pytest.fixture
def shop(built: Built) -> Shop:
    """What is in the shop."""
    return built.shop


@pytest.fixture
def address(built: Built, tmp_path: Path) -> Iterator[str]:
    """The product over a fresh copy of the shop, served on its day."""
    shutil.copy(built.database, tmp_path / "shop.db")
    session.connect(f"sqlite:///{tmp_path / 'shop.db'}")
    settings.forget_values()
    forget_places()
    built.app.extensions["guibin_generation"] = None
    with clock.fixed(NOW), served(built.app) as found:
        yield found
    session.disconnect()


@pytest.fixture(params=[DESKTOP, PHONE], ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    """Each journey is seen at a desk in 繁體 and on a phone in English."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def window(chromium: Browser, address: str, look: Look) -> Iterator[Window]:
    """Windows of the product; what went wrong in any of them fails the test."""
    opened: list[Watched] = []

    def open_one(username: str, journey: str) -> Watched:
        watched = Watched(chromium, address, look, journey=journey)
        watched.login(username)
        opened.append(watched)
        return watched

    yield open_one
    for watched in opened:
        watched.leave()
