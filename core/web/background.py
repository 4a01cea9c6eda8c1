"""Work that takes longer than an answer may: a recorded job is run by a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from core.db.session import engine

_started: list[subprocess.Popen[bytes]] = []


def start(job_id: int) -> None:
    """Let a recorded job be run by another process; how far it is, and how it ended, stands on its row."""
    _started[:] = [process for process in _started if process.poll() is None]
    url = engine().url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "core.web.apart", str(job_id)]
    _started.append(
        subprocess.Popen(  # noqa: S603 - this product, with a number
            command, env={**os.environ, "GUIBIN_DATABASE": url}, stdin=subprocess.DEVNULL, start_new_session=True
        )
    )
