"""The application for gunicorn: `core.web.wsgi:app`."""

from __future__ import annotations

import os

from core.db import session
from core.web.app import create_app

app = create_app()


def _leave_connections_to_the_parent() -> None:
    """Open connections of one's own in each worker: two processes on one connection mix up their answers."""
    session.engine().dispose(close=False)


session.engine().dispose()
os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
