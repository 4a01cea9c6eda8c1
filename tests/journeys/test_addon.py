"""The administrator installs an addon and removes it; the tills sell on, and each receipt is there once."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from core.addons.registry import Registry
from core.db import migrate, session
from core.testing.browsers import DESKTOP, PHONE, Look, Watched
from tests.journeys.conftest import Built
from tests.journeys.till import Till
from tests.web_admin.wire import PATIENCE, Client, serving, until, write_addon

pytestmark = pytest.mark.browser
RECEIPTS = text("SELECT count(*) FROM sales_receipt WHERE cashier = 'cashier'")


@dataclass
class Site:
    """The shop as it is served: its address, its database, what its processes said."""

    address: str
    url: str
    log: Path


@pytest.fixture
def site_over_the_wire(built: Built, addons: Registry, tmp_path: Path) -> Iterator[Site]:
    """The shop, served by two processes, and a new addon that is not installed yet."""
    shutil.copy(built.database, tmp_path / "guibin.db")
    url = f"sqlite:///{tmp_path / 'guibin.db'}"
    config = migrate.configuration(addons.manifests)
    with migrate.migrating(session.connect(url)) as connection:
        config.attributes["connection"] = connection
        command.stamp(config, "heads")  # its tables were made from the mapped classes
    session.disconnect()
    environment = {**os.environ, "GUIBIN_VAR": str(tmp_path), "GUIBIN_DATABASE": url}
    environment.pop("GUIBIN_BROKER", None)
    with serving(write_addon(environment, tmp_path / "more"), tmp_path / "log") as address:
        yield Site(address, url, tmp_path / "log")


@dataclass
class Seller:
    """Another till that sells all the time; a form that meets a process that is starting anew is sent once more."""

    client: Client
    sold: int = 0
    faults: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Begin to sell."""
        self.client.login("cashier")
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        """Sell until it is over."""
        while not self.over.is_set() and not self.faults:
            try:
                self.sell()
            except (AssertionError, OSError) as fault:
                self.faults.append(repr(fault))

    def stop(self) -> None:
        """Finish the sale and stop."""
        self.over.set()
        self.thread.join()

    def sell(self) -> None:
        """Sell one T-shirt."""
        self.send("/till/add", {"q": "TEE-S"})
        page = self.client.patiently("/till/")[1]
        form = {name: _hidden(page, name) for name in ("key", "told")}
        led_to = self.send("/till/pay", form)
        assert "/till/receipt/" in led_to, led_to
        self.sold += 1

    def send(self, path: str, data: dict[str, str]) -> str:
        """Send a form until a process takes it, and return where it led."""
        sent = {"csrf_token": _hidden(self.client.patiently("/till/")[1], "csrf_token"), **data}
        status, said, led_to = until(lambda: self.client.ask(path, sent), lambda answer: answer[0] != 503)
        assert status == 200, (path, status, said[:300])
        return led_to


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, (name, page[page.find("<main") :][:500])
    return found[1]


@pytest.fixture
def seller(site_over_the_wire: Site) -> Iterator[Seller]:
    """A till that is busy meanwhile."""
    selling = Seller(Client(site_over_the_wire.address))
    yield selling
    selling.stop()


def test_an_addon_comes_and_goes_while_the_tills_sell(chromium: Any, site_over_the_wire: Site, seller: Seller) -> None:
    """The administrator installs at a desk and removes by phone; both show each step."""
    address = site_over_the_wire.address
    desk, phone = (opened(chromium, address, look, "admin") for look in (DESKTOP, PHONE))
    tills = [Till(opened(chromium, address, look, "cashier")) for look in (DESKTOP, PHONE)]
    for till in tills:
        till.open()
        till.scan("KNIT-M")
    before = seller.sold
    change(desk, phone, "install")
    for admin in (desk, phone):
        come(admin, "/addons/shelf", ".page-head .chip-good")
        admin.keep("installed")
    settle(address)
    for till in tills:
        till.scan("JEANS-30")  # the page was opened before the change; its basket is still there
        till.expect_due("1,899.00")
        till.watched.keep("basket")
    change(phone, desk, "uninstall")
    settle(address)
    for till in tills:
        till.pay()
        till.watched.keep("receipt")
    for admin in (desk, phone):
        come(admin, "/addons/", "a[href='/addons/shelf/install']")
        admin.keep("addons")
    for watched in (desk, phone, *(till.watched for till in tills)):
        watched.leave()
    seller.stop()
    log = site_over_the_wire.log.read_text("utf-8", "replace")
    assert seller.faults == [], (seller.faults, log[-3000:])
    assert "Traceback" not in log, log[-3000:]
    assert seller.sold > before
    assert receipts(site_over_the_wire.url) == seller.sold + len(tills)


def opened(chromium: Any, address: str, look: Look, person: str) -> Watched:
    """Somebody's window; a process that is starting anew may say so."""
    watched = Watched(chromium, address, look, journey="addon" if person == "admin" else "addon-till")
    watched.expected = ["503"]
    watched.login(person)
    return watched


def change(who: Watched, witness: Watched, verb: str) -> None:
    """Look at what will happen, let it happen and wait for the end; somebody else sees the same."""
    sure = "form.form-end [type=submit]"
    for each in (witness, who):
        come(each, f"/addons/shelf/{verb}", sure)
        each.keep(f"{verb}-what-will-happen")
    who.page.click(sure)
    who.page.wait_for_url("**/addons/progress/*")
    witness.page.goto(who.page.url)
    for each in (who, witness):
        each.keep(f"{verb}-progress")
        each.page.wait_for_selector(".notice-good", timeout=PATIENCE * 1000)
        assert each.page.locator(".notice-warn").count() == 0  # nobody has to restart anything by hand
        each.keep(f"{verb}-done")


def come(watched: Watched, path: str, there: str) -> None:
    """Go to a page; where a process is starting anew, the answer comes back to the page by itself."""
    watched.page.goto(path)
    watched.page.wait_for_selector(there, timeout=PATIENCE * 1000)


def settle(address: str) -> None:
    """Wait until all processes are of this generation: some answers in a row say so."""
    client, row = Client(address), 0

    def ask() -> tuple[int, str, str]:
        nonlocal row
        answer = client.ask("/login/")
        row = row + 1 if answer[0] == 200 else 0
        return answer

    until(ask, lambda _: row > 8)
    assert row > 8


def receipts(url: str) -> int:
    """Return how many receipts the cashier made."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found: int = connection.execute(RECEIPTS).scalar_one()
    engine.dispose()
    return found
