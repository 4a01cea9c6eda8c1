"""Eight processes of eight threads at one balance, one voucher, one budget, a minute each on both databases."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from core.addons import registry
from core.addons.discover import available
from core.db import migrate, session
from core.db.base import metadata
from core.db.restricted import unrestricted
from tests.bench.databases import scratch
from tests.hammer.crew import PROCESSES, THREADS
from tests.hammer.targets import TARGETS
from tests.hammer.watching import Crew, waiting_crew

SECONDS = 60


def hammered(crew: Crew, seconds: float) -> int:
    """Hammer each target in the database of this process, one shop after the other; return how much was found."""
    loaded = registry.load(available())
    found = 0
    for target in TARGETS:
        migrate.create_all(session.engine(), loaded.manifests)
        with tempfile.TemporaryDirectory() as folder:
            outcome = crew.hammers(target, seconds=seconds, folder=Path(folder))
        rate = outcome.operations / seconds
        print(
            f"  {target:8} {outcome.operations:8,} operations, {outcome.done:8,} done, {outcome.asked_twice:8,} asked "
            f"twice, {rate:6.0f} a second: {len(outcome.findings)} findings"
        )
        print(*outcome.findings[:10], sep="\n", end="\n" if outcome.findings else "")
        found += len(outcome.findings)
        _emptied()
    return found


def _emptied() -> None:
    """Begin with an empty database again."""
    with session.engine().begin() as connection, unrestricted(connection):
        metadata.drop_all(connection)


def main() -> int:
    """Hammer for a minute each, or for as many seconds as the first argument says; 1 where anything is found."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print(f"{PROCESSES} processes of {THREADS} threads, {seconds:.0f} seconds each")
    found = 0
    with waiting_crew() as crew, tempfile.TemporaryDirectory() as folder:
        for engine in scratch(Path(folder)):
            print(engine.dialect.name)
            found += hammered(crew, seconds)
    print(f"{found} findings" if found else "nothing too much, nothing twice, nothing lost")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
