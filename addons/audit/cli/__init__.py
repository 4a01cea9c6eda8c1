"""`guibin demo complete-journey` and `guibin audit ...`."""

from __future__ import annotations

from addons.audit.cli.demo import FIRST, LAST, demo, print_summary
from addons.audit.cli.seals import audit

__all__ = ["COMMANDS", "FIRST", "LAST", "print_summary"]

COMMANDS = (demo, audit)
