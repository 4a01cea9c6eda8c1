"""`python -m core.web.apart JOB`: runs one recorded job in this process and ends."""

from __future__ import annotations

import sys

from sqlalchemy import update

from core import clock
from core.addons.install import load_installed
from core.config import database_url
from core.db import session
from core.db.models import Job
from core.jobs import run_now
from core.web.admin import change
from core.web.lists import exporting
from core.web.security import models

#: Imported for what they declare: the kernel's jobs, and the table of accounts that a job's row refers to.
DECLARED = (change.JOB, exporting.JOB, models.User)


def main(job_id: int) -> None:
    """Run the job; how it ended stands on its row, also where it could not even begin."""
    engine = session.connect(database_url())
    try:
        load_installed(engine)
        run_now(job_id)
    except Exception as failure:
        told = {"state": "failed", "error": f"{type(failure).__name__}: {failure}", "ended_at": clock.now()}
        with engine.begin() as connection:
            connection.execute(update(Job.__table__).where(Job.__table__.c.id == job_id).values(told))
        raise


if __name__ == "__main__":
    main(int(sys.argv[1]))
