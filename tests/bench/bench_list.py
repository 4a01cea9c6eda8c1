"""A plain list of 25 rows among 100,000: queries and processor time, beside a bare Flask view in the same run."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, jsonify
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, insert, make_url, select, text

from core import clock
from core.addons.registry import Registry
from core.db import migrate, session
from core.db.base import metadata
from core.db.scope import Scope
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions
from tests.web import trial
from tests.web.conftest import PASSWORD, SECRET, Client

ROWS = 100_000
REPEATS = 60
MOST_QUERIES, MOST_MS = 15, 60.0


def fill() -> None:
    """Make 200 shops and the customers."""
    shops = [{"id": n, "store_id": n, "name": f"Shop {n}"} for n in range(1, 201)]
    people = [
        {
            "store_id": n % 200 + 1,
            "name": f"Customer {n:06}",
            "phone": f"139{n:08d}",
            "tier": "gold",
            "spent": n,
            "active": True,
        }
        for n in range(ROWS)
    ]
    with session.engine().begin() as connection:
        connection.execute(insert(trial.Shop.__table__), shops)
        connection.execute(insert(trial.Customer.__table__), people)
        connection.execute(text("ANALYZE"))


def build(url: str, folder: Path) -> Flask:
    """Return the product with the trial screens and a bare view that answers 25 rows."""
    metadata.create_all(session.connect(url), tables=trial.TABLES)
    migrate.create_all(session.engine(), ())
    config = WebConfig(secret_key=SECRET, var=folder)
    app = create_app(config, registry=Registry(()), scope_of=trial.scope_of, entries=trial.ENTRIES, apis=trial.APIS)
    sync_permissions(app)
    for name, stores in (("hq", None), ("one", frozenset({1}))):
        key = create_user(username=name, role="StoreManager", password=PASSWORD)
        trial.SCOPES[key] = Scope(reads=stores, writes=stores, user_id=key)
    fill()
    return app


def bare() -> Flask:
    """Return the least a list can cost: one joined statement, 25 rows, JSON."""
    app = Flask("bare")
    customer, shop = trial.Customer.__table__, trial.Shop.__table__
    statement = select(customer.c.name, customer.c.tier, customer.c.spent, shop.c.name).join(shop).limit(25)

    @app.get("/")
    def rows() -> Any:
        with session.engine().connect() as connection:
            return jsonify([list(row) for row in connection.execute(statement)])

    return app


def processor_ms(get: Callable[[], Any]) -> float:
    """Return the median processor time of one call in milliseconds."""
    for _ in range(5):
        get()
    taken = []
    for _ in range(REPEATS):
        begun = clock.processor_seconds()
        assert get().status_code == 200
        taken.append((clock.processor_seconds() - begun) * 1000)
    return statistics.median(taken)


def count_queries(get: Callable[[], Any]) -> int:
    """Return the statements of one call."""
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(session.engine(), "before_cursor_execute", note)
    get()
    event.remove(session.engine(), "before_cursor_execute", note)
    return len(seen)


PAGES = {
    "first page, all stores": ("hq", "/customerview/list/"),
    "first page, one store": ("one", "/customerview/list/"),
    "ordered by name": ("hq", "/customerview/list/?_oc_CustomerView=name&_od_CustomerView=asc"),
    "last page": ("hq", "/customerview/list/?page_CustomerView=3999"),
    "name contains": ("hq", "/customerview/list/?_flt_2_name=0999"),
    "add form": ("hq", "/noteview/add"),
}


def logged_in(app: Flask, name: str) -> FlaskClient:
    """Return the browser of a person."""
    client = Client(app.test_client())
    client.login(name)
    return client.inner


def measure(url: str, folder: Path) -> bool:
    """Print one line a page; tell whether the plain list stays within its limits."""
    app = build(url, folder)
    browsers = {name: logged_in(app, name) for name in ("hq", "one")}
    plain = bare().test_client()
    base = processor_ms(lambda: plain.get("/"))
    print(f"{make_url(url).get_backend_name()}, {ROWS:,} rows; bare Flask view: {base:.2f} ms")
    fits = True
    for label, (who, address) in PAGES.items():
        taken = processor_ms(lambda who=who, address=address: browsers[who].get(address))  # type: ignore[misc]
        asked = count_queries(lambda who=who, address=address: browsers[who].get(address))  # type: ignore[misc]
        print(f"  {label:24} {taken:7.2f} ms  {taken / base:6.1f} x bare  {asked:3} queries")
        if label.startswith("first page"):
            fits = fits and taken <= MOST_MS and asked <= MOST_QUERIES
    session.disconnect()
    return fits


def main() -> int:
    """Measure on SQLite, and on PostgreSQL where GUIBIN_TEST_POSTGRESQL names a server; 1 when a limit is passed."""
    with tempfile.TemporaryDirectory() as folder:
        fits = measure(f"sqlite:///{folder}/bench.db", Path(folder))
        server = os.environ.get("GUIBIN_TEST_POSTGRESQL")
        if server:
            fits = _on_postgresql(server, Path(folder)) and fits
    print(f"limits: {MOST_QUERIES} queries, {MOST_MS:.0f} ms of processor time: {'kept' if fits else 'PASSED'}")
    return int(not fits)


def _on_postgresql(server: str, folder: Path) -> bool:
    name = f"guibin_bench_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        return measure(make_url(server).set(database=name).render_as_string(hide_password=False), folder)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


if __name__ == "__main__":
    sys.exit(main())
