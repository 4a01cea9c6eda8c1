from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from addons.vouchers.tests.shop import Shop, open_shop
from core.policy.live import compiled
from core.policy.version import BookVersion, digest_of, shipped_text
from rules.decide import Program


@pytest.fixture
def shop(db_session: Session) -> Shop:
    return open_shop(db_session)


@pytest.fixture(scope="session")
def program(addons: object) -> Program:
    """The programme that ships."""
    text = shipped_text() or ""
    return compiled(BookVersion("shipped", digest_of(text), text)).program
