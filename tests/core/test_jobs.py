"""Background work from the command line and in a worker: in order, recorded, and loud when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from core.cli.jobs import jobs
from core.cli.main import cli
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading
from core.errors import NotFound
from core.jobs import Progress, job, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(database: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a fresh database, as commands are told it."""
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("GUIBIN_DATABASE", url)
    return url


@pytest.fixture
def own_jobs() -> Iterator[None]:
    """Whatever a test declares is forgotten afterwards."""
    known, nightly = dict(run._jobs), dict(run._nightly)
    yield
    run._jobs.clear()
    run._jobs.update(known)
    run._nightly.clear()
    run._nightly.update(nightly)


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(jobs, arguments)


def _rows() -> list[tuple[str, str]]:
    with system_scope("test"), reading() as session:
        return [(row.name, row.state) for row in session.scalars(select(Job).order_by(Job.id))]


def test_the_night_reviews_tiers_first_and_gives_points_last(address: str) -> None:
    done = _call("nightly")
    assert done.exit_code == 0, done.output
    expected = ["tiers.review", "tiers.convert_due", "tiers.end_grants", "points.release_pending"]
    at = [[name for name, _ in _rows()].index(name) for name in expected]
    assert at == sorted(at)
    assert {state for _, state in _rows()} == {"done"}


def test_the_list_names_each_job_with_what_it_does_and_its_place_in_the_night(address: str) -> None:
    lines = _call("list").output.splitlines()
    review = next(line for line in lines if "tiers.review" in line)
    assert review.split()[0] == "1"
    assert "Review the members of every brand" in review


def test_one_job_runs_alone_and_tells_its_result(address: str) -> None:
    done = _call("run", "points.release_pending")
    assert (done.exit_code, done.output.strip()) == (0, 'points.release_pending: done: {"released": 0}')
    assert _rows() == [("points.release_pending", "done")]


def test_an_unknown_job_is_refused_and_nothing_is_recorded(address: str) -> None:
    assert isinstance(_call("run", "no.such").exception, NotFound)
    assert _rows() == []


@pytest.mark.usefixtures("own_jobs")
def test_one_failure_does_not_keep_back_the_next_and_ends_with_exit_code_1(address: str) -> None:
    @job("test.breaks", nightly=-2)
    def breaks(_progress: Progress) -> None:
        message = "no paper"
        raise ValueError(message)

    @job("test.follows", nightly=-1)
    def follows(_progress: Progress) -> dict[str, int]:
        return {"done": 1}

    done = _call("nightly")
    assert done.exit_code == 1
    assert "test.breaks: failed: ValueError: no paper" in done.output
    assert _rows()[:2] == [("test.breaks", "failed"), ("test.follows", "done")]


def test_a_worker_runs_what_was_asked_for_in_a_process_of_its_own(address: str) -> None:
    pytest.importorskip("celery")
    _call("list")  # declares the jobs
    waiting = run.record("points.release_pending", {})
    command = [sys.executable, "-c", f"from core.jobs.worker import run_job; run_job({waiting})"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"GUIBIN_DATABASE": address}, check=True)
    assert _rows() == [("points.release_pending", "done")]


def test_the_command_has_the_group() -> None:
    assert "jobs" in cli.commands
