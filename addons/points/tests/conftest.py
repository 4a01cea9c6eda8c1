from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from addons.vouchers.tests.browser import Screens, build, opened
from addons.vouchers.tests.shop import Shop, open_shop
from core.addons.registry import Registry
from core.db.scope import GuardedSession
from core.policy.live import compiled
from core.policy.version import BookVersion, digest_of, shipped_text
from rules.decide import Program


@pytest.fixture
def shop(db_session: Session) -> Shop:
    return open_shop(db_session)


@pytest.fixture
def everywhere(every_database: Engine, system: None) -> Iterator[Shop]:
    """A shop on SQLite, and another one on PostgreSQL."""
    with GuardedSession(every_database, expire_on_commit=False) as session:
        yield open_shop(session)


@pytest.fixture
def program(addons: object) -> Program:
    """The programme that ships."""
    text = shipped_text() or ""
    return compiled(BookVersion("shipped", digest_of(text), text)).program


@pytest.fixture(scope="session")
def built_screens(addons: Registry, tmp_path_factory: pytest.TempPathFactory) -> Screens:
    return build(addons, tmp_path_factory.mktemp("screens"))


@pytest.fixture
def screens(built_screens: Screens, tmp_path: Path) -> Iterator[Screens]:
    with opened(built_screens, tmp_path) as connected:
        yield connected
