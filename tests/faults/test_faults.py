"""A shop whose servers, clients and lines die and lie while it sells: nothing acknowledged is lost, nothing is doubled.

The seed is printed, and GUIBIN_FAULTS_SEED plays it again: the same operations, the same deaths in the same order, the
same faults on the line. `./dev bench faults` runs it at length.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import auditor
from tests.faults.databases import Cluster, SqliteFile, binaries, cluster
from tests.faults.plan import Plan
from tests.faults.proxy import KINDS
from tests.faults.run import Outcome, everything_again, running

CLIENTS, QUOTA, SHARE, SPOILED = 8, 316, 34, 80
ON_SQLITE = {"client": 40, "worker": 4, "master": 1}
ON_POSTGRESQL = {"client": 30, "connection": 25, "backend": 12, "worker": 2, "master": 1, "postmaster": 2}
#: What both runs together must come to; what the seed draws on the line varies a little.
OPERATIONS, FAULTS, DEATHS, OF_EACH_ON_THE_LINE = 5_000, 200, 20, 8


def _seed() -> str:
    return os.environ.get("GUIBIN_FAULTS_SEED") or secrets.token_hex(4)


@pytest.fixture(scope="module")
def together() -> Counter[str]:
    """What the runs of this file came to, to be counted at the end."""
    return Counter()


def run_and_audit(plan: Plan, database: SqliteFile | Cluster, folder: Path) -> Outcome:
    """Run, compare what was told with what is there, send everything again, compare again, seal and verify."""
    with running(plan, database, folder) as outcome:
        sys.stdout.write(f"{database.name}: {outcome.said()}\n")
        operations = auditor.noted(outcome)
        assert len(operations) == plan.operations
        assert auditor.audit(outcome, operations) == []
        everything_again(outcome)
        answered, findings = auditor.repeated(outcome, operations)
        assert findings == []
        assert auditor.audit(outcome, answered) == []
        assert "nothing is wrong" in auditor.verified(outcome)
    assert outcome.faults >= Counter(plan.deaths)
    assert auditor.odd(outcome) == []
    return outcome


def test_nothing_is_lost_or_doubled_on_sqlite(tmp_path: Path, together: Counter[str]) -> None:
    plan = Plan(_seed(), CLIENTS, QUOTA, ON_SQLITE, SHARE, SPOILED)
    outcome = run_and_audit(plan, SqliteFile(tmp_path), tmp_path)
    together.update(outcome.faults, operations=plan.operations, deaths=outcome.deaths)


@pytest.mark.postgresql
def test_nothing_is_lost_or_doubled_on_postgresql(tmp_path: Path, together: Counter[str]) -> None:
    if binaries() is None and os.environ.get("CI") != "true":
        pytest.skip("the programs of PostgreSQL (initdb, postgres) are not installed: no cluster of one's own to kill")
    plan = Plan(_seed(), CLIENTS, QUOTA, ON_POSTGRESQL, SHARE, SPOILED)
    with cluster() as own:
        outcome = run_and_audit(plan, own, tmp_path)
    together.update(outcome.faults, operations=plan.operations, deaths=outcome.deaths)


@pytest.mark.postgresql
def test_it_was_as_much_as_it_has_to_be(together: Counter[str]) -> None:
    """The two runs before this one: nobody makes them smaller unseen."""
    if "postmaster" not in together:
        pytest.skip("both runs belong to it")
    counted = Counter(together)
    operations, deaths = counted.pop("operations"), counted.pop("deaths")
    assert operations >= OPERATIONS
    assert deaths >= DEATHS
    assert counted.total() >= FAULTS
    assert {kind: count for kind, count in counted.items() if kind in KINDS and count < OF_EACH_ON_THE_LINE} == {}
    assert set(KINDS) <= set(counted)
