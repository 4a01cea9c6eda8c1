"""One money to count in: amounts of several markets are converted at the rate of their day (C34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.domain import rate_of
from addons.stores.models import Rate
from addons.stores.queries import places
from core.db.scope import current_scope
from rules.amounts import half_up
from rules.event import PAR


class Money:
    """Counts fen of any currency in one; what has no rate is left out, and its currency kept in `without_rate`."""

    def __init__(self, currency: str, rates: Mapping[str, Sequence[tuple[date, int]]] | None = None) -> None:
        """Count in a currency; rates into it are in millionths, by currency and ascending day."""
        self.currency = currency
        self.rates = rates or {}
        self.converted: set[str] = set()
        self.without_rate: set[str] = set()

    def count(self, fen: int, currency: str, day: date) -> int:
        """Return what an amount of a day is worth in this money, half a fen rounded away from nothing."""
        if currency == self.currency:
            return fen
        rate = rate_of(self.rates.get(currency, ()), day)
        (self.converted if rate else self.without_rate).add(currency)
        worth = half_up(abs(fen) * (rate or 0), PAR)
        return worth if fen >= 0 else -worth


def common_money(session: Session) -> Money:
    """Return the money of the stores in sight; where these have several, that of their first brand."""
    seen = [one for one in places(session).values() if current_scope().may_read(one.id)]
    own = {one.currency for one in seen}
    if len(own) < 2:
        return Money(*own or [""])
    into = min(seen, key=lambda one: (one.brand_id, one.id)).brand_currency
    return Money(into, _rates(session, into))


def _rates(session: Session, into: str) -> dict[str, list[tuple[date, int]]]:
    found: dict[str, list[tuple[date, int]]] = {}
    wanted = select(Rate.currency, Rate.since, Rate.millionths).where(Rate.counted_in == into).order_by(Rate.since)
    for currency, since, millionths in session.execute(wanted):
        found.setdefault(currency, []).append((since, millionths))
    return found
