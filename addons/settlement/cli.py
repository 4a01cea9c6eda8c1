"""`guibin settlement closings|ask-close|approve-close|refuse-close`: the closing of settlement's months."""

from __future__ import annotations

import click

from addons.settlement.services import MONTHS
from core.cli.closing import add_closing


@click.group()
def settlement() -> None:
    """The books between headquarters and franchisees: the closing of months."""


add_closing(settlement, MONTHS)

COMMANDS = (settlement,)
