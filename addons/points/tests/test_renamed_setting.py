"""What headquarters chose under a name that a setting had before goes on under its new one, with its history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import Engine

from core import settings
from core.addons.discover import available
from core.addons.graph import in_order
from core.addons.registry import Registry
from core.db import migrate, session
from core.db.models import SettingChange, SettingValue
from core.db.scope import GuardedSession, system_scope
from core.db.session import work
from core.testing.screens import BrowserAs

BEFORE, NOW = "points.family_pool", "points.family_transfers"
AT = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
BY = {"changed_at": AT, "changed_by": "hq"}


@pytest.fixture
def scratch(addons: Registry, tmp_path: Path) -> Iterator[Engine]:
    """A database of its own."""
    assert addons is not None
    yield session.connect(f"sqlite:///{tmp_path / 'old.db'}")
    session.disconnect()
    settings.forget_values()


def to(engine: Engine, revision: str, *, down: bool = False) -> None:
    manifests = in_order(["points"], available())
    migrate.upgrade(engine, manifests, [m.name for m in manifests if m.name != "points"])
    config = migrate.configuration(manifests)
    with migrate.migrating(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def test_the_chosen_value_moves_to_the_new_name_and_back(scratch: Engine) -> None:
    to(scratch, "points_0009")
    with system_scope("test"), GuardedSession(scratch) as opened, opened.begin():
        opened.add(SettingValue(name=BEFORE, value=True, **BY))
        opened.add(SettingChange(name=BEFORE, old=False, new=True, reason="families", **BY))
    to(scratch, "points_0010")
    with system_scope("test"), GuardedSession(scratch) as opened, opened.begin():
        settings.forget_values()
        assert settings.value(opened, NOW) is True
        assert [value for _day, value in settings.dated(opened, NOW)] == [False, True]
        assert settings.last_change(opened, NOW) > 0
    to(scratch, "points_0009", down=True)
    with system_scope("test"), GuardedSession(scratch) as opened:
        assert opened.get_one(SettingValue, BEFORE).value is True


def test_its_history_tells_the_changes_under_both_names(product: Flask, browser_as: BrowserAs) -> None:
    assert product.name == "guibin"
    with system_scope("test"), work() as opened:
        opened.add(SettingChange(name=BEFORE, old=False, new=True, reason="a trial of one year", **BY))
        opened.add(SettingChange(name=NOW, old=True, new=False, reason="the year is over", **BY))
    hq = browser_as("HQMarketing")
    for name in (NOW, BEFORE):
        page = hq.get(f"/decisions/history/{name}").text
        assert "a trial of one year" in page
        assert "the year is over" in page
