"""Two stores of two franchisees."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from addons.sales.tests.shop import Shop
from addons.stores.models import Franchisee, Store
from addons.stores.queries import forget_places
from core.db.session import work


def two_franchisees() -> Shop:
    """Open the shop; the second store is another company's."""
    shop = Shop.opened()
    with work() as session:
        other = Franchisee(code="F2", name="Other")
        session.add(other)
        session.flush()
        session.execute(update(Store).where(Store.id == shop.other_store).values(franchisee_id=other.id))
    forget_places()
    return shop


@pytest.fixture
def shop(database: Engine, system: None) -> Shop:
    return two_franchisees()


@pytest.fixture
def every_shop(every_database: Engine, system: None) -> Shop:
    return two_franchisees()
