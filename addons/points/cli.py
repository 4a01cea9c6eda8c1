"""`guibin points trial|closings|ask-close|approve-close|refuse-close`: the books of the points ledger."""

from __future__ import annotations

from datetime import date

import click

from addons.points import queries
from addons.points.domain import STATES
from addons.points.services import MONTHS
from core.cli.closing import MONTH, add_closing
from core.cli.main import connect
from core.db.scope import system_scope
from core.db.session import reading


@click.group()
def points() -> None:
    """The points ledger: its trial balance, and the closing of months."""


@points.command()
@click.argument("month", type=MONTH, required=False)
def trial(month: date | None) -> None:
    """Print what is in each account at the end of MONTH (2026-05), or now; exit code 1 if it is not nothing in all."""
    connect()
    with system_scope("guibin points trial"), reading() as session:
        held = queries.balances(session, None if month is None else queries.last_day(month))
    sums = {state: sum(states.get(state, 0) for states in held.values()) for state in STATES}
    for state, amount in sums.items():
        if amount:
            click.echo(f"{state:<12}{amount:>16,}")
    total = sum(sums.values())
    click.echo(f"{'total':<12}{total:>16,}")
    raise SystemExit(1 if total else 0)


add_closing(points, MONTHS)

COMMANDS = (points,)
