"""Signed quotes: a price that was promised until a moment, and the checkout that honours it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from addons.pos import queries
from addons.pos.domain import quotes
from addons.pos.domain.quotes import Quoted
from addons.pos.models import SoldQuote
from addons.pos.queries import KnownTill
from addons.pos.services.refusals import (
    BadQuote,
    QuoteExpired,
    QuoteOfOtherBasket,
    QuoteOfOtherTill,
    QuoteOvertaken,
    QuoteUsed,
    QuoteWithdrawn,
)
from addons.sales import services as sales
from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import SaleRequest
from addons.stores.queries import place
from core import settings
from core.ids import unguessable
from core.policy.live import NoSuchVersion, overruled

_NUMBER_LETTERS = 20

Plain = dict[str, Any]


def promise(session: Session, sale: Prepared, *, till: KnownTill, now: datetime, secret: str) -> Plain:
    """Return the signed quote of a basket that was priced, and until when it is good; nothing is written."""
    until = now + timedelta(minutes=settings.value(session, "pos.quote_minutes"))
    number = unguessable(_NUMBER_LETTERS)
    quote = quotes.quoted(sale, number=number, till_id=till.id, at=now, until=until)
    return {"quote": quotes.signed(quote, secret), "valid_until": until.isoformat()}


def read_quote(text: str, *, till: KnownTill, request: SaleRequest, secret: str) -> Quoted:
    """Return the quote a till shows for a basket.

    Refuses with BadQuote for what we did not sign, QuoteOfOtherTill, QuoteOfOtherBasket.
    """
    quote = quotes.read(text, secret)
    if quote is None:
        raise BadQuote
    if quote.till_id != till.id:
        raise QuoteOfOtherTill
    if quote.basket != quotes.basket_of(request):
        raise QuoteOfOtherBasket
    return quote


def sell_quoted(session: Session, quote: Quoted, request: SaleRequest, *, key: str, now: datetime) -> Mapping[str, Any]:
    """Sell a basket at the price that was promised, within a posting; return the answer of the sale.

    Prices, tier, moment and rule-book version are those of the quote; whatever can be used up is counted anew.
    Refuses with QuoteExpired, QuoteWithdrawn where a kill switch ended the version, QuoteUsed for a second sale,
    QuoteOvertaken where something was used up meanwhile that the price rested on, and like `sales.services.checkout`.
    """
    _require_good(session, quote, request.store_id, now)
    _claim(session, quote, request.store_id, key, now)
    lines = quote.priced(tuple(request.lines))
    try:
        [sale] = sales.prepare(session, [replace(request, lines=lines, terms=quote.terms())], now)
    except NoSuchVersion:
        raise QuoteWithdrawn(version=quote.version) from None
    if sale.decision.cash != quote.cash:
        raise QuoteOvertaken(told=quote.cash, due=sale.decision.cash)
    sales.require_payable(sale)
    [answer] = sales.post_receipts(session, [sale], [key], now)
    return answer


def _require_good(session: Session, quote: Quoted, store_id: int, now: datetime) -> None:
    if now >= quote.until:
        raise QuoteExpired(until=quote.until.isoformat(timespec="seconds"))
    if overruled(session, place(session, store_id).brand_code, quote.digest, (quote.at, now)):
        raise QuoteWithdrawn(version=quote.version)


_T = SoldQuote.__table__
_CLAIM = {
    name: insert(_T).on_conflict_do_nothing(index_elements=["number"]).returning(_T.c.number)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def _claim(session: Session, quote: Quoted, store_id: int, key: str, now: datetime) -> None:
    """Mark a quote as sold; of two sales at once the second waits here, and is refused when the first is written."""
    row = {"number": quote.number, "store_id": store_id, "key": key, "sold_at": now}
    connection = session.connection()
    if connection.execute(_CLAIM[connection.dialect.name], row).first() is None:
        raise QuoteUsed(receipt=queries.receipt_of_quote(session, quote.number))
