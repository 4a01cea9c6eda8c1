"""The real year: 155,848 baskets through the programme; time, memory, sums to the cent, and a second run."""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from addons.audit.cli import FIRST, LAST, print_summary
from addons.audit.documents import summary_document
from addons.sales.services import journey
from core.addons import registry
from core.db import migrate, session
from core.db.scope import system_scope
from reports.render import render_pdf

MOST_SECONDS, MOST_MEGABYTES = 600, 1500
NOW = datetime(2026, 5, 1, tzinfo=UTC)
TABLES = ("sales_receipt", "sales_line", "core_decision", "core_posting_key", "points_entry", "tiers_credit")


def main() -> int:
    """Run the year (or its first LINES lines) and say whether every goal holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=0, help="only the first so many lines, in time order")
    parser.add_argument("--pdf", type=Path, help="keep the PDF here")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="guibin-real-"))
    try:
        return _run(folder, wanted.lines, wanted.pdf)
    finally:
        session.disconnect()
        shutil.rmtree(folder)


def _run(folder: Path, lines: int, pdf: Path | None) -> int:
    engine = session.connect(f"sqlite:///{folder / 'real.db'}")
    migrate.create_all(engine, registry.load(("audit", "rulebook")).manifests)
    source = journey.data_file("transactions") if not lines else _slice(folder, lines)
    with system_scope("bench"):
        first = _timed("first run", lambda: journey.load(NOW, purchases=source, tell=_teller))
        before = _counts()
        second = _timed("second run", lambda: journey.load(NOW, purchases=source, tell=_teller))
        document = _timed("summary", _summary)
        found = _timed("PDF", lambda: render_pdf(document))
    if pdf is not None:
        pdf.write_bytes(found.content)
    wrong = print_summary(document)
    size = (folder / "real.db").stat().st_size // 10**6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"database {size} MB, memory {memory} MB (goal {MOST_MEGABYTES})")
    listed, sold, baskets = journey.source_sums(source)
    checks = {
        "every basket is there": first.result.purchases.added == baskets and not first.result.purchases.rejected,
        "list and special prices to the cent": (listed, sold) == _sums(),
        "the second run changes nothing": second.result.purchases.added == 0 and _counts() == before,
        "controls agree": wrong == 0,
        f"at most {MOST_SECONDS} s": bool(lines) or first.seconds <= MOST_SECONDS,
        f"at most {MOST_MEGABYTES} MB": memory <= MOST_MEGABYTES,
    }
    for name, holds in checks.items():
        print(f"{'ok  ' if holds else 'FAIL'} {name}")
    return 0 if all(checks.values()) else 1


class _Timed:
    def __init__(self, seconds: float, result: Any) -> None:
        self.seconds, self.result = seconds, result


def _timed(name: str, work: Callable[[], Any]) -> Any:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    seconds = time.perf_counter() - wall
    print(f"{name}: {seconds:.1f} s, processor {time.process_time() - processor:.1f} s", flush=True)
    return _Timed(seconds, result) if "run" in name else result


def _teller(what: str) -> Callable[[int, int | None], None]:
    last = [time.monotonic()]

    def tell(done: int, total: int | None) -> None:
        if time.monotonic() - last[0] > 30:
            last[0] = time.monotonic()
            print(f"  {what} {done:,} of {total or 0:,}", file=sys.stderr, flush=True)

    return tell


def _slice(folder: Path, lines: int) -> Path:
    from pyarrow import parquet

    table = parquet.read_table(journey.data_file("transactions")).sort_by("transaction_timestamp")
    part = table.slice(0, lines)
    last = part["basket_id"].to_pylist()[-1]
    whole = [basket != last for basket in part["basket_id"].to_pylist()]
    path = folder / "slice.parquet"
    parquet.write_table(part.filter(whole), path)
    return path


def _summary() -> Any:
    with session.reading() as opened:
        return summary_document(
            opened, journey.BRAND, since=FIRST, until=LAST, language="en", by="bench", reason="bench", now=NOW
        )


def _counts() -> list[int]:
    """Count and add up with plain SQL, past every class of the product."""
    with session.engine().connect() as connection:
        counts = [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES]
        sums = connection.execute(text("SELECT sum(cash), sum(points), sum(credit) FROM sales_receipt")).one()
        return [*counts, *sums]


def _sums() -> tuple[int, int]:
    statement = "SELECT sum(list_price * quantity), sum(coalesce(special_price, list_price) * quantity) FROM sales_line"
    with session.engine().connect() as connection:
        listed, sold = connection.execute(text(statement)).one()
        return listed, sold


if __name__ == "__main__":
    raise SystemExit(main())
