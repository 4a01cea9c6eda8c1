"""Jobs a person waits for that take longer than a page may: by a worker where a broker is set, else in a process apart.

`python -m core.jobs.apart JOB` runs one recorded job and ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from core import clock
from core.addons.install import load_installed
from core.config import broker_url, database_url
from core.db import session
from core.db.models import Job
from core.jobs.run import record, run_now

_started: list[subprocess.Popen[bytes]] = []


def begin(name: str, arguments: Mapping[str, Any], asked_by: int | None = None) -> int:
    """Record a job, let it begin somewhere else, and return its id.

    Refuses with NotFound for an unknown name.
    """
    job_id = record(name, arguments, asked_by)
    if broker_url() is not None:
        from core.jobs.worker import deliver

        deliver(job_id)
        return job_id
    _started[:] = [process for process in _started if process.poll() is None]
    url = session.engine().url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "core.jobs.apart", str(job_id)]
    _started.append(
        subprocess.Popen(  # noqa: S603 - this product, with a number
            command, env={**os.environ, "GUIBIN_DATABASE": url}, stdin=subprocess.DEVNULL, start_new_session=True
        )
    )
    return job_id


def main(job_id: int) -> None:
    """Run the job; how it ended stands on its row, also where it could not even begin."""
    engine = session.connect(database_url())
    try:
        load_installed(engine).load_jobs()
        run_now(job_id)
    except Exception as failure:
        told = {"state": "failed", "error": f"{type(failure).__name__}: {failure}", "ended_at": clock.now()}
        with engine.begin() as connection:
            connection.execute(update(Job.__table__).where(Job.__table__.c.id == job_id).values(told))
        raise


if __name__ == "__main__":
    main(int(sys.argv[1]))
