"""Sessions kept on the server: files on one machine, Redis on several; they end when idle and after a day's work."""

from __future__ import annotations

from typing import Any

from cachelib.file import FileSystemCache
from flask import Flask, session
from flask_login import current_user, logout_user
from flask_session import Session

from core import clock
from core.web.config import WebConfig

#: What begins so in a session is work that is not finished: it is there again once the same person is back.
UNFINISHED = "unfinished:"
_LEFT = "left"
#: The last use is written down at most this often, in seconds.
_COARSE = 60


def set_up(app: Flask, config: WebConfig) -> None:
    """Keep sessions on the server and end those that are idle or old."""
    if config.redis_url:
        import redis

        app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis.Redis.from_url(config.redis_url))
    else:
        folder = config.var / "sessions"
        lasting = int(config.longest.total_seconds())
        store = FileSystemCache(str(folder), threshold=50_000, default_timeout=lasting, mode=0o600)
        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=store)
    Session(app)
    idle, longest = int(config.idle.total_seconds()), int(config.longest.total_seconds())

    @app.before_request
    def end_if_over() -> None:
        now = int(clock.now().timestamp())
        if "began" not in session:
            return
        if now - session["seen"] > idle or now - session["began"] > longest:
            _end()
        elif now - session["seen"] >= _COARSE:
            session["seen"] = now


def left_by(user_id: int) -> dict[str, Any]:
    """Return what a person had not finished when the session of this browser ended by itself."""
    left: dict[str, Any] = session.get(_LEFT) or {}
    return dict(left["work"]) if left.get("by") == str(user_id) else {}


def _end() -> None:
    language: Any = session.get("locale")
    work = {name: value for name, value in session.items() if name.startswith(UNFINISHED)}
    left = {"by": session.get("_user_id"), "work": work}
    if current_user.is_authenticated:
        logout_user()
    session.clear()
    if language:
        session["locale"] = language
    if work:
        session[_LEFT] = left
