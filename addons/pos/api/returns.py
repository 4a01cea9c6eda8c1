"""Calls of goods that come back."""

from __future__ import annotations

from typing import Any

from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from addons.pos.api.refused import ON_RETURN_CHECKS, ON_RETURNS, ON_SALES, ON_UNRECEIPTED, ON_WRITES
from core.db.posting import Posted
from core.web.views import expose


class ReturnCalls:
    """Returns, swaps, exchanges, corrections of prices."""

    @expose("/returns/check", methods=["POST"])
    @called(Operation(schemas.ReturnCheckAnswer, schemas.ReturnCheckRequest, refuses=ON_RETURN_CHECKS))
    def check_return(self, call: Call) -> Any:
        """Tell what a return would come to, before the customer is asked; nothing is written."""
        return services.preview_return(call.session, till=call.till, asked=call.asked, now=call.now)

    @expose("/returns", methods=["POST"])
    @called(Operation(schemas.ReturnAnswer, schemas.ReturnRequest, keyed=True, refuses=(*ON_RETURNS, *ON_WRITES)))
    def take_back(self, call: Call) -> Posted:
        """Take goods of a receipt back, swap them, or correct their price: money, points, tier and vouchers follow."""
        return services.take_back(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/returns/exchange", methods=["POST"])
    @called(
        Operation(
            schemas.ExchangeAnswer,
            schemas.ExchangeRequest,
            keyed=True,
            refuses=(*ON_RETURNS, *ON_SALES, *ON_WRITES),
        )
    )
    def exchange(self, call: Call) -> Posted:
        """Take goods back and sell others in one step; what comes back pays first."""
        return services.exchange(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/returns/unreceipted", methods=["POST"])
    @called(
        Operation(
            schemas.UnreceiptedAnswer,
            schemas.UnreceiptedRequest,
            keyed=True,
            refuses=(*ON_UNRECEIPTED, *ON_WRITES),
        )
    )
    def take_back_unreceipted(self, call: Call) -> Posted:
        """Take goods without a receipt for a voucher, where headquarters allow it."""
        return services.take_back_unreceipted(till=call.till, asked=call.asked, key=call.key, now=call.now)
