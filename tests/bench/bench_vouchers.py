"""A hundred thousand vouchers issued by the job, their file, their audit, beside the same rows inserted bare."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, make_url, select, text

from addons.stores.models import Brand, Franchisee, Market, Region, Store
from addons.vouchers import queries, services
from addons.vouchers.models import Entry, Voucher
from core import clock, settings
from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import money_work, reading, work
from core.db.statement import write_rows
from core.jobs import ask
from core.web.lists import files

VOUCHERS = 100_000
MOST_SECONDS = 60
NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)


def build(url: str) -> int:
    """Make a brand with a store and an approved batch; return the batch."""
    loaded = registry.load(available())
    loaded.load_jobs()
    migrate.create_all(session.connect(url), loaded.manifests)
    settings.forget_values()
    with work() as opened:
        brand, market = Brand(code="B", name="B"), Market(code="M", name="M", currency="CNY")
        owner = Franchisee(code="F", name="F")
        opened.add_all([brand, market, owner])
        opened.flush()
        region = Region(code="R", name="R", market_id=market.id)
        opened.add(region)
        opened.flush()
        where = {"brand_id": brand.id, "region_id": region.id, "franchisee_id": owner.id}
        store = Store(code="S", name="S", format="boutique", opened_on=date(2020, 1, 1), **where)
        opened.add(store)
        opened.flush()
        wanted = services.Wanted(store.id, "bench", "bench", "cash", 5_000, date(2026, 12, 31), count=VOUCHERS)
        batch = services.ask_batch(opened, wanted, day=NOON.date(), now=NOON, by="anna")
        services.decide_batch(opened, batch_id=batch.id, approve=True, now=NOON, by="bruno")
        return batch.id


def timed(what: str, act: Callable[[], object]) -> float:
    """Print how long an act took, and how long of that our own process worked; return the first."""
    begun, worked = clock.elapsed_seconds(), clock.processor_seconds()
    act()
    taken, worked = clock.elapsed_seconds() - begun, clock.processor_seconds() - worked
    print(f"  {what:36}  {taken:6.1f} s, {worked:5.1f} s of processor time")
    return taken


def bare() -> None:
    """Insert the same rows once more under other codes and keys, in one transaction and nothing else."""
    with reading() as opened:
        vouchers = [dict(row) for row in opened.connection().execute(select(Voucher.__table__)).mappings()]
        entries = [dict(row) for row in opened.connection().execute(select(Entry.__table__)).mappings()]
    for row in vouchers:
        row["id"], row["code"] = row["id"] + VOUCHERS, f"{row['code']}X"
    for row in entries:
        row["voucher_id"] += VOUCHERS
        del row["id"]
    timed("the same rows inserted bare", lambda: _write(vouchers, entries))


def _write(vouchers: list[dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    with money_work() as opened:
        write_rows(opened, Voucher.__table__, vouchers)
        write_rows(opened, Entry.__table__, entries)


def issue() -> None:
    """Run the job and see that all of it is there."""
    job_id = ask("vouchers.issue_batches", {})
    with reading() as opened:
        job = opened.get_one(Job, job_id)
        assert (job.state, job.result) == ("done", {"issued": VOUCHERS}), job.error
        assert (job.done, job.total) == (VOUCHERS, VOUCHERS)
        assert opened.scalar(select(func.count(func.distinct(Voucher.code)))) == VOUCHERS


def file_of(batch_id: int) -> None:
    """Write the codes as a workbook."""
    heads = [(name, name, None) for name in ("code", "value", "valid_until")]
    with reading() as opened:
        rows = [code._asdict() for code in queries.codes_of(opened, batch_id)]
    assert len(rows) == VOUCHERS
    with tempfile.TemporaryFile() as out:
        files.write(out, "xlsx", "codes", heads, rows)


def audited() -> None:
    """Count the ledger again."""
    with reading() as opened:
        assert list(queries.audit(opened)) == []


def measure(url: str) -> bool:
    """Print what was measured; tell whether the job stays within the limit."""
    with system_scope("bench"):
        batch_id = build(url)
        print(f"{make_url(url).get_backend_name()}: {VOUCHERS:,} vouchers")
        taken = timed("issued by the job, with progress", issue)
        timed("their codes as XLSX", lambda: file_of(batch_id))
        timed("the ledger counted again", audited)
        bare()
    session.disconnect()
    return taken <= MOST_SECONDS


def main() -> int:
    """Measure on SQLite, and on PostgreSQL where the first argument names a server; 1 when the limit is passed."""
    with tempfile.TemporaryDirectory() as folder, clock.fixed(NOON):
        fits = measure(f"sqlite:///{Path(folder) / 'bench.db'}")
        if len(sys.argv) > 1:
            fits = _on_postgresql(sys.argv[1]) and fits
    print(f"limit: {MOST_SECONDS} s for the job: {'kept' if fits else 'PASSED'}")
    return int(not fits)


def _on_postgresql(server: str) -> bool:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE guibin_bench_vouchers"))
    try:
        return measure(make_url(server).set(database="guibin_bench_vouchers").render_as_string(hide_password=False))
    finally:
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE guibin_bench_vouchers WITH (FORCE)"))
        admin.dispose()


if __name__ == "__main__":
    sys.exit(main())
