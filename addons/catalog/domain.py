"""Pure answers about prices and their days."""

from __future__ import annotations

from datetime import date, timedelta

from core.money import WHOLE


def is_early_markdown(
    launched_on: date | None, special_from: date | None, special_until: date | None, days: int
) -> bool:
    """Tell whether a special price would hold on one of the first `days` days after the launch (DSC-06, C39)."""
    if launched_on is None or days == 0:
        return False
    last_guarded = launched_on + timedelta(days=days - 1)
    return (special_from is None or special_from <= last_guarded) and (
        special_until is None or special_until >= launched_on
    )


def is_below(price: int, list_price: int, ratio: int) -> bool:
    """Tell whether a price (fen) is less than a share (basis points) of the list price, exactly."""
    return price * WHOLE < list_price * ratio
