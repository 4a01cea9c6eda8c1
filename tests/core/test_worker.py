"""A Celery worker over Redis runs what was asked for; a message that comes twice runs its job once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core import clock
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading
from core.jobs import run

ROOT = Path(__file__).parents[2]


@pytest.mark.redis
def test_a_worker_runs_a_job_once_however_often_it_is_delivered(database: Engine, broker: str) -> None:
    """Asked for here, done there."""
    url = database.url.render_as_string(hide_password=False)
    environment = os.environ | {"GUIBIN_DATABASE": url, "GUIBIN_BROKER": broker, "PYTHONPATH": str(ROOT)}
    ask = "\n".join(
        [
            "from core.addons.install import load_installed",
            "from core.db.session import connect",
            f"load_installed(connect({url!r})).load_jobs()",
            "from core.jobs import ask",
            "from core.jobs.worker import deliver",
            "number = ask('points.release_pending', {})",
            "deliver(number)",
            "print(number)",
        ]
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    job_id = int(asked.stdout)
    assert _state(job_id) == "waiting"
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "core.jobs.worker",
        "worker",
        "--pool",
        "solo",
        "--loglevel",
        "error",
    ]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as worker:
        began = clock.elapsed_seconds()
        while _state(job_id) != "done" and clock.elapsed_seconds() - began < 60:
            assert worker.poll() is None
        worker.terminate()
    assert _state(job_id) == "done"
    assert run.names()


def _state(job_id: int) -> str:
    with system_scope("test"), reading() as session:
        return session.get_one(Job, job_id).state
