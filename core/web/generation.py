"""A worker that was started with another set of addons steps aside until it is started anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from core import settings
from core.db.models import Generation
from core.db.session import engine, glance
from core.db.statement import Statement
from core.web import workers
from core.web.security import factor

#: Sends ahead what a request will ask first, and gives what takes the answer; None where it will ask nothing.
Look = Callable[[Session], Callable[[], None] | None]

_NUMBER = select(Generation.__table__.c.number)
_NOW = Statement(select(_NUMBER.scalar_subquery(), settings.LAST_CHANGE, factor.HOW_MANY_ROLES))


def at_start() -> int | None:
    """Return the number of now, to be read before the addons are; None before there are tables."""
    with engine().connect() as connection:
        if not inspect(connection).has_table(Generation.__tablename__):
            return None
        return connection.execute(_NUMBER).scalar() or 0


def set_up(app: Flask, number: int | None, looks: Iterable[Look] = ()) -> None:
    """Compare the generation with that of the start before each request, and read settings again that were changed.

    `looks` go along on the same journey to the database, and whether any role must have a second factor.
    """
    app.extensions["guibin_generation"] = number

    @app.before_request
    def step_aside() -> Any:
        if request.path.startswith("/static/"):
            return None
        with glance() as session:
            takes = [look(session) for look in looks]
            number, changes, g.factor_roles = (found or 0 for found in _NOW.all(session)[0])
            settings.refresh_after(session, changes)
            for take in filter(None, takes):
                take()
        if app.extensions["guibin_generation"] is None:
            app.extensions["guibin_generation"] = number
        if number != app.extensions["guibin_generation"]:
            from core.web.errors import answer

            workers.retire()
            repeat = (
                "" if request.method == "GET" else gettext("Nothing was changed: go back and press the button again.")
            )
            return answer(503, detail=repeat, code="stale")
        return None
