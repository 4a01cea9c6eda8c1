"""`guibin import members|products|purchases FILE` and `guibin demo load`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from addons.sales.demo import shop
from addons.sales.services import import_purchases
from core import clock
from core.cli.main import connect
from core.cli.progress import bars, show
from core.db.scope import system_scope
from core.imports.records import Wanted, import_records, recipe
from core.periods import local_day


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


@click.group()
def demo() -> None:
    """Data to try the product with."""


@demo.command()
def load() -> None:
    """Make the invented shop: 8 stores, 2,000 members, 20,000 receipts over 18 months until yesterday, and today's.

    Nothing where it is there.
    """
    connect()
    now = clock.now()
    with system_scope("demo"), bars() as tell:
        made = shop.load(tell("receipts"), local_day(now) - timedelta(days=1), until=now)
    click.echo("demo: loaded" if made else "demo: is there already")


COMMANDS = (import_, demo)
