"""The screens with 100,000 members and 500,000 receipts, and 8 clients of 2 workers, beside a bare Flask view."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from addons.catalog.models import Product
from addons.membership.models import Card, Member
from addons.pos.api.rates import here
from addons.pos.services import add_till
from addons.sales.demo import shop
from addons.sales.models import Receipt
from addons.sales.services import DEMO_LOGINS
from addons.stores.models import Store
from core import clock
from core.addons import install, registry
from core.addons.discover import available
from core.db import session
from core.db.scope import system_scope
from core.db.session import reading, work
from core.periods import moment
from core.testing.screens import PASSWORD
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions
from tests.bench.bench_list import count_queries, processor_ms
from tests.bench.databases import scratch
from tests.bench.multiplied import multiply
from tests.web.conftest import Client as Browser
from tests.web_admin.wire import Client, serving, until

LAST = date(2026, 4, 30)
NOON = moment(LAST)
SECRET = "k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa"
BASE = "/api/v1/pos"
CLIENTS = 8


class Page(NamedTuple):
    """A screen, who opens it, and the processor time it may take in milliseconds."""

    name: str
    who: str
    path: str
    most_ms: float


def build(folder: Path, sizes: argparse.Namespace) -> Flask:
    """Return the product over the demonstration, as it is and then many times over."""
    install.install(session.engine(), available(), NOON)
    loaded = registry.loaded()
    with system_scope("bench"), clock.fixed(NOON):
        shop.load(lambda _done, _total: None, LAST)
    app = create_app(WebConfig(secret_key=SECRET, var=folder, login_rate="1000 per minute"), registry=loaded)
    sync_permissions(app)
    with system_scope("bench"):
        for login in DEMO_LOGINS:
            login.grant(create_user(username=login.username, role=login.role, password=PASSWORD, name=login.name))
        with work() as opened:
            multiply(opened, members=sizes.members, receipts=sizes.receipts)
    with session.engine().begin() as connection:
        connection.execute(text("ANALYZE"))
    return app


def pages() -> list[Page]:
    """Return the screens that are measured, with a member of the store."""
    with system_scope("bench"), reading() as opened:
        member = _buyer(opened)
    manager = next(login.username for login in DEMO_LOGINS if login.role == "StoreManager")
    hq = next(login.username for login in DEMO_LOGINS if login.role == "HQMarketing")
    return [
        Page("list of members, one store", manager, "/memberview/list/", 60),
        Page("list of members, all stores", hq, "/memberview/list/", 60),
        Page("list of receipts, all stores", hq, "/receiptview/list/", 60),
        Page("search by name", manager, f"/search/?q={quote(member.name[:1])}", 60),
        Page("search by phone", hq, f"/search/?q={(member.phone or '')[-11:]}", 60),
        Page("member page", manager, f"/till/member/{member.id}", 80),
        Page("home of a store manager", manager, "/", 100),
        Page("home of headquarters", hq, "/", 100),
    ]


def _buyer(opened: Session) -> Member:
    """Return the member of the demonstration's manager's store with the most receipts."""
    counted = select(Receipt.member_id).where(Receipt.member_id.is_not(None), Receipt.store_id == _store(opened).id)
    of_member = counted.group_by(Receipt.member_id).order_by(func.count().desc(), Receipt.member_id).limit(1)
    return opened.scalars(select(Member).where(Member.id == of_member.scalar_subquery())).one()


def _store(opened: Session) -> Store:
    return opened.scalars(select(Store).where(Store.code == "SH01")).one()


def logged_in(app: Flask, name: str) -> FlaskClient:
    """Return the browser of a person."""
    browser = Browser(app.test_client())
    answer = browser.login(name, PASSWORD)
    assert answer.status_code == 302, answer.text
    return browser.inner


def measure(app: Flask) -> bool:
    """Print one line a screen: processor time, how many times a bare view, statements; tell whether all fit."""
    wanted = pages()
    browsers = {who: logged_in(app, who) for who in {page.who for page in wanted}}
    base = processor_ms(lambda: bare_client().get("/"))
    print(f"  bare Flask view: {base:.2f} ms")
    fits = True
    for page in wanted:
        get = partial(browsers[page.who].get, page.path)
        taken, asked = processor_ms(get), count_queries(get)
        fits = fits and taken <= page.most_ms
        print(f"  {page.name:30} {taken:7.2f} ms of {page.most_ms:.0f}  {taken / base:6.1f} x bare  {asked:3} queries")
    return _quote(app, base) and fits


def bare_client() -> FlaskClient:
    """Return a client of the least a view can cost, over members."""
    app = Flask("bare")
    columns = Member.__table__.c
    statement = select(columns.name, columns.tier, columns.number).limit(25)

    @app.get("/")
    def rows() -> Any:
        with session.engine().connect() as connection:
            return {"rows": [list(row) for row in connection.execute(statement)]}

    return app.test_client()


def _quote(app: Flask, base: float) -> bool:
    credential, card, codes = _till()
    client, headers = app.test_client(), {"Authorization": f"Bearer {credential}"}
    here.forget()
    found = client.post(f"{BASE}/members/find", json={"card": card}, headers=headers)
    assert found.status_code == 200, found.text
    body = {"member": found.json["member"], "lines": [{"product": code} for code in codes]}  # type: ignore[index]

    def ask() -> Any:
        here.forget()  # the limit of calls a minute is not what is measured
        return client.post(f"{BASE}/quote", json=body, headers=headers)

    taken = processor_ms(ask)
    print(f"  {'quote of 3 lines over the API':30} {taken:7.2f} ms of 10  {taken / base:6.1f} x bare")
    return taken <= 10


def _till() -> tuple[str, str, list[str]]:
    with system_scope("bench"), work() as opened:
        credential = add_till(opened, store_id=_store(opened).id, name="bench", by="bench", now=NOON).credential
    with system_scope("bench"), reading() as opened:
        member = _buyer(opened)
        card = opened.scalars(select(Card.number).where(Card.member_id == member.id, Card.status == "active")).one()
        codes = opened.scalars(select(Product.code).where(Product.active, ~Product.members_only).limit(3))
        return credential, card, list(codes)


# --- 2 workers, 8 clients ---------------------------------------------------------------------------------------------


def rates(folder: Path, seconds: float) -> None:
    """Print how many pages a second 2 workers serve to 8 clients, beside 2 workers of a bare Flask view."""
    url = session.engine().url.render_as_string(hide_password=False)
    environment = {**os.environ, "GUIBIN_DATABASE": url, "GUIBIN_VAR": str(folder), "GUIBIN_SECRET_KEY": SECRET}
    with _bare_server(environment, folder) as address:
        client = Client(address)
        base = _rate([lambda: client.ask("/")] * CLIENTS, seconds)
    print(f"  2 workers, {CLIENTS} clients: bare view {base:.0f} a second")
    with serving(environment, folder / "served.log") as address:
        clients: dict[str, Client] = {}
        for page in pages():
            if page.who not in clients:
                clients[page.who] = Client(address)
                clients[page.who].login(page.who)
            client = clients[page.who]
            found = _rate([lambda c=client, p=page.path: c.ask(p)] * CLIENTS, seconds)  # type: ignore[misc]
            print(f"    {page.name:30} {found:6.1f} a second  {base / found:6.1f} x bare")


@contextmanager
def _bare_server(environment: dict[str, str], folder: Path) -> Iterator[str]:
    gunicorn = Path(sys.executable).with_name("gunicorn")
    port = 20_000 + os.getpid() % 10_000
    command = [str(gunicorn), "--bind", f"127.0.0.1:{port}", "--workers", "2", "tests.bench.bench_web:bare_app()"]
    with (folder / "bare.log").open("wb") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            client = Client(f"http://127.0.0.1:{port}")
            until(lambda: _answer(client), lambda answer: answer[0] == 200)
            yield client.address
        finally:
            server.terminate()
            server.wait(30)


def _answer(client: Client) -> tuple[int, str, str]:
    try:
        return client.ask("/")
    except OSError:
        return 0, "", ""


def bare_app() -> Flask:
    """Return the bare view over the database of the environment, for gunicorn."""
    session.connect(os.environ["GUIBIN_DATABASE"])
    return bare_client().application


def _rate(asks: list[Callable[[], tuple[int, str, str]]], seconds: float) -> float:
    """Return how many answers a second these clients get, each asking again as soon as it was answered."""
    counted, over = [0] * len(asks), threading.Event()

    def work_on(place: int) -> None:
        while not over.is_set():
            status = asks[place]()[0]
            if status != 200:
                raise RuntimeError(f"answered {status}")
            counted[place] += 1

    threads = [threading.Thread(target=work_on, args=(place,)) for place in range(len(asks))]
    begun = clock.elapsed_seconds()
    for thread in threads:
        thread.start()
    over.wait(seconds)
    over.set()
    for thread in threads:
        thread.join()
    return sum(counted) / (clock.elapsed_seconds() - begun)


def main() -> int:
    """Measure on SQLite and PostgreSQL; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--receipts", type=int, default=500_000)
    parser.add_argument("--seconds", type=float, default=5, help="for each rate")
    sizes = parser.parse_args()
    fits = True
    with tempfile.TemporaryDirectory() as folder:
        for engine in scratch(Path(folder)):
            app = build(Path(folder), sizes)
            print(f"{engine.dialect.name}, {sizes.members:,} members, {sizes.receipts:,} receipts")
            with clock.fixed(NOON):
                fits = measure(app) and fits
            rates(Path(folder), sizes.seconds)
    print(f"limits of processor time: {'kept' if fits else 'PASSED'}")
    return int(not fits)


if __name__ == "__main__":
    sys.exit(main())
