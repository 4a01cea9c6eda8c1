"""Where this installation keeps things; everything comes from the environment, with defaults for one machine."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from functools import cache
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


def kept_secret(name: str, folder: Path | None = None) -> str:
    """Return a secret of this installation, kept in the var folder; the first of several workers makes it."""
    path = (folder or var_folder()) / name
    if not path.exists():
        drawn = path.with_name(f"{name}.{os.getpid()}")
        with os.fdopen(os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(drawn, path)  # whole or not at all, and never over another worker's
        drawn.unlink()
    return path.read_text("utf-8").strip()


@cache
def ledger_key() -> bytes:
    """Return the key of the ledgers' hashes (GUIBIN_LEDGER_KEY, else one is made and kept in the var folder).

    It lies outside the database, and stays the same for ever: with another key no entry would verify.
    """
    return (os.environ.get("GUIBIN_LEDGER_KEY") or kept_secret("ledger.key")).encode()


@cache
def factor_key() -> bytes:
    """Return the key of second factors (GUIBIN_FACTOR_KEY, else one is made and kept in the var folder).

    It lies outside the database: whoever has a copy of that alone can make no code. With another key nobody's second
    factor opens any more, and each has to be taken away and set up anew.
    """
    return (os.environ.get("GUIBIN_FACTOR_KEY") or kept_secret("factor.key")).encode()


def seal_folder() -> Path:
    """Return the folder of the keys that sign seals (GUIBIN_SEAL_KEYS, default var/seal); it is created.

    The sealer alone needs the secret one; whoever verifies needs the public ones.
    """
    return _folder("GUIBIN_SEAL_KEYS", "seal", 0o700)


def anchors_folder() -> Path:
    """Return the folder where the heads of the seals are written down (GUIBIN_ANCHORS, default var/anchors)."""
    return _folder("GUIBIN_ANCHORS", "anchors", 0o755)


def _folder(variable: str, name: str, mode: int) -> Path:
    given = os.environ.get(variable)
    folder = Path(given).absolute() if given else var_folder() / name
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    return folder
