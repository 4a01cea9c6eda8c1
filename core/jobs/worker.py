"""Celery: `celery -A core.jobs.worker worker`; the message is a job's id, its row says the rest."""

from __future__ import annotations

from celery import Celery

from core.config import broker_url, database_url

app = Celery("guibin", broker=broker_url() or "memory://")
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_ignore_result=True)


@app.task(name="guibin.run_job")
def run_job(job_id: int) -> None:
    """Run a recorded job in a worker process."""
    from core.addons.install import load_installed
    from core.db import session
    from core.jobs.run import run_now

    load_installed(session.connect(database_url())).load_jobs()
    run_now(job_id)


def deliver(job_id: int) -> None:
    """Send a job to the workers."""
    run_job.delay(job_id)
