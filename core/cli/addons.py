"""`guibin addons list|install|upgrade|uninstall|new`."""

from __future__ import annotations

from pathlib import Path

import click

from core import clock
from core.addons import install as installing
from core.addons.discover import available
from core.addons.new import write_addon
from core.config import database_url
from core.db import session


@click.group()
def addons() -> None:
    """The parts of the product."""


@addons.command(name="list")
def list_() -> None:
    """List all addons: installed ones with a mark."""
    present = set(installing.present(session.connect(database_url())))
    for name, manifest in sorted(available().items()):
        mark = "*" if name in present else " "
        needs = f" (needs {', '.join(manifest.depends)})" if manifest.depends else ""
        click.echo(f"{mark} {name} {manifest.version} {manifest.title.zh_hant} {manifest.title.en}{needs}")


@addons.command()
@click.argument("names", nargs=-1, required=True)
def install(names: tuple[str, ...]) -> None:
    """Install addons and what they need; `all` for everything there is."""
    wanted = sorted(available()) if names == ("all",) else names
    new = installing.install(session.connect(database_url()), wanted, clock.now())
    _sync_permissions()
    click.echo(f"installed: {', '.join(new) or 'nothing new'}")


@addons.command()
def upgrade() -> None:
    """Bring everything that is installed up to date."""
    installing.upgrade(session.connect(database_url()), clock.now())
    _sync_permissions()


@addons.command()
@click.argument("name")
@click.option("--purge", is_flag=True, help="Take away its tables and all their rows as well.")
def uninstall(name: str, purge: bool) -> None:
    """Remove an addon; refused while another needs it."""
    installing.uninstall(session.connect(database_url()), name, purge=purge)
    click.echo(f"uninstalled: {name}")


@addons.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to write it.")
def new(name: str, folder: Path | None) -> None:
    """Write a working addon with tests."""
    click.echo(write_addon(name, folder))


def _sync_permissions() -> None:
    from core.web.deploy import sync_permissions

    sync_permissions()
