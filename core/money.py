"""Exact amounts: money is integer fen, ratios are basis points; nothing here knows floats."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NewType

Fen = NewType("Fen", int)
BasisPoints = NewType("BasisPoints", int)

WHOLE = 10_000  # basis points
FEN = 100  # fen in a yuan
LARGEST = 10**15  # no amount of the programme is larger; the rules engine is exact up to here

MINUS = "\u2212"


def yuan(amount: int) -> str:
    """Write fen as yuan: 248820 -> 2,488.20, negative with U+2212."""
    sign = MINUS if amount < 0 else ""
    whole, part = divmod(abs(amount), FEN)
    return f"{sign}{whole:,}.{part:02d}"


def from_yuan(text: str) -> int:
    """Read yuan as fen exactly: "2,488.2" -> 248820.

    Refuses with ValueError what is no number, has more than two decimals or is out of range.
    """
    try:
        amount = Decimal(text.strip().replace(",", "").replace(MINUS, "-")) * FEN
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > LARGEST:
        raise ValueError(text)
    return int(amount)
