"""A million operations under two thousand faults, two hundred of them deaths of servers, on both databases."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core import clock
from tests.faults import auditor
from tests.faults.auditor import Finding
from tests.faults.databases import Cluster, SqliteFile, cluster
from tests.faults.plan import Plan
from tests.faults.run import Outcome, everything_again, running

OPERATIONS, FAULTS, DEATHS_OF_SERVERS = 1_000_000, 2_000, 200
#: Of a thousand faults of a run so many are deaths; the others befall deliveries on the line.
ON_SQLITE = {"client": 400, "worker": 50, "master": 10}
ON_POSTGRESQL = {"client": 220, "connection": 150, "backend": 105, "worker": 25, "master": 10, "postmaster": 15}


def planned(given: argparse.Namespace, deaths: dict[str, int]) -> Plan:
    """Return the plan of one database: half of everything."""
    faults, quota = given.faults // 2, -(-given.operations // 2 // given.clients)
    scaled = {kind: max(1, round(faults * count / 1000)) for kind, count in deaths.items()}
    on_the_line, calls = faults - sum(scaled.values()), quota * given.clients * given.share // 100
    # A quarter more than wanted: some fall upon a server that is dead already, and are not counted.
    spoiled = max(1, round(on_the_line * 1250 / max(1, calls)))
    own = {"members": given.members, "again": given.again}
    return Plan(given.seed, given.clients, quota, scaled, given.share, spoiled, **own)


def measure(plan: Plan, database: SqliteFile | Cluster, folder: Path) -> tuple[Outcome, list[Finding]]:
    """Run, audit, send operations again, audit again, seal and verify; print what came of it."""
    begun = clock.elapsed_seconds()
    with running(plan, database, folder) as outcome:
        print(f"{database.name}: {outcome.said()}", flush=True)
        operations = auditor.noted(outcome)
        findings = auditor.audit(outcome, operations)
        everything_again(outcome)
        answered, differ = auditor.repeated(outcome, operations)
        findings += [*differ, *auditor.audit(outcome, answered)]
        findings += [Finding("failure", "", line) for line in auditor.odd(outcome)]
        verified = next(line for line in auditor.verified(outcome).splitlines() if " wrong" in line)
    told = sum(told is not None for _, told in operations)
    kinds = Counter(finding.what for finding in findings)
    other = len(findings) - kinds["lost"] - kinds["twice"]
    said = [
        f"{database.name}: {told:,} acknowledged",
        f"  lost {kinds['lost']}, twice {kinds['twice']}, otherwise wrong {other}",
        f"  {len(operations) if plan.again == 1 else f'one in {plan.again}'} sent twice more, once with another body",
        f"  audit verify: {verified}",
        *(f"  {finding}" for finding in findings[:20]),
        f"  {clock.elapsed_seconds() - begun:.0f} s in all",
    ]
    print("\n".join(said), flush=True)
    return outcome, findings


def main() -> int:
    """Run on SQLite and on PostgreSQL; 1 where anything is wrong, or faults were too few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="over both databases")
    parser.add_argument("--faults", type=int, default=FAULTS, help="over both databases")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--share", type=int, default=10, help="of a hundred operations so many go through tills")
    parser.add_argument("--members", type=int, default=2_000)
    parser.add_argument("--again", type=int, default=1, help="every so many-th operation is sent again in the end")
    parser.add_argument("--together", action="store_true", help="both databases at the same time")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="plays a run again")
    given = parser.parse_args()
    with ThreadPoolExecutor(2 if given.together else 1) as pool:
        runs = list(pool.map(lambda run: run(given), (_on_sqlite, _on_postgresql)))
    return _judged(given, runs)


def _on_sqlite(given: argparse.Namespace) -> tuple[Outcome, list[Finding]]:
    with tempfile.TemporaryDirectory() as folder:
        return measure(planned(given, ON_SQLITE), SqliteFile(Path(folder)), Path(folder))


def _on_postgresql(given: argparse.Namespace) -> tuple[Outcome, list[Finding]]:
    with tempfile.TemporaryDirectory() as folder, cluster() as own:
        return measure(planned(given, ON_POSTGRESQL), own, Path(folder))


def _judged(given: argparse.Namespace, runs: list[tuple[Outcome, list[Finding]]]) -> int:
    outcomes = [outcome for outcome, _ in runs]
    done = sum(outcome.plan.operations for outcome in outcomes)
    faults, deaths = sum(o.faults.total() for o in outcomes), sum(outcome.deaths for outcome in outcomes)
    wrong = sum(len(findings) for _, findings in runs)
    print(f"{done:,} operations, {faults:,} faults, {deaths} deaths of servers: {wrong or 'nothing'} wrong")
    seconds = [outcome.seconds for outcome in outcomes]
    hours = (max if given.together else sum)(seconds) * OPERATIONS / done / 3600
    print(f"{OPERATIONS:,} operations at this rate: {hours:.1f} hours, before they are sent again")
    few = faults < given.faults or deaths < given.faults * DEATHS_OF_SERVERS // FAULTS
    print("faults were too few" if few else "as many faults as were asked for")
    return int(bool(wrong) or few)


if __name__ == "__main__":
    sys.exit(main())
