"""Tampering: random edits of every kind directly in the database; how many verification notices, and where."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from addons.audit.tests.tampering import KINDS, Company, noticed
from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.scope import system_scope
from tests.bench.databases import scratch


def main() -> int:
    """Print how many edits of each kind were noticed; 1 unless all were."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--edits", type=int, default=1_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="guibin-tamper-"))
    os.environ["GUIBIN_SEAL_KEYS"] = str(folder / "seal")
    manifests = registry.load(available()).manifests
    missed = 0
    try:
        for engine in scratch(folder):
            with system_scope("bench"):
                migrate.create_all(engine, manifests)
                company = Company.founded(engine)
                missed += _tamper(company, given.edits, Random(given.seed))
            shutil.rmtree(folder / "seal")
    finally:
        session.disconnect()
        shutil.rmtree(folder)
    return int(missed > 0)


def _tamper(company: Company, edits: int, random: Random) -> int:
    tried: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for number in range(edits):
        kind = KINDS[number % len(KINDS)]
        place, found = noticed(company, kind, random)
        tried[kind.__name__] += 1
        seen[kind.__name__] += bool(found)
        if not found:
            print(f"NOT NOTICED: edit {number}, {kind.__name__} at {place}")
    print(f"{company.engine.dialect.name}: {sum(seen.values()):,} of {edits:,} edits noticed at their place")
    for name, count in tried.items():
        print(f"  {seen[name]:4} of {count:4}  {name}")
    with company.attempt() as connection:
        clean = not company.findings(connection)
    print(f"  without an edit: {'nothing is wrong' if clean else 'FINDINGS'}")
    return edits - sum(seen.values()) + (not clean)


if __name__ == "__main__":
    raise SystemExit(main())
