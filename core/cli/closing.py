"""The commands that close months, for the group of a ledger: closings, ask-close, approve-close, refuse-close."""

from __future__ import annotations

from datetime import date

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.cli.main import connect
from core.db.models import CloseRequest
from core.db.posting import Command, Operation, Plain, post
from core.db.scope import system_scope
from core.db.session import reading
from core.ids import unguessable
from core.ledger import closing, periods
from core.ledger.closing import Months


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


def add_closing(group: click.Group, months: Months) -> None:
    """Give a group the commands that close the months of its ledger."""

    @group.command()
    def closings() -> None:
        """List the months that are closed, and those somebody wants closed."""
        _list(months)

    @group.command("ask-close")
    @click.argument("month", type=MONTH)
    @_BY
    def ask_close(month: date, by: str) -> None:
        """Ask for MONTH (2026-05) to be closed, with its figures as they are."""
        _ask(months, month, by)

    @group.command("approve-close")
    @click.argument("request", type=int)
    @_BY
    def approve_close(request: int, by: str) -> None:
        """Close the month of REQUEST for ever, as the second person."""
        _decide(months, request, by, approve=True)

    @group.command("refuse-close")
    @click.argument("request", type=int)
    @_BY
    def refuse_close(request: int, by: str) -> None:
        """Refuse REQUEST, as the second person."""
        _decide(months, request, by, approve=False)


def _list(months: Months) -> None:
    connect()
    wanted = select(CloseRequest).where(CloseRequest.book == months.book).order_by(CloseRequest.id)
    with system_scope(f"guibin {months.book} closings"), reading() as session:
        for row in session.scalars(wanted):
            asked = f"{row.id}: {row} {row.state}, asked for by {row.asked_by}"
            click.echo(asked if row.decided_by is None else f"{asked}, decided by {row.decided_by}")
        last = periods.last_closed(session, months.book)
    click.echo("nothing is closed" if last is None else f"closed until the end of {periods.named(last)}")


def _ask(months: Months, month: date, by: str) -> None:
    def command(session: Session) -> Plain:
        row = closing.ask_close(session, months, month=month, by=by, now=clock.now())
        return {"id": row.id, "entries": row.figures["entries"], "total": row.figures["total"]}

    answer = _post(f"{months.book}.ask_close", {"month": month.isoformat(), "by": by}, command)
    click.echo(f"request {answer['id']}: {answer['entries']:,} entries, total {answer['total']}")


def _decide(months: Months, request: int, by: str, *, approve: bool) -> None:
    def command(session: Session) -> Plain:
        row = closing.decide_close(session, months, request_id=request, approve=approve, by=by, now=clock.now())
        return {"month": str(row), "state": row.state}

    answer = _post(f"{months.book}.decide_close", {"id": request, "approve": approve, "by": by}, command)
    click.echo(f"{answer['month']}: {answer['state']}")


def _post(kind: str, request: Plain, command: Command) -> Plain:
    connect()
    with system_scope(f"guibin {kind}"):
        key = f"{kind}:{unguessable(24)}"
        return post(Operation(kind, key, request), command).answer
