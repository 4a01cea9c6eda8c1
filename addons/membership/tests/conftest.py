"""What the tests of membership stand on."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from addons.membership.tests.people import open_shop
from addons.stores.models import Store


@pytest.fixture
def stores(db_session: Session) -> dict[str, Store]:
    """Three stores with card numbers."""
    return open_shop(db_session)


@pytest.fixture
def store(stores: dict[str, Store]) -> Store:
    """The first of them."""
    return stores["S1"]
