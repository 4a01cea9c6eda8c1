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

    def seconds_left(self) -> int:
        """Return in how many seconds the minute is over."""
        return _SECONDS - int(clock.elapsed_seconds()) % _SECONDS

    def forget(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls = {}


here = Minutes()


def count_call(key_id: str, most: int) -> None:
    """Count a call of a till; refuses with TooManyCalls beyond `most` within a minute."""
    if current_app.config["RATELIMIT_STORAGE_URI"].startswith("redis"):
        _count_together(key_id, most)
    elif here.count(key_id) > most:
        raise TooManyCalls(most=most, seconds=here.seconds_left())


def _count_together(key_id: str, most: int) -> None:
    counter, limit = builder().sm.limiter.limiter, RateLimitItemPerMinute(most)
    if not counter.hit(limit, _NAMESPACE, key_id):
        ends = counter.get_window_stats(limit, _NAMESPACE, key_id).reset_time
        raise TooManyCalls(most=most, seconds=min(_SECONDS, max(1, int(ends - clock.now().timestamp()))))
