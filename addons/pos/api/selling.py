"""Calls that sell: pricing a basket, checking out, reading a receipt."""

from __future__ import annotations

from typing import Any

from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from addons.pos.api.refused import ON_BASKETS, ON_QUOTES, ON_SALES, ON_WRITES
from core.db.posting import Posted
from core.errors import NotFound
from core.web.views import expose


class SellingCalls:
    """Baskets and receipts."""

    @expose("/quote", methods=["POST"])
    @called(Operation(schemas.QuoteAnswer, schemas.QuoteRequest, refuses=ON_BASKETS))
    def quote(self, call: Call) -> Any:
        """Price a basket and promise the price for a while; nothing is written."""
        return services.price(call.session, till=call.till, asked=call.asked, now=call.now, secret=call.secret)

    @expose("/checkout", methods=["POST"])
    @called(
        Operation(schemas.SaleAnswer, schemas.CheckoutRequest, keyed=True, refuses=ON_SALES + ON_QUOTES + ON_WRITES)
    )
    def checkout(self, call: Call) -> Posted:
        """Sell a basket: receipt, points, tier credit and vouchers at once, or nothing."""
        return services.sell(till=call.till, asked=call.asked, key=call.key, now=call.now, secret=call.secret)

    @expose("/receipts/<path:number>", methods=["GET"])
    @called(Operation(schemas.ReceiptAnswer, refuses=(NotFound,)))
    def receipt(self, call: Call, number: str) -> Any:
        """Read a receipt of the till's store by its number."""
        return services.read_receipt(call.session, till=call.till, number=number)
