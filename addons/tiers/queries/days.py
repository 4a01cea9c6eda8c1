"""Days worked out by the database, the same on SQLite and PostgreSQL as in `domain.windows` and `core.periods`."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class local_day(FunctionElement[date]):  # noqa: N801 - named as the function it stands for
    """The business day of a moment, in the time of the default market (UTC+8 all year)."""

    type = Date()
    inherit_cache = True
    name = "local_day"


class period_opens(FunctionElement[date]):  # noqa: N801 - same
    """The first day of the period of so many months from an anchor on in which a day lies (anchor, day, months)."""

    type = Date()
    inherit_cache = True
    name = "period_opens"


def opens_for(anchor: ColumnElement[Any], day: date | Any, months: int) -> ColumnElement[date]:
    """Return the first day of the period of so many months from `anchor` on in which `day` (a date or a bind) lies."""
    asked = literal(day, Date()) if isinstance(day, date) else bindparam(day, type_=Date())
    return period_opens(anchor, asked, literal(months))


@compiles(local_day, "postgresql")
def _local_day_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(({_parts(element, compiler, kw)[0]}) AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@compiles(local_day, "sqlite")
def _local_day_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({_parts(element, compiler, kw)[0]}, '+8 hours')"


@compiles(period_opens, "postgresql")
def _period_opens_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    anchor, day, months = _parts(element, compiler, kw)
    apart = " + ".join(
        f"(extract({part} from {day}) - extract({part} from {anchor}))::int * {weight}"
        for part, weight in (("year", 12), ("month", 1))
    )
    whole = f"({apart} - CASE WHEN {_later(anchor, apart)} > {day} THEN 1 ELSE 0 END)"
    return _later(anchor, f"greatest({whole} / {months}, 0) * {months}")


def _later(anchor: str, months: str) -> str:
    return f"CAST({anchor} + make_interval(months => ({months})::int) AS DATE)"


@compiles(period_opens, "sqlite")
def _period_opens_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    anchor, day, months = _parts(element, compiler, kw)
    apart = " + ".join(
        f"(CAST(strftime('{part}', {day}) AS INTEGER) - CAST(strftime('{part}', {anchor}) AS INTEGER)) * {weight}"
        for part, weight in (("%Y", 12), ("%m", 1))
    )
    whole = f"(({apart}) - ({_later_sqlite(anchor, apart)} > {day}))"
    return _later_sqlite(anchor, f"max({whole} / {months}, 0) * {months}")


def _later_sqlite(anchor: str, months: str) -> str:
    """SQLite goes beyond the end of a short month; the last day of that month is what is meant."""
    same = f"date({anchor}, ({months}) || ' months')"
    return f"min({same}, date({anchor}, 'start of month', (({months}) + 1) || ' months', '-1 day'))"


def _parts(element: Any, compiler: SQLCompiler, kw: dict[str, Any]) -> list[str]:
    return [f"({compiler.process(part, **kw)})" for part in element.clauses]
