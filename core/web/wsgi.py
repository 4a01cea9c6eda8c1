"""The application for gunicorn: `core.web.wsgi:app`."""

from __future__ import annotations

from core.web.app import create_app

app = create_app()
