"""How often a till may call: counted in Redis for all workers together where it is configured, else in each worker.

The database is not asked to count: a quote writes nothing, and must not begin to.
"""

from __future__ import annotations

from threading import Lock

from flask import current_app
from limits import RateLimitItemPerMinute

from addons.pos.services import TooManyCalls
from core import clock
from core.web.here import builder

_SECONDS = 60
_NAMESPACE = "pos"


class Minutes:
    """Calls by till within the minute that runs."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._lock = Lock()
        self._minute = 0
        self._calls: dict[str, int] = {}

    def count(self, key: str) -> int:
        """Count a call and return how many there were within the minute."""
        minute = int(clock.elapsed_seconds()) // _SECONDS
        with self._lock:
            if minute != self._minute:
                self._minute, self._calls = minute, {}
            self._calls[key] = self._calls.get(key, 0) + 1
            return self._calls[key]

    def forget(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls = {}


here = Minutes()


def count_call(key_id: str, most: int) -> None:
    """Count a call of a till; refuses with TooManyCalls beyond `most` within a minute."""
    if current_app.config["RATELIMIT_STORAGE_URI"].startswith("redis"):
        fits = builder().sm.limiter.limiter.hit(RateLimitItemPerMinute(most), _NAMESPACE, key_id)
    else:
        fits = here.count(key_id) <= most
    if not fits:
        raise TooManyCalls(most=most)
