"""What belongs to the application that is answering."""

from __future__ import annotations

from typing import Any

from flask import current_app


def builder() -> Any:
    """Return the application's Flask-AppBuilder; `builder().session` is the session of the request."""
    return current_app.extensions["appbuilder"]
