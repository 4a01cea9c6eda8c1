"""Months of a summary: figures of days added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class Month:
    """One month of a programme; amounts are fen, `points_outstanding` stands at its end."""

    month: str
    receipts: int = 0
    list: int = 0
    revenue: int = 0
    discount: int = 0
    points_issued: int = 0
    points_redeemed: int = 0
    points_expired: int = 0
    points_outstanding: int = 0
    vouchers_issued: int = 0
    vouchers_redeemed: int = 0
    vouchers_value: int = 0


def months(since: date, until: date) -> dict[str, Month]:
    """Return the months that a span of days touches, in their order."""
    found: dict[str, Month] = {}
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        name = f"{year:04}-{month:02}"
        found[name] = Month(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def add_points(months_: dict[str, Month], entries: Iterable[tuple[str, str, int]], since: date) -> None:
    """Add entries (day, in, out or expired, points) to their months; earlier ones to what was outstanding before."""
    opening = 0
    changes: dict[str, int] = {}
    for day, way, points in entries:
        if day < since.isoformat():
            opening += points
            continue
        month = months_[day[:7]]
        changes[day[:7]] = changes.get(day[:7], 0) + points
        if way == "in":
            month.points_issued += points
        elif way == "expired":
            month.points_expired -= points
        else:
            month.points_redeemed -= points
    for name, month in months_.items():
        opening += changes.get(name, 0)
        month.points_outstanding = opening
