from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from addons.vouchers.tests.counter import Counter
from addons.vouchers.tests.shop import open_shop


@pytest.fixture
def counter(db_session: Session) -> Counter:
    """A shop with a member, and what tills do in it."""
    shop = open_shop(db_session)
    return Counter(shop, shop.member())
