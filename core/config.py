"""Where this installation keeps things; everything comes from the environment, with defaults for one machine."""

from __future__ import annotations

import os
from pathlib import Path


def var_folder() -> Path:
    """Return the folder for the database, secrets, sessions and files (GUIBIN_VAR, default ./var); it is created."""
    folder = Path(os.environ.get("GUIBIN_VAR", "var")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def database_url() -> str:
    """Return the database (GUIBIN_DATABASE, default SQLite in the var folder)."""
    return os.environ.get("GUIBIN_DATABASE") or f"sqlite:///{var_folder() / 'guibin.db'}"


def broker_url() -> str | None:
    """Return the broker of background work (GUIBIN_BROKER), None to run it in this process."""
    return os.environ.get("GUIBIN_BROKER") or None
