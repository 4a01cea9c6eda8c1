"""A small shop on a fresh database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from addons.sales.tests.shop import Shop


@pytest.fixture
def shop(database: Engine, system: None) -> Shop:
    """The shop on SQLite, acted on for the whole programme."""
    return Shop.opened()


@pytest.fixture
def every_shop(every_database: Engine, system: None) -> Shop:
    """The shop on SQLite and on PostgreSQL."""
    return Shop.opened()
