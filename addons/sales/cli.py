"""`guibin import members|products|purchases FILE` and `guibin demo load`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from addons.sales.demo import shop
from addons.sales.services import import_purchases
from core import clock
from core.cli.main import connect
from core.db.scope import system_scope
from core.imports.records import Progress, Summary, Wanted, import_records, recipe

#: A bar for the work so named.
Tell = Callable[[str], Progress]


@contextmanager
def bars() -> Iterator[Tell]:
    """Show a bar for each part of a long work."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as shown:

        def tell(what: str) -> Progress:
            task: TaskID = shown.add_task(what, total=None)
            return lambda done, total: shown.update(task, completed=done, total=total)

        yield tell


@click.group(name="import")
def import_() -> None:
    """Members, products and past purchases from CSV, XLSX and Parquet files."""


def _import_command(kind: str, help_: str) -> None:
    """Add one kind of import to the group."""

    @import_.command(name=kind, help=help_)
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @click.option("--mapping", type=click.Path(path_type=Path, exists=True), help="Which column is which field (YAML).")
    @click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
    @click.option("--rejects", type=click.Path(path_type=Path), help="CSV file for the rows that cannot be taken.")
    def run(file: Path, mapping: Path | None, rejects: Path | None, *, dry_run: bool) -> None:
        connect()
        with system_scope(f"import {kind}"), bars() as tell:
            wanted = Wanted(file, mapping, dry_run, rejects, tell(kind))
            found = (
                import_purchases(wanted, clock.now()) if kind == "purchases" else import_records(wanted, recipe(kind))
            )
        show(found, kind, dry_run=dry_run)
        raise SystemExit(1 if found.rejected else 0)


_import_command("members", "Import members; who is there already, by phone number, is completed.")
_import_command("products", "Import products; those that are there already, by code, are changed.")
_import_command("purchases", "Import past purchases in time order; receipts that are there already stay as they are.")


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


@click.group()
def demo() -> None:
    """Data to try the product with."""


@demo.command()
def load() -> None:
    """Make the invented shop: 8 stores, 2,000 members, 20,000 receipts over 18 months; nothing where it is there."""
    connect()
    with system_scope("demo"), bars() as tell:
        made = shop.load(tell("receipts"))
    click.echo("demo: loaded" if made else "demo: is there already")


COMMANDS = (import_, demo)
