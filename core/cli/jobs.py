"""`guibin jobs list|run|nightly`: background work from a shell or a timer, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from core import jobs as background
from core.addons.install import load_installed
from core.cli.progress import watching
from core.config import database_url
from core.db import session
from core.db.models import Job
from core.db.scope import system_scope


@click.group()
def jobs() -> None:
    """Background work."""


@jobs.command(name="list")
def list_() -> None:
    """List all jobs with what they do; those of each night carry their place in it."""
    _load()
    order = background.nightly_names()
    for name in background.names():
        place = f"{order.index(name) + 1}" if name in order else "-"
        click.echo(f"{place:>2} {name:28} {background.purpose(name)}")


@jobs.command()
@click.argument("name")
def run(name: str) -> None:
    """Run the job NAME here and now; exit code 1 if it fails."""
    _load()
    _end([_run(name)])


@jobs.command()
def nightly() -> None:
    """Run the work of the night in its order; one that fails does not keep back the next, and the exit code is 1."""
    _load()
    _end([_run(name) for name in background.nightly_names()])


def _load() -> None:
    load_installed(session.connect(database_url())).load_jobs()


def _run(name: str) -> bool:
    """Run a job here, also where a broker is set: the next one may need what it did. Return whether it ended well."""
    job_id = background.record(name, {})
    with watching(name) as tell:
        background.run_now(job_id, tell)
    with system_scope("guibin jobs"), session.reading() as opened:
        row = opened.get_one(Job, job_id)
        told = row.error if row.state == "failed" else json.dumps(row.result, ensure_ascii=False)
        click.echo(f"{name}: {row.state}: {told}", err=row.state == "failed")
        return row.state == "done"


def _end(well: Iterable[bool]) -> None:
    if not all(well):
        raise SystemExit(1)
