"""`guibin pos relay`: the process that sends what happened to those who are told of it."""

from __future__ import annotations

import time

import click

from addons.pos import services
from core.cli.main import connect
from core.db.scope import system_scope
from core.web.config import from_environment


@click.group()
def pos() -> None:
    """Tills of other makers, and partners who are told what happened."""


@pos.command()
@click.option("--every", default=5, type=click.IntRange(1, 3600), help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Send what is due now and end.")
def relay(every: int, *, once: bool) -> None:
    """Send messages to webhooks until it is stopped; it may be stopped or killed at any moment."""
    connect()
    secret = from_environment().secret_key
    with system_scope("relay"):
        while True:
            passed = services.relay_once(secret)
            if once or any(passed):
                click.echo(f"queued {passed.queued}, sent {passed.sent}, failed {passed.failed}")
            if once:
                return
            time.sleep(every)


COMMANDS = (pos,)
