"""Background work: jobs by name, with progress; they run in this process, or on Celery workers where a broker is set."""

from __future__ import annotations

from core.jobs.run import Progress, ask, job, names, run_now

__all__ = ["Progress", "ask", "job", "names", "run_now"]
