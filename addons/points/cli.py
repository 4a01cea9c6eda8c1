"""`guibin points trial|closings|ask-close|approve-close|refuse-close`: the books of the points ledger."""

from __future__ import annotations

from datetime import date

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.points import queries, services
from addons.points.domain import BOOK, STATES
from addons.points.models import CloseRequest
from core import clock
from core.cli.main import connect
from core.db.posting import Command, Operation, Plain, post
from core.db.scope import system_scope
from core.db.session import reading
from core.ids import unguessable
from core.ledger import periods


class _Month(click.ParamType[date]):
    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a month written 2026-05."""
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value!r} is no month: write 2026-05", param, ctx)


MONTH = _Month()
_BY = click.option("--by", required=True, help="Who asks or decides: two different persons close a month.")


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


@points.command()
def closings() -> None:
    """List the months that are closed, and those somebody wants closed."""
    connect()
    with system_scope("guibin points closings"), reading() as session:
        for row in session.scalars(select(CloseRequest).order_by(CloseRequest.id)):
            asked = f"{row.id}: {row} {row.state}, asked for by {row.asked_by}"
            click.echo(asked if row.decided_by is None else f"{asked}, decided by {row.decided_by}")
        last = periods.last_closed(session, BOOK)
    click.echo("nothing is closed" if last is None else f"closed until the end of {periods.named(last)}")


@points.command("ask-close")
@click.argument("month", type=MONTH)
@_BY
def ask_close(month: date, by: str) -> None:
    """Ask for MONTH (2026-05) to be closed, with its figures as they are."""

    def command(session: Session) -> Plain:
        row = services.ask_close(session, month=month, by=by, now=clock.now())
        return {"id": row.id, "entries": row.figures["entries"], "total": row.figures["total"]}

    answer = _post("points.ask_close", {"month": month.isoformat(), "by": by}, command)
    click.echo(f"request {answer['id']}: {answer['entries']:,} entries, total {answer['total']}")


@points.command("approve-close")
@click.argument("request", type=int)
@_BY
def approve_close(request: int, by: str) -> None:
    """Close the month of REQUEST for ever, as the second person."""
    _decide(request, by, approve=True)


@points.command("refuse-close")
@click.argument("request", type=int)
@_BY
def refuse_close(request: int, by: str) -> None:
    """Refuse REQUEST, as the second person."""
    _decide(request, by, approve=False)


def _decide(request: int, by: str, *, approve: bool) -> None:
    def command(session: Session) -> Plain:
        row = services.decide_close(session, request_id=request, approve=approve, by=by, now=clock.now())
        return {"month": str(row), "state": row.state}

    answer = _post("points.decide_close", {"id": request, "approve": approve, "by": by}, command)
    click.echo(f"{answer['month']}: {answer['state']}")


def _post(kind: str, request: Plain, command: Command) -> Plain:
    connect()
    with system_scope(f"guibin {kind}"):
        key = f"{kind}:{unguessable(24)}"
        return post(Operation(kind, key, request), command).answer


COMMANDS = (points,)
