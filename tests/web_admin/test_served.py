"""An addon comes and goes on the screen while others work: two web processes, started anew without a failure."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import delete

from core.addons.registry import Registry
from core.db import migrate, session
from core.db.models import InstalledAddon
from tests.web_admin.wire import Client, serving, until, write_addon

NOTES = "/noteview/list/"


@dataclass
class Witness:
    """Somebody who keeps working meanwhile, and what they were answered."""

    client: Client
    path: str
    seen: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        while not self.over.is_set():
            try:
                status, text, _ = self.client.ask(self.path)
            except OSError as fault:
                self.faults.append(repr(fault))
                continue
            self.seen.append(status)
            if status == 503 and self.client.retry_after is None:
                self.faults.append("503 without Retry-After")
            if status not in (200, 503):
                self.faults.append(f"{status} {text[:300]}")
            time.sleep(0.05)


@pytest.fixture
def environment(site: tuple[Flask, Path], addons: Registry, tmp_path: Path) -> dict[str, str]:
    """An installation of its own: stores alone, an account for each role, and a new addon not installed yet."""
    shutil.copy(site[1], tmp_path / "guibin.db")
    config = migrate.configuration(m for m in addons.manifests if m.name == "stores")
    with migrate.migrating(session.connect(f"sqlite:///{tmp_path / 'guibin.db'}")) as connection:
        connection.execute(delete(InstalledAddon.__table__).where(InstalledAddon.__table__.c.name != "stores"))
        config.attributes["connection"] = connection
        command.stamp(config, "heads")  # its tables were made from the mapped classes
    session.disconnect()
    found = {**os.environ, "GUIBIN_VAR": str(tmp_path), "GUIBIN_DATABASE": f"sqlite:///{tmp_path / 'guibin.db'}"}
    found.pop("GUIBIN_BROKER", None)
    return write_addon(found, tmp_path / "more")


@pytest.fixture
def address(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The product, served by two processes."""
    with serving(environment, tmp_path / "log") as found:
        yield found


def change(admin: Client, verb: str) -> None:
    """Ask for a change on the screen and follow its progress to the end."""
    status, _text, progress = admin.send(f"/addons/shelf/{verb}")
    assert status == 200
    where = progress.removeprefix(admin.address)
    ended = until(
        lambda: admin.ask(f"{where}/state"),
        lambda answer: re.search(r'"state": ?"(done|failed)"', answer[1]) is not None,
    )
    assert ended[0] == 200
    page = admin.patiently(where)[1]
    assert "完成" in page, page[page.find("<main") :]
    assert "請立即重新啟動" not in page


def test_an_addon_comes_and_goes_while_the_till_is_in_use(address: str, tmp_path: Path) -> None:
    admin, manager = Client(address), Client(address)
    admin.login("systemadmin")
    manager.login("storemanager")
    assert manager.ask(NOTES)[0] == 404
    cashier = Client(address)
    cashier.login("cashier")
    witness = Witness(cashier, "/storeview/list/")
    thread = threading.Thread(target=witness.work)
    thread.start()
    try:
        change(admin, "install")
        assert until(lambda: manager.ask(NOTES), lambda answer: answer[0] == 200)[0] == 200
        assert NOTES in manager.patiently("/")[1]
        assert all(manager.patiently(NOTES)[0] == 200 for _ in range(6))  # whichever process answers
        change(admin, "uninstall")
        assert until(lambda: manager.ask(NOTES), lambda answer: answer[0] == 404)[0] == 404
        assert all(manager.patiently(NOTES)[0] == 404 for _ in range(6))
        assert NOTES not in manager.patiently("/")[1]
    finally:
        witness.over.set()
        thread.join()
    log = (tmp_path / "log").read_text("utf-8", "replace")
    assert not witness.faults, (witness.faults[:3], log[-3000:])
    assert witness.seen.count(200) > witness.seen.count(503)
    assert "Traceback" not in log, log[-3000:]
