"""`guibin serve|setup|db|addons|jobs|...`; installed addons add their own commands."""

from __future__ import annotations

import sys
from typing import Any

import click

from core.addons import registry
from core.addons.discover import available
from core.addons.graph import AddonsDoNotFit, in_order
from core.addons.install import load_installed
from core.addons.manifest import ManifestError
from core.cli.addons import addons
from core.cli.database import db
from core.cli.jobs import jobs
from core.cli.serve import serve, setup
from core.config import database_url
from core.db import session
from core.errors import Refusal


class Guibin(click.Group):
    """The kernel's commands and those of the addons: without a database those that need none still work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all command names."""
        return sorted({*super().list_commands(ctx), *self._addons()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command of the kernel or of an addon."""
        return super().get_command(ctx, cmd_name) or self._addons().get(cmd_name)

    @staticmethod
    def _addons() -> dict[str, Any]:
        found = available()
        loaded = registry.Registry(tuple(in_order(found, found)))
        commands: dict[str, Any] = {}
        for command in loaded.commands():
            _merge(commands, command)
        return commands


def _merge(commands: dict[str, Any], command: Any) -> None:
    """Add a command; two groups of one name become one."""
    known = commands.setdefault(command.name, command)
    if known is not command and isinstance(known, click.Group) and isinstance(command, click.Group):
        known.commands.update(command.commands)


def connect() -> None:
    """Connect the configured database and load what is installed in it."""
    load_installed(session.connect(database_url()))


@click.group(cls=Guibin)
def cli() -> None:
    """Guibin 貴賓: the VIP-programme back-office."""


for _command in (serve, setup, db, addons, jobs):
    cli.add_command(_command)


def main() -> None:
    """Run the command; a refusal is one line on standard error and exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except Refusal as refusal:
        _stop(f"{refusal} [{refusal.code}]")
    except (AddonsDoNotFit, ManifestError) as problem:
        _stop(str(problem))
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except click.Abort:
        sys.exit(130)


def _stop(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
