"""`guibin tiers review`: the review of every brand, now and here."""

from __future__ import annotations

import click

from core.addons import registry
from core.cli.main import connect
from core.cli.progress import watching
from core.db.models import Job
from core.db.scope import system_scope
from core.db.session import reading
from core.jobs import record, run_now

REVIEW = "tiers.review"


@click.group()
def tiers() -> None:
    """Tiers: who climbs."""


@tiers.command()
@click.option("--whole", is_flag=True, help="Everybody, not only members with something new since the last review.")
def review(*, whole: bool) -> None:
    """Review the members of every brand; run again on the same day it goes on, and raises nobody twice."""
    connect()
    registry.loaded().load_jobs()
    job_id = record(REVIEW, {"whole": whole})
    with watching(REVIEW) as tell:
        run_now(job_id, tell)
    with system_scope("guibin tiers"), reading() as session:
        row = session.get_one(Job, job_id)
        if row.state == "failed":
            click.echo(f"{REVIEW}: {row.error}", err=True)
            raise SystemExit(1)
        click.echo(f"climbed: {(row.result or {})['climbed']}")


COMMANDS = (tiers,)
