"""A quote as it is signed: what was priced, by which rules, for how much, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from addons.pos.domain.seals import QUOTE, fingerprint, opened, sealed
from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import SaleLine, SaleRequest, Terms

#: What of a request is the basket: how it is paid and by whom it is sold is said at the checkout.
_NOT_THE_BASKET = ("payments", "told", "number", "at")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A price that was promised to a till; amounts are fen."""

    number: str
    till_id: int
    at: datetime
    until: datetime
    digest: str
    version: str
    basket: str
    tier: str
    cash: int
    prices: tuple[tuple[int, int | None], ...]  # list and special price of a piece, by line

    def terms(self) -> Terms:
        """Return what a sale of it goes by."""
        return Terms(self.digest, priced_at=self.at, tier=self.tier)

    def priced(self, lines: tuple[SaleLine, ...]) -> tuple[SaleLine, ...]:
        """Return the lines of its basket with the prices of then."""
        return tuple(
            SaleLine(line.product, line.quantity, full, special)
            for line, (full, special) in zip(lines, self.prices, strict=True)
        )


def basket_of(request: SaleRequest) -> str:
    """Return a digest of the basket of a request."""
    return fingerprint({name: value for name, value in request.as_plain().items() if name not in _NOT_THE_BASKET})


def quoted(sale: Prepared, *, number: str, till_id: int, at: datetime, until: datetime) -> Quoted:
    """Return the quote of a basket that was priced."""
    prices = tuple((line.list_price, line.special_price) for line in sale.event.lines)
    live, basket = sale.live, basket_of(sale.request)
    told = (live.digest, live.version, basket, sale.tier, sale.decision.cash)
    return Quoted(number, till_id, at, until, *told, prices)


def signed(quote: Quoted, secret: str) -> str:
    """Return a quote as a till gets it."""
    plain: list[Any] = [
        quote.number,
        quote.till_id,
        quote.at.isoformat(),
        quote.until.isoformat(),
        quote.digest,
        quote.version,
        quote.basket,
        quote.tier,
        quote.cash,
        [list(price) for price in quote.prices],
    ]
    return sealed(secret, QUOTE, plain)


def read(text: str, secret: str) -> Quoted | None:
    """Return the quote that was signed; None where it is not ours."""
    plain = opened(secret, QUOTE, text)
    if not isinstance(plain, list):
        return None
    number, till_id, at, until, digest, version, basket, tier, cash, prices = plain
    moments = datetime.fromisoformat(at), datetime.fromisoformat(until)
    priced = tuple((full, special) for full, special in prices)
    return Quoted(number, till_id, *moments, digest, version, basket, tier, cash, priced)
