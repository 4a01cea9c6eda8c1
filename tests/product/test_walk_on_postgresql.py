"""The walk on PostgreSQL, which adds up, compares and sorts in its own way: the same pages open, the same stay shut."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine

from addons.stores.queries import forget_places
from core import clock
from core.addons import registry
from core.testing.screens import PASSWORD, Browser, come_in, quickly_hashed
from core.web import roles
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import sync_permissions
from tests.product.walk import Report, Walk, ask
from tests.product.world import NOW, make


@pytest.mark.postgresql
def test_pages_open_and_foreign_rows_stay_unseen(postgresql: Engine, addons: registry.Registry, tmp_path: Path) -> None:
    config = WebConfig(secret_key=secrets.token_urlsafe(48), var=tmp_path, login_rate="1000 per minute")
    app = create_app(config, registry=addons)
    sync_permissions(app)
    kept = quickly_hashed(PASSWORD)
    forget_places()
    world = make(lambda _: kept)
    assert postgresql.dialect.name == "postgresql"
    with clock.fixed(NOW):
        for role, walked in ((roles.STORE_MANAGER, (world.foreign, world.own)), (roles.HQ_APPROVER, (world.own,))):
            browser, report = Browser(app.test_client()), Report()
            come_in(app, browser, role.lower())
            unseen = world.foreign.texts if role == roles.STORE_MANAGER else set()
            for rows in walked:
                for asking in Walk(app, rows).questions():
                    if asking.method == "GET":
                        report.look(asking, ask(browser, asking), world.foreign, texts=unseen)
            assert not report.faults, "\n".join(report.faults)
            assert report.shown > 60
