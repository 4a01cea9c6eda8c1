"""The web processes under gunicorn: the master that keeps them, and how one is started anew."""

from __future__ import annotations

import os
import signal


def master() -> int | None:
    """Return the process that keeps this web process; None where gunicorn does not serve."""
    served = os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")
    return os.getppid() if served else None


def reload(pid: int | None) -> bool:
    """Let a master start all its web processes anew, each after its present request; tell whether it is there."""
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return False
    return True


def retire() -> None:
    """Let this web process end after its present request; its master starts another, with the addons of now."""
    if master() is not None:
        os.kill(os.getpid(), signal.SIGTERM)
