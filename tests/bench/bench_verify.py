"""Verification: entries a second, beside a bare loop that reads the same rows and makes the same keyed hashes."""

from __future__ import annotations

import argparse
import hmac
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, Table, select

from addons.sales.models import Discount, Line, Receipt, Tender
from addons.sales.tests.shop import NOON, Shop
from core.addons import registry
from core.addons.discover import available
from core.config import ledger_key
from core.db import migrate, session
from core.db.models import PostingKey
from core.db.scope import system_scope
from core.ledger import keys
from core.ledger.entry import insert_entries
from core.ledger.kernel import all_books
from core.ledger.seal import seal_all
from core.ledger.verify import Verification, Verified
from core.policy.store import StoredDecision
from tests.bench.databases import scratch

LEAST = 30_000
_BATCH = 2_000


def main() -> int:
    """Print the figures; 1 if verification is slower than the goal or finds something."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--receipts", type=int, default=40_000)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="guibin-verify-"))
    os.environ["GUIBIN_SEAL_KEYS"] = str(folder / "seal")
    manifests = registry.load(available()).manifests
    missed = 0
    try:
        for engine in scratch(folder):
            with system_scope("bench"):
                migrate.create_all(engine, manifests)
                missed += _run(engine, given.receipts)
    finally:
        session.disconnect()
        shutil.rmtree(folder)
    return int(missed > 0)


def _run(engine: Engine, receipts: int) -> int:
    shop = Shop.opened()
    products = [shop.product(10000 + 100 * n, 9000 if n == 1 else None) for n in range(3)]
    shop.sell(*products, member_id=shop.member("gold"), key="sale:1")
    _multiply(engine, receipts)
    seals, sealing = _timed(lambda: list(seal_all(all_books(), NOON)))
    entries = sum(put.statement.entries for put in seals)
    _, bare = _timed(lambda: _bare(engine))
    verification = Verification(all_books(), keys.trusted())
    found, spent = _timed(lambda: list(verification.findings(Verified())))
    print(f"{engine.dialect.name}: {entries:,} entries, {len(seals)} seals; entries a second of time, and of this")
    print("process's own time, which is what counts where others use the machine:")
    for name, took in (("bare read and keyed hash", bare), ("sealed", sealing), ("verified", spent)):
        print(f"  {name:26} {entries / took.wall:10,.0f} {entries / took.own:10,.0f}")
    print(f"  goal {LEAST:,}; verification beside the bare loop: {bare.own / spent.own:.2f}; findings {len(found)}")
    return int(bool(found) or entries / spent.own < LEAST)


class _Took(NamedTuple):
    wall: float
    own: float


def _timed(work: Callable[[], Any]) -> tuple[Any, _Took]:
    wall, own = time.perf_counter(), time.process_time()
    result = work()
    return result, _Took(time.perf_counter() - wall, time.process_time() - own)


def _multiply(engine: Engine, receipts: int) -> None:
    """Write the receipt there is so many times again, with all that belongs to it, through the product's own writer."""
    tables = [m.__table__ for m in (StoredDecision, Receipt, Line, Tender, Discount)]
    with engine.begin() as connection:
        patterns = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables}
        key = dict(connection.execute(select(PostingKey.__table__)).mappings().one())
        for start in range(2, receipts + 1, _BATCH):
            numbers = range(start, min(start + _BATCH, receipts + 1))
            posted = [_posted(key, number) for number in numbers]
            connection.execute(PostingKey.__table__.insert(), posted)
            for table in tables:
                insert_entries(connection, table, [_again(row, n) for n in numbers for row in patterns[table]])


def _posted(key: dict[str, Any], number: int) -> dict[str, Any]:
    return key | {"key": f"sale:{number}", "answer": key["answer"] | {"receipt_id": number}}


def _again(row: dict[str, Any], number: int) -> dict[str, Any]:
    changed: dict[str, Any] = {"id": number, "decision_id": number, "receipt_id": number, "key": f"sale:{number}"}
    changed["number"] = f"S1-{number:07d}"
    kept = {name: value for name, value in row.items() if name != "row_hash"}
    return kept | {name: value for name, value in changed.items() if name in row}


def _bare(engine: Engine) -> None:
    """Read every row and make a keyed hash over its values, with nothing around them."""
    key = ledger_key()
    with engine.connect() as connection:
        for book in all_books():
            table: Table = book.entries
            found = connection.execute(select(table), execution_options={"yield_per": 5000})
            for row in found:
                hmac.digest(key, json.dumps(list(row), default=str).encode(), "sha256")


if __name__ == "__main__":
    raise SystemExit(main())
