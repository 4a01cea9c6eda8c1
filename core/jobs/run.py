"""Declaring, asking for and running jobs; each is recorded with its progress, its result or its error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core import clock
from core.config import broker_url
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import work
from core.errors import NotFound

Work = Callable[..., Any]
_jobs: dict[str, Work] = {}
_nightly: dict[str, int] = {}


#: Is told how far a job is: done, of how many.
Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Progress:
    """Tells how far a job is: on its row, where screens read it, and to whoever waits for it in this process."""

    job_id: int
    tell: Tell | None = None

    def at(self, done: int, total: int) -> None:
        """Record that `done` of `total` is done."""
        with work() as session:
            row = session.get_one(Job, self.job_id)
            row.done, row.total = done, total
        if self.tell is not None:
            self.tell(done, total)


def job(name: str, nightly: int | None = None) -> Callable[[Work], Work]:
    """Declare a function(progress, **arguments) as the job `addon.verb`; TypeError if the name is taken.

    With `nightly` it belongs to the work of each night, in the order of these numbers, and needs no arguments.
    """

    def declare(function: Work) -> Work:
        if _jobs.setdefault(name, function) is not function:
            message = f"there are two jobs {name}"
            raise TypeError(message)
        if nightly is not None:
            _nightly[name] = nightly
        return function

    return declare


def names() -> list[str]:
    """Return the names of all declared jobs."""
    return sorted(_jobs)


def nightly_names() -> list[str]:
    """Return the jobs of each night in their order, ties by name."""
    return sorted(_nightly, key=lambda name: (_nightly[name], name))


def purpose(name: str) -> str:
    """Return the first line of what a job says of itself.

    Refuses with NotFound for an unknown name.
    """
    if name not in _jobs:
        raise NotFound(what="job", which=name)
    return (_jobs[name].__doc__ or "").strip().partition("\n")[0]


def ask(name: str, arguments: Mapping[str, Any], asked_by: int | None = None) -> int:
    """Record a job and have it run: by a worker where a broker is set, else here and now. Returns its id.

    Refuses with NotFound for an unknown name.
    """
    job_id = record(name, arguments, asked_by)
    if broker_url() is None:
        run_now(job_id)
    else:
        from core.jobs.worker import deliver

        deliver(job_id)
    return job_id


def record(name: str, arguments: Mapping[str, Any], asked_by: int | None = None) -> int:
    """Record a job that somebody else starts, and return its id.

    Refuses with NotFound for an unknown name.
    """
    if name not in _jobs:
        raise NotFound(what="job", which=name)
    with system_scope(f"ask for {name}"), work() as session:
        row = Job(name=name, arguments=dict(arguments), asked_at=clock.now(), asked_by=asked_by)
        session.add(row)
        session.flush()
        return row.id


def run_now(job_id: int, tell: Tell | None = None) -> None:
    """Run a recorded job that is still waiting; delivered twice, it runs once. `tell` hears how far it is."""
    with system_scope("start a job"), work() as session:
        row = session.get_one(Job, job_id, with_for_update=True)
        if row.state != "waiting":
            return
        row.state = "running"
        name, arguments = row.name, dict(row.arguments)
    try:
        with system_scope(f"job {name}"):
            result = _jobs[name](Progress(job_id, tell), **arguments)
    except Exception as failure:  # noqa: BLE001 - the worker loop: the error is kept on the job's row
        _end(job_id, "failed", error=f"{type(failure).__name__}: {failure}")
    else:
        _end(job_id, "done", result=result)


def _end(job_id: int, state: str, *, result: Any = None, error: str | None = None) -> None:
    with system_scope("end a job"), work() as session:
        row = session.get_one(Job, job_id)
        row.state, row.result, row.error, row.ended_at = state, result, error, clock.now()
