"""The harness can fail: with the keys taken out of the server, or a row out of the database, the audit says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.faults import auditor
from tests.faults.databases import SqliteFile
from tests.faults.plan import Plan
from tests.faults.run import Outcome, running

CLIENTS, QUOTA, SHARE, SPOILED = 4, 30, 100, 400
#: What nothing but its key keeps from being done twice.
KINDS = ("visit", "checkout")


@pytest.fixture
def unkeyed(tmp_path: Path) -> Outcome:
    """A run on a bad line against a server that knows no keys; nobody is killed."""
    plan = Plan("control", CLIENTS, QUOTA, share=SHARE, spoiled=SPOILED, kinds=KINDS)
    with running(plan, SqliteFile(tmp_path), tmp_path, application="tests.faults.unkeyed:app") as outcome:
        return outcome


def test_the_audit_notices_what_was_done_twice_and_what_is_lost(unkeyed: Outcome) -> None:
    operations = auditor.noted(unkeyed)
    found = auditor.audit(unkeyed, operations)
    twice = {finding.key for finding in found if finding.what == auditor.TWICE}
    again = {noted.asked.key for noted in operations} & twice
    assert len(again) >= 5  # many answers were lost on the way, and each was asked for again
    whole = next(asked.key for asked, told in operations if asked.kind == "visit" and told and asked.key not in twice)
    _take_out(unkeyed, whole)
    lost = {finding.key for finding in auditor.audit(unkeyed, operations) if finding.detail.startswith("visit: visit")}
    assert whole in lost


def _take_out(outcome: Outcome, key: str) -> None:
    engine = create_engine(outcome.post.url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM points_visit WHERE confirmed_by = :key"), {"key": key})
    engine.dispose()
