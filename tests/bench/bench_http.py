"""Checkouts over HTTP by 8 tills on PostgreSQL, beside a bare script that writes the same rows in one transaction.

Tills of one store wait for each other where receipts get their numbers, in the product and in the script; tills of
eight stores never do, so that there the script is as quick as the machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import create_engine, event, make_url, select, text

from addons.membership.models import Card
from addons.pos.services import add_till
from addons.sales.tests.shop import Shop
from addons.stores.models import Store
from core import clock, settings
from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.models import InstalledAddon
from core.db.scope import system_scope
from core.db.session import reading, work
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions
from tests.web_admin.wire import serving

CLIENTS = 8
PROCESSES = 2  # of the bare script, with four connections each
LINES = 3
HALF = 0.5
MEMBERS = 100  # of each till; nobody buys all day long
BEFORE = 4  # purchases of each member; over tables with next to nothing in them plans mean little
BASE = "/api/v1/pos"
SECRET = "k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa"
SERVER = os.environ.get("GUIBIN_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/postgres")
_spawn = multiprocessing.get_context("spawn")

Written = list[tuple[str, Any, bool]]  # the statements of one sale that write, with their values


class Start(NamedTuple):
    """How processes begin together and tell how it went."""

    ready: Any
    start: Any
    told: Any


class Till(NamedTuple):
    """One of the clients: its store, its credential and its members' cards, and the ids of these members."""

    store: int
    credential: str
    cards: list[str]
    members: list[int]


def main() -> int:
    """Print both rates, in turns; 1 if checkouts of one store come at less than half the rate of the bare script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stores", type=int, choices=(1, CLIENTS), action="append", help="both where none is named")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1), help="of the product")
    given = parser.parse_args()
    return max([_beside(stores, given) for stores in given.stores or (1, CLIENTS)])


def _beside(stores: int, given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder, _databases() as (live, copy):
        shop, tills, products = _build(live, Path(folder), stores)
        session.disconnect()
        _admin(f'CREATE DATABASE "{copy}" TEMPLATE "{live}"')
        # Recorded in a third database, so that the bare script and the product both begin with the same.
        recorded = f"{copy}_recorded"
        _admin(f'CREATE DATABASE "{recorded}" TEMPLATE "{live}"')
        enough = int(given.rounds * given.seconds * (120 if stores == 1 else 200))
        sales = _recorded(_url(recorded), shop, tills, products, enough)
        _admin(f'DROP DATABASE "{recorded}"')
        settled = {"GUIBIN_DATABASE": _url(live), "GUIBIN_VAR": folder, "GUIBIN_SECRET_KEY": SECRET}
        with serving({**os.environ, **settled}, Path(folder) / "served.log", given.workers) as address:
            sell = [_Client(address, till, products).sell for till in tills]
            over_http, bare = _turns(sell, sales, copy, given)
    return _told(stores, given.workers, over_http, bare, len(sales[0][0]))


def _turns(
    sell: list[Callable[[], None]], sales: list[list[Written]], copy: str, given: argparse.Namespace
) -> tuple[list[float], list[float]]:
    over_http, bare = [], []
    _rate(sell, 2)  # what a worker does once is not measured
    for turn in range(given.rounds):
        over_http.append(_rate(sell, given.seconds))
        bare.append(_bare_rate(copy, _part(sales, turn, given.rounds), given.seconds))
    return over_http, bare


def _told(stores: int, workers: int, over_http: list[float], bare: list[float], statements: int) -> int:
    ratio = statistics.median(one / other for one, other in zip(over_http, bare, strict=True))
    where = "one store" if stores == 1 else f"{stores} stores"
    print(f"PostgreSQL, {CLIENTS} tills of {where}, {LINES} lines, {statements} writing statements a sale")
    print(f"  over HTTP, {workers} workers       {' '.join(f'{rate:7.1f}' for rate in over_http)} checkouts a second")
    print(f"  bare script, {PROCESSES} processes   {' '.join(f'{rate:7.1f}' for rate in bare)}")
    print(f"  {ratio:.2f} of the bare rate (goal for one store: at least {HALF})")
    return int(stores == 1 and ratio < HALF)


def _part(sales: list[list[Written]], turn: int, rounds: int) -> list[list[Written]]:
    return [of_till[len(of_till) * turn // rounds : len(of_till) * (turn + 1) // rounds] for of_till in sales]


# --- the databases ----------------------------------------------------------------------------------------------------


@contextmanager
def _databases() -> Iterator[tuple[str, str]]:
    names = [f"guibin_bench_http_{os.getpid()}_{which}" for which in ("live", "copy")]
    _admin(f'CREATE DATABASE "{names[0]}"')
    try:
        yield names[0], names[1]
    finally:
        session.disconnect()
        for name in names:
            _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _admin(statement: str) -> None:
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _url(name: str) -> str:
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def _build(live: str, folder: Path, stores: int) -> tuple[Shop, list[Till], list[str]]:
    loaded = registry.load(available())
    migrate.create_all(session.connect(_url(live)), loaded.manifests)
    now = clock.now()
    with system_scope("bench"):
        shop = Shop.opened()
        products = [shop.product(1000 + 10 * n) for n in range(LINES)]
        with work() as opened:
            for manifest in loaded.manifests:
                opened.add(InstalledAddon(name=manifest.name, version=manifest.version, installed_at=now, loaded=[]))
            most = settings.declared()["pos.calls_per_minute"].at_most
            settings.change(opened, name="pos.calls_per_minute", to=most, by="bench", reason="bench", now=now)
        tills = [_till(shop, number, stores) for number in range(CLIENTS)]
        for till in tills:
            for member, number in product(till.members, range(BEFORE)):
                key = f"before:{member}:{number}"
                shop.sell(*products, member_id=member, key=key, at=clock.now(), store_id=till.store)
    _count(live)
    sync_permissions(create_app(WebConfig(secret_key=SECRET, var=folder), registry=loaded))
    with system_scope("bench"):
        create_user(username="hq", role="HQApprover", password=SECRET)  # else it waits to be set up
    return shop, tills, products


def _count(live: str) -> None:
    """Let the server count what there is, as it does by itself every minute."""
    with psycopg.connect(_driver(live), autocommit=True) as connection:
        connection.execute("ANALYZE")


def _driver(name: str) -> str:
    return make_url(SERVER).set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def _till(shop: Shop, number: int, stores: int) -> Till:
    members = [shop.member("gold") for _ in range(MEMBERS)]
    with work() as opened:
        store = opened.get_one(Store, shop.store)
        if stores > 1:
            same = {
                name: getattr(store, name) for name in ("brand_id", "region_id", "franchisee_id", "format", "opened_on")
            }
            store = Store(code=f"B{number}", name=f"Bench {number}", **same)
            opened.add(store)
            opened.flush()
        given = add_till(opened, store_id=store.id, name=f"bench {number}", by="bench", now=clock.now())
    with reading() as opened:
        cards = opened.scalars(select(Card.number).where(Card.member_id.in_(members)).order_by(Card.member_id))
        return Till(store.id, given.credential, list(cards), members)


# --- over HTTP --------------------------------------------------------------------------------------------------------


class _Client:
    """A till that sells as soon as it was answered: ready bytes over a socket, so that it costs next to nothing."""

    def __init__(self, address: str, till: Till, products: list[str]) -> None:
        place = urlsplit(address)
        self.place = place.hostname or "", place.port or 0
        self.head = (
            f"Host: {place.netloc}\r\nAuthorization: Bearer {till.credential}\r\nContent-Type: application/json\r\n"
        )
        members = [
            json.loads(self._post("/members/find", {"card": card}, "first", 200))["member"] for card in till.cards
        ]
        self.bodies = [{"member": member, "lines": [{"product": code} for code in products]} for member in members]
        self.sold, self.name = 0, till.credential[-12:]

    def sell(self) -> None:
        """Sell one basket under a key of its own."""
        self._post("/checkout", self.bodies[self.sold % len(self.bodies)], f"{self.name}-{self.sold}", 201)
        self.sold += 1

    def _post(self, path: str, body: Any, key: str, wanted: int) -> bytes:
        sent = json.dumps(body).encode()
        head = f"POST {BASE}{path} HTTP/1.1\r\n{self.head}Idempotency-Key: {key}\r\nContent-Length: {len(sent)}\r\n\r\n"
        with socket.create_connection(self.place, timeout=60) as line:
            line.sendall(head.encode() + sent)
            said = b"".join(iter(lambda: line.recv(65_536), b""))  # the server ends the line when it has answered
        status, _, answer = said[9:12], *said.partition(b"\r\n\r\n")[1:]
        if status != str(wanted).encode():
            raise RuntimeError(f"answered {said[:400]!r}")
        return answer


def _rate(works: list[Callable[[], None]], seconds: float) -> float:
    """Return how many of these a second are done, each beginning the next as soon as one is over."""
    counted, over = [0] * len(works), threading.Event()

    def go_on(place: int) -> None:
        try:
            while not over.is_set():
                works[place]()
                counted[place] += 1
        finally:
            over.set()  # one that failed ends the turn for all

    threads = [threading.Thread(target=go_on, args=(place,)) for place in range(len(works))]
    begun = clock.elapsed_seconds()
    for thread in threads:
        thread.start()
    over.wait(seconds)
    over.set()
    for thread in threads:
        thread.join()
    return sum(counted) / (clock.elapsed_seconds() - begun)


# --- the bare script --------------------------------------------------------------------------------------------------


def _recorded(url: str, shop: Shop, tills: list[Till], products: list[str], each: int) -> list[list[Written]]:
    """Return the writing statements of so many sales of each till, made by the product in a database of their own."""
    session.connect(url)
    said: Written = []

    def note(_connection: Any, _cursor: Any, words: str, given: Any, _context: Any, many: bool) -> None:
        if words.startswith(("INSERT", "UPDATE")):
            said.append((words, given, many))

    event.listen(session.money_engine(), "before_cursor_execute", note)
    found: list[list[Written]] = [[] for _ in tills]
    with system_scope("bench"):
        for number in range(each):
            for place, till in enumerate(tills):
                said.clear()
                member = till.members[number % MEMBERS]
                shop.sell(
                    *products, member_id=member, key=f"bare:{place}:{number}", at=clock.now(), store_id=till.store
                )
                found[place].append(list(said))
    session.disconnect()
    return found


def _bare_rate(name: str, sales: list[list[Written]], seconds: float) -> float:
    """Return how many sales a second are written by processes of some threads that do nothing else."""
    start = Start(_spawn.Semaphore(0), _spawn.Event(), _spawn.Queue())
    address = _driver(name)
    parts = [sales[place::PROCESSES] for place in range(PROCESSES)]
    workers = [_spawn.Process(target=_write, args=(address, part, seconds, start)) for part in parts]
    for worker in workers:
        worker.start()
    for _ in workers:
        start.ready.acquire()
    start.start.set()
    rates: list[float] = [start.told.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(rates)


def _write(address: str, sales: list[list[Written]], seconds: float, start: Start) -> None:
    connections = [psycopg.connect(address) for _ in sales]
    waiting = [iter(of_till) for of_till in sales]
    works: list[Callable[[], None]] = [
        lambda c=c, w=w: _write_one(c, next(w))  # type: ignore[misc] # one a till
        for c, w in zip(connections, waiting, strict=True)
    ]
    start.ready.release()
    start.start.wait()
    start.told.put(_rate(works, seconds))
    for connection in connections:
        connection.close()


def _write_one(connection: psycopg.Connection[Any], sale: Written) -> None:
    """Write a sale as it was recorded."""
    with connection.cursor() as cursor:
        for words, given, many in sale:
            if many:
                cursor.executemany(words, given)
                continue
            cursor.execute(words, given)
    connection.commit()


if __name__ == "__main__":
    sys.exit(main())
