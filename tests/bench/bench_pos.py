"""A quote through the point-of-sale API on the demonstration's data, beside a bare Flask view in the same run."""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask, jsonify, request
from sqlalchemy import create_engine, make_url, select, text

from addons.catalog.models import Product
from addons.membership.models import Card, Member
from addons.pos.api.rates import here
from addons.pos.services import add_till
from addons.sales.demo import shop
from addons.stores.models import Store
from core import clock, settings
from core.addons import install, registry
from core.addons.discover import available
from core.db import session
from core.db.scope import system_scope
from core.db.session import reading, work
from core.periods import moment
from core.web.app import create_app
from core.web.config import WebConfig
from core.web.deploy import create_user, sync_permissions

REPEATS = 200
MOST_MS = 10.0
SIZES = (1, 3, 10, 50)
BASE = "/api/v1/pos"
LAST = date(2026, 4, 30)
NOON = moment(LAST)


def build(folder: Path, url: str) -> Flask:
    """Return the product over the demonstration's data."""
    install.install(session.connect(url), available(), NOON)
    loaded = registry.loaded()
    with system_scope("bench"):
        shop.load(lambda _done, _total: None, LAST)
    with session.engine().begin() as connection:
        connection.execute(text("ANALYZE"))
    config = WebConfig(secret_key="k9f3J2mz8Qw7Lr5Tx1Vb6Nc4Hd0Gs2Pa", var=folder)
    app = create_app(config, registry=loaded)
    sync_permissions(app)
    create_user(username="hq", role="HQApprover", password="correct horse battery")  # else it waits to be set up
    return app


def connected() -> tuple[str, list[str], list[str]]:
    """Return the credential of a till of the busiest store, cards of its members, and product codes."""
    with system_scope("bench"), work() as opened:
        store = opened.scalars(select(Store).where(Store.code == "SH01")).one()
        credential = add_till(opened, store_id=store.id, name="bench", by="bench", now=NOON).credential
    with system_scope("bench"), reading() as opened:
        held = select(Card.number).join(Member, Member.id == Card.member_id).where(Card.status == "active")
        cards = list(opened.scalars(held.where(Member.tier != "").limit(REPEATS)))
        codes = list(opened.scalars(select(Product.code).where(Product.active, ~Product.members_only)))
    return credential, cards, codes


def bare() -> Flask:
    """Return the least an answer can cost: JSON in, one statement, JSON out."""
    app = Flask("bare")
    statement = select(Product.__table__.c.code, Product.__table__.c.list_price).limit(3)

    @app.post("/")
    def answer() -> Any:
        asked = request.get_json()
        with session.engine().connect() as connection:
            rows = connection.execute(statement).all()
        return jsonify(asked=len(asked["lines"]), rows=[list(row) for row in rows])

    return app


def processor_ms(calls: list[Callable[[], Any]]) -> float:
    """Return the median processor time of the calls, which are all different, in milliseconds."""
    for call in calls[:20]:
        assert call().status_code == 200
    taken = []
    gc.collect()
    for call in calls:
        begun = clock.processor_seconds()
        answer = call()
        taken.append((clock.processor_seconds() - begun) * 1000)
        assert answer.status_code == 200, answer.text
    return statistics.median(taken)


def measure(url: str, folder: Path) -> bool:
    """Print one line a basket size; tell whether all stay within the limit."""
    app = build(folder, url)
    credential, cards, codes = connected()
    client, headers, draw = app.test_client(), {"Authorization": f"Bearer {credential}"}, Random(1)
    here.forget()
    settings.forget_values()
    references = []
    for card in cards:
        found = client.post(f"{BASE}/members/find", json={"card": card}, headers=headers)
        references.append(found.json["member"])  # type: ignore[index]
    plain = bare().test_client()
    base = processor_ms([lambda: plain.post("/", json={"lines": [1, 2, 3]})] * REPEATS)
    print(
        f"{make_url(url).get_backend_name()}, {shop.WHOLE.members:,} members, {shop.WHOLE.receipts:,} receipts; "
        f"bare: {base:.2f} ms"
    )
    fits = True
    for size in SIZES:
        bodies = [
            {"member": reference, "lines": [{"product": code} for code in draw.sample(codes, size)]}
            for reference in references
        ]
        here.forget()
        taken = processor_ms([lambda b=body: client.post(f"{BASE}/quote", json=b, headers=headers) for body in bodies])  # type: ignore[misc]
        print(f"  quote of {size:3} lines  {taken:6.2f} ms  {taken / base:5.1f} x bare")
        fits = fits and taken <= MOST_MS
    session.disconnect()
    return fits


def main() -> int:
    """Measure on SQLite, and on PostgreSQL where the first argument names a server; 1 when the limit is passed."""
    with tempfile.TemporaryDirectory() as folder, clock.fixed(NOON):
        fits = measure(f"sqlite:///{folder}/bench.db", Path(folder))
        if len(sys.argv) > 1:
            fits = _on_postgresql(sys.argv[1], Path(folder)) and fits
    print(f"limit: {MOST_MS:.0f} ms of processor time: {'kept' if fits else 'PASSED'}")
    return int(not fits)


def _on_postgresql(server: str, folder: Path) -> bool:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE guibin_bench_pos"))
    try:
        return measure(make_url(server).set(database="guibin_bench_pos").render_as_string(hide_password=False), folder)
    finally:
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE guibin_bench_pos WITH (FORCE)"))
        admin.dispose()


if __name__ == "__main__":
    sys.exit(main())
