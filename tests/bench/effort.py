"""How much work something is beside a plain loop in the same process: machines differ, and are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core import clock

_TURNS = 1_000_000


@contextmanager
def at_most(loops: int) -> Iterator[None]:
    """Fail what takes longer than so many loops of a million turns, in processor time."""
    slowest = _loop()
    began = clock.processor_seconds()
    yield
    took = clock.processor_seconds() - began
    slowest = max(slowest, _loop())
    assert took <= loops * slowest, f"{took / slowest:.1f} loops"


def _loop() -> float:
    began = clock.processor_seconds()
    for _ in range(_TURNS):
        pass
    return clock.processor_seconds() - began
