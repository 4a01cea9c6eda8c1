"""What the tests of membership stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from addons.membership.tests.people import open_shop
from addons.membership.tests.screens import Screens, build, opened
from addons.stores.models import Store
from core.addons.registry import Registry


@pytest.fixture
def stores(db_session: Session) -> dict[str, Store]:
    """Three stores with card numbers."""
    return open_shop(db_session)


@pytest.fixture
def store(stores: dict[str, Store]) -> Store:
    """The first of them."""
    return stores["S1"]


@pytest.fixture(scope="session")
def built_screens(addons: Registry, tmp_path_factory: pytest.TempPathFactory) -> Screens:
    """The application of the three addons that everything stands on."""
    return build(addons, tmp_path_factory.mktemp("screens"), ("stores", "catalog", "membership"))


@pytest.fixture
def screens(built_screens: Screens, tmp_path: Path) -> Iterator[Screens]:
    """The application over a fresh database."""
    with opened(built_screens, tmp_path) as connected:
        yield connected
