"""Whether somebody tries codes one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def most_within(moments: Sequence[datetime], within: timedelta) -> int:
    """Return the largest number of moments, given in order, that lie within a span of time of each other."""
    most = first = 0
    for place, moment in enumerate(moments):
        while moment - moments[first] > within:
            first += 1
        most = max(most, place - first + 1)
    return most
