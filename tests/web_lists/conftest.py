"""The application of tests/web, with its people and rows."""

from __future__ import annotations

from tests.web.conftest import app, as_, built, client, cookies

__all__ = ["app", "as_", "built", "client", "cookies"]
