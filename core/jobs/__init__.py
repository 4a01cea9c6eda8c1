"""Background work: jobs by name, with progress; run in this process, or by Celery workers where a broker is set."""

from __future__ import annotations

from core.jobs.run import Progress, ask, job, names, nightly_names, purpose, record, run_now

__all__ = ["Progress", "ask", "job", "names", "nightly_names", "purpose", "record", "run_now"]
