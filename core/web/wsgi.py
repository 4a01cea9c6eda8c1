"""The application for gunicorn: `core.web.wsgi:app`."""

from __future__ import annotations

import gc
import os

from core.db import session
from core.web.app import create_app

app = create_app()
# What is there now stays: the collector need not look through it again and again.
gc.collect()
gc.freeze()


def _leave_connections_to_the_parent() -> None:
    """Open connections of one's own in each worker: two processes on one connection mix up their answers."""
    session.engine().dispose(close=False)


session.engine().dispose()
os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
