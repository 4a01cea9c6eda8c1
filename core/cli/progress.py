"""What long commands show: a bar for each part of the work, and what became of a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from core.imports.records import Progress, Summary

#: A bar for the work so named.
Tell = Callable[[str], Progress]


@contextmanager
def watching(what: str) -> Iterator[Progress | None]:
    """Show a bar for work that may take long, where somebody sits at a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with bars() as tell:
        yield tell(what)


@contextmanager
def bars() -> Iterator[Tell]:
    """Show a bar for each part of a long work."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as shown:

        def tell(what: str) -> Progress:
            task: TaskID = shown.add_task(what, total=None)
            return lambda done, total: shown.update(task, completed=done, total=total)

        yield tell


def show(found: Summary, kind: str, *, dry_run: bool = False) -> None:
    """Print what became of a file."""
    table = Table(title=f"{kind}{' (dry run: nothing was written)' if dry_run else ''}")
    for name in ("rows", "new", "changed", "unchanged", "rejected"):
        table.add_column(name, justify="right")
    figures = (found.rows, found.added, found.changed, found.unchanged, found.rejected)
    table.add_row(*(f"{figure:,}" for figure in figures))
    Console().print(table)
    for problem in found.first_problems:
        click.echo(problem, err=True)
