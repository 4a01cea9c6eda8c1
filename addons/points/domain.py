"""Which lots points are taken from, and how a balance runs; whole numbers only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from core.periods import months_after

WHOLE_YEAR = 12  # months


class Part(NamedTuple):
    """Points that come together from one source."""

    source: str
    points: int


class Take(NamedTuple):
    """Points taken from one lot."""

    lot_id: int
    points: int


def parts(source: str, points: int, purchase_points: int) -> list[Part]:
    """Split what was earned: purchase points (they can become vouchers) and the bonus of a multiplier (it cannot).

    ValueError if fewer than nothing was earned, or less than the purchase points.
    """
    if not 0 <= purchase_points <= points:
        message = f"{purchase_points} of {points} points cannot be purchase points"
        raise ValueError(message)
    if source != "purchase":
        return [Part(source, points)] if points else []
    split = (Part("purchase", purchase_points), Part("bonus", points - purchase_points))
    return [part for part in split if part.points]


def oldest_first(lots: Iterable[tuple[int, int]], wanted: int) -> list[Take]:
    """Take points from (lot, what remains), in the order given; takes less than wanted where the lots hold less."""
    takes: list[Take] = []
    for lot_id, remaining in lots:
        if wanted <= 0:
            break
        taken = min(remaining, wanted)
        takes.append(Take(lot_id, taken))
        wanted -= taken
    return takes


def expiry(earned_on: date, months: int) -> date | None:
    """Return the day points earned on a day would expire (C21), None for never."""
    return months_after(earned_on, months) if months else None


class Running:
    """Numbers and balances of the entries of several members, counted up from what the accounts held before."""

    def __init__(self, before: Mapping[int, tuple[int, int]]) -> None:
        """Start from member -> (balance, number of entries)."""
        self._at = dict(before)

    def step(self, member_id: int, points: int) -> tuple[int, int]:
        """Return the balance after the member's next entry, and its number."""
        balance, number = self._at[member_id]
        self._at[member_id] = balance + points, number + 1
        return self._at[member_id]
