"""Baskets, visits, vouchers and receipts of a till."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from addons.points import services as points
from addons.pos import queries
from addons.pos.queries import KnownTill
from addons.pos.services.keys import own_key, plain, post_own
from addons.pos.services.quotes import promise, read_quote, sell_quoted
from addons.pos.services.vouchers import hold_of
from addons.sales import services as sales
from addons.sales.domain.prepared import Prepared
from addons.sales.domain.request import Payment, SaleLine, SaleRequest
from addons.stores.queries import place
from addons.vouchers.domain import typed
from core.db.posting import Operation, Posted, send_later
from core.db.scope import brand_wide, require_store
from core.errors import NotFound
from core.policy.live import live_program

Plain = dict[str, Any]

#: What is asked of somebody whose file was begun before; the rest is in it.
_OF_PROSPECTS = ("name", "birthday", "birthday_lunar", "birthday_declined")


@brand_wide("what the rules count of a member is of every store")
def price(session: Session, *, till: KnownTill, asked: Mapping[str, Any], now: datetime, secret: str) -> Plain:
    """Price a basket without writing anything, with a signed quote that can be sold; amounts are fen.

    Refuses like `sales.services.quote`.
    """
    sale = sales.quote(session, request_of(till, asked), now)
    return _quoted(sale) | promise(session, sale, till=till, now=now, secret=secret)


def sell(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime, secret: str) -> Posted:
    """Sell a basket under the till's own key, at the price of the quote it shows, else at that of the moment.

    Refuses like `sales.services.checkout` and `sell_quoted`, with KeyReused for another body under the key.
    """
    require_store(till.store_id, write=True)
    request, text = request_of(till, asked), asked.get("quote")
    quote = None if text is None else read_quote(text, till=till, request=request, secret=secret)
    operation = Operation("pos.checkout", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        if quote is not None:
            return dict(sell_quoted(session, quote, request, key=operation.key, now=now))
        return sales.sell(session, [request], [operation.key], now)[0]

    posted = post_own(operation, command, key)
    return Posted({name: value for name, value in posted.answer.items() if name not in OURS}, posted.repeated)


#: Numbers of rows are nobody's business outside.
OURS = ("receipt_id", "member_id", "return_id")


def request_of(till: KnownTill, asked: Mapping[str, Any]) -> SaleRequest:
    """Return the basket a till asks about."""
    return SaleRequest(
        store_id=till.store_id,
        lines=tuple(SaleLine(line["product"], line["quantity"]) for line in asked["lines"]),
        member_id=asked.get("member"),
        enrol=_profile(asked),
        vouchers=tuple(map(typed, asked.get("vouchers", ()))),
        payments=tuple(Payment(payment["kind"], payment["amount"]) for payment in asked.get("payments", ())),
        currency=asked.get("currency"),
        cashier=asked.get("cashier") or till.name,
        told=asked.get("told"),
        source="api",
        hold=hold_of(till, asked.get("hold")),
    )


def _profile(asked: Mapping[str, Any]) -> Plain | None:
    """Return the profile of who becomes a member with the receipt (MEM-08), None where nobody does."""
    enrol = asked.get("enrol")
    if enrol is None:
        return None
    is_known = asked.get("member") is not None
    named = {("referrer_id" if name == "referrer" else name): value for name, value in enrol.items()}
    if is_known:
        return {name: value for name, value in named.items() if name in _OF_PROSPECTS}
    return {"name": "", **named}


def _quoted(sale: Prepared) -> Plain:
    quote = sale.as_plain()
    quote["vouchers_used"] = [{"code": code, "amount": amount} for code, amount in quote["vouchers_used"]]
    return quote


def record_visit(*, till: KnownTill, asked: Mapping[str, Any], key: str, now: datetime) -> Posted:
    """Record a visit that staff confirmed (C22) under the till's own key.

    Refuses like `points.services.record_visit`, with KeyReused for another visit under the key.
    """
    operation = Operation("pos.visit", own_key(till, key), plain(asked))

    def command(session: Session) -> Plain:
        at = place(session, till.store_id)
        live = live_program(session, at.brand_code, now)
        visited = points.record_visit(
            session,
            member_id=asked["member"],
            store_id=till.store_id,
            invited=asked.get("invited", False),
            confirmed_by=asked["confirmed_by"],
            now=now,
            program=live.program,
            digest=live.digest,
        )
        told = {"store_id": till.store_id, "member_id": asked["member"], "invited": asked.get("invited", False)}
        send_later(session, "pos.visit_recorded", told | {"points": visited.points})
        gave = {"points": visited.points, "balance": visited.balance}
        return gave | ({"points_not_given": visited.not_given} if visited.not_given else {})

    return post_own(operation, command, key)


def read_receipt(session: Session, *, till: KnownTill, number: str) -> Plain:
    """Return a receipt of the till's store.

    Refuses with NotFound, also for the receipts of other stores.
    """
    found = queries.receipt_by_number(session, till.store_id, number)
    if found is None:
        raise NotFound(what="receipt", which=number)
    return found
