"""The only reader of the time; everything else is told what time it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)


def now() -> datetime:
    """Return the present moment in UTC, or the one given by `fixed`."""
    return _fixed.get() or datetime.now(UTC)


def processor_seconds() -> float:
    """Return the processor time of this process, for benchmarks and progress only."""
    return time.process_time()


def elapsed_seconds() -> float:
    """Return a steadily running time in seconds, for time-outs and progress only."""
    return time.monotonic()


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Make `now()` return `at` (aware) within the block."""
    if at.tzinfo is None:
        message = "a moment needs its time zone"
        raise ValueError(message)
    token = _fixed.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
