"""Cells as exact values: text, whole numbers, fen, days, moments, yes or no.

Binary fractions enter the product here alone (spreadsheets and Parquet files know no others): each is rounded once to
the hundredth it stands for, and refused if it does not stand for one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from numbers import Rational, Real
from typing import Any, Literal
from zoneinfo import ZoneInfo

from core.money import FEN, LARGEST, from_yuan

Kind = Literal["text", "count", "money", "day", "moment", "yes_no"]

_YES = {"1", "true", "yes", "y", "是"}
_NO = {"0", "false", "no", "n", "否"}


class BadCell(ValueError):
    """A cell that does not hold what its column is for; the message says what was expected."""


def text(cell: Any) -> str:
    """Return a cell as text, without blanks around it; whole numbers without a fraction."""
    if cell is None:
        return ""
    if type(cell) is str:
        return cell.strip()
    if isinstance(cell, Rational) or not isinstance(cell, Real):
        return str(cell)
    return str(whole) if (whole := round(cell)) == cell else str(cell)


def count(cell: Any) -> int:
    """Return a whole number."""
    if type(cell) is int:
        return cell
    try:
        number = int(text(cell).replace(",", ""))
    except ValueError:
        raise BadCell(f"{_shown(cell)} is not a whole number") from None
    if abs(number) > LARGEST:
        raise BadCell(f"{_shown(cell)} is too large")
    return number


def money(cell: Any) -> int:
    """Return an amount written in yuan (or dollars) as fen (or cents)."""
    if type(cell) is str:
        try:
            return from_yuan(cell)
        except ValueError:
            raise BadCell(f"{_shown(cell)} is not an amount") from None
    if type(cell) is not bool and isinstance(cell, Real):
        return fen(cell)
    raise BadCell(f"{_shown(cell)} is not an amount")


def fen(amount: Any) -> int:
    """Return a binary fraction of a yuan as the fen it stands for: 1.1 is 110 although 1.1 * 100 is not."""
    hundredths = round(amount * FEN) if amount - amount == 0 else LARGEST + 1  # infinity and NaN are too large
    if abs(hundredths) > LARGEST or abs(amount * FEN - hundredths) * 10_000 > 1:
        raise BadCell(f"{_shown(amount)} is not an amount in whole fen")
    return hundredths


def day(cell: Any) -> date | None:
    """Return a day written as 2026-05-01 or 2026/5/1; nothing for an empty cell."""
    if isinstance(cell, datetime):
        return cell.date()
    if cell is None or isinstance(cell, date):
        return cell
    written = text(cell)
    if not written:
        return None
    try:
        year, month, of_month = (int(part) for part in written.replace("/", "-").split("-"))
        return date(year, month, of_month)
    except ValueError:
        raise BadCell(f"{_shown(cell)} is not a day like 2026-05-01") from None


def moment(cell: Any, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC; one without a time zone is wall time in `zone`."""
    if not isinstance(cell, datetime):
        try:
            cell = datetime.fromisoformat(text(cell).replace("/", "-"))
        except ValueError:
            raise BadCell(f"{_shown(cell)} is not a time like 2026-05-01T15:00") from None
    if not 1900 <= cell.year <= 2200:
        raise BadCell(f"{_shown(cell)} is not a time of this age")
    at: datetime = cell if cell.tzinfo is not None else cell.replace(tzinfo=zone)
    return at.astimezone(UTC)


def yes_no(cell: Any) -> bool:
    """Return yes or no."""
    written = text(cell).lower()
    if written in _YES or written in _NO:
        return written in _YES
    raise BadCell(f"{_shown(cell)} is neither yes nor no")


def _shown(cell: Any) -> str:
    return repr(cell)[:40]
