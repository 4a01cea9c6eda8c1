"""Whatever is changed directly in the database is noticed, and told where."""

from __future__ import annotations

import zlib
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from addons.audit.tests.tampering import KINDS, Company, noticed

TRIES = 3


@pytest.fixture
def company(every_database: Engine, system: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("GUIBIN_SEAL_KEYS", str(tmp_path / "seal"))
    return Company.founded(every_database)


def test_everything_that_can_be_tried_is_noticed_where_it_was_done(company: Company) -> None:
    """A few of each kind; the benchmark `tamper` makes a thousand."""
    with company.attempt() as connection:
        assert company.findings(connection) == []
    for kind in KINDS:
        random = Random(zlib.crc32(kind.__name__.encode()))
        for _ in range(TRIES):
            place, found = noticed(company, kind, random)
            assert found, f"{kind.__name__} at {place} was not noticed"
    with company.attempt() as connection:
        assert company.findings(connection) == []
