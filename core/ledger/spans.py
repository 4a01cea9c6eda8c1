"""Unbroken runs of keys: which rows a seal covers, and where later ones may still turn up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.ledger.chain import Span

MOST_GAPS = 60


class Runs:
    """Keys that come in ascending order, gathered into unbroken runs; the same key may come several times."""

    def __init__(self) -> None:
        self._runs: list[list[int]] = []

    def add(self, key: int) -> None:
        """Take the next key."""
        if self._runs and key <= self._runs[-1][1] + 1:
            self._runs[-1][1] = key
        else:
            self._runs.append([key, key])

    def spans(self) -> tuple[Span, ...]:
        """Return the runs."""
        return tuple((first, last) for first, last in self._runs)


def gaps(above: int, spans: Iterable[Span]) -> list[Span]:
    """Return what lies between sorted spans, from `above` to the last of them; without an end beyond it."""
    found, following = [], above + 1
    for first, last in spans:
        if first > following:
            found.append((following, first - 1))
        following = last + 1
    return found


def fewer(found: Sequence[Span], most: int = MOST_GAPS) -> list[Span]:
    """Return at most so many spans that cover these: the nearest ones grow together."""
    if len(found) <= most:
        return list(found)
    distances = sorted(range(1, len(found)), key=lambda place: found[place][0] - found[place - 1][1])
    joined = set(distances[: len(found) - most])
    kept: list[list[int]] = []
    for place, (first, last) in enumerate(found):
        if place in joined:
            kept[-1][1] = last
        else:
            kept.append([first, last])
    return [(first, last) for first, last in kept]
