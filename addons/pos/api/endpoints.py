"""The endpoints: each takes a call that was let in, asks a service and returns plain data."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from marshmallow import Schema

from addons.membership.services import errors as membership
from addons.pos import schemas, services
from addons.pos.api import openapi
from addons.pos.api.calls import Call, Operation, called, shows_credential
from addons.pos.api.references import reference
from addons.pos.api.refused import ON_BASKETS, ON_QUOTES, ON_SALES, ON_VOUCHERS, ON_WRITES
from addons.stores.queries import place
from core.db.posting import DatabaseBusy, Posted, StillRunning
from core.errors import NotFound, refusals
from core.periods import local_day
from core.policy.live import NoLiveBook
from core.web.roles import FRANCHISE_ADMIN, HQ, NOBODY, STORE_MANAGER
from core.web.views import GuibinApi, expose, protect

#: Bytes of an upload of sales.
LARGEST_UPLOAD = 4 * 2**20


class PosApi(GuibinApi):
    """Tills of other makers."""

    resource_name = "pos"
    read_roles = (STORE_MANAGER, FRANCHISE_ADMIN, *HQ)
    write_roles = NOBODY
    also_reads = ("can_read",)

    @expose("/till", methods=["GET"])
    @called(Operation(schemas.TillAnswer))
    def till(self, call: Call) -> Any:
        """Tell which till and store the credential belongs to."""
        at = place(call.session, call.till.store_id)
        return {
            "name": call.till.name,
            "store": at.code,
            "store_name": at.name,
            "currency": at.currency,
            "timezone": at.timezone,
            "open": at.is_open(local_day(call.now, at.zone)),
        }

    @expose("/members/find", methods=["POST"])
    @called(
        Operation(
            schemas.MemberAnswer,
            schemas.FindRequest,
            refuses=(NotFound, membership.BadPhone, membership.OtherStoresClosed),
        )
    )
    def find(self, call: Call) -> Any:
        """Find the member who presents a card or says a phone number; who asked is kept."""
        found = services.find_member(till=call.till, now=call.now, **call.asked)
        return found.summary | {"member": reference(call.till.store_id, found.member_id)}

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

    @expose("/visits", methods=["POST"])
    @called(Operation(schemas.VisitAnswer, schemas.VisitRequest, keyed=True, refuses=(NotFound, *ON_WRITES)))
    def visit(self, call: Call) -> Posted:
        """Record a visit that staff confirmed."""
        return services.record_visit(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/vouchers/check", methods=["POST"])
    @called(Operation(schemas.VoucherAnswer, schemas.VoucherCheckRequest, refuses=(NotFound, *ON_VOUCHERS)))
    def check(self, call: Call) -> Any:
        """Check a voucher; it is used by naming it in a checkout."""
        member_id = call.asked.get("member")
        return services.check_voucher(
            call.session, till=call.till, code=call.asked["code"], member_id=member_id, now=call.now
        )

    @expose("/receipts/<path:number>", methods=["GET"])
    @called(Operation(schemas.ReceiptAnswer, refuses=(NotFound,)))
    def receipt(self, call: Call, number: str) -> Any:
        """Read a receipt of the till's store by its number."""
        return services.read_receipt(call.session, till=call.till, number=number)

    @expose("/offline/pack", methods=["GET"])
    @called(Operation(schemas.PackAnswer, refuses=(NotFound, NoLiveBook)))
    def pack(self, call: Call) -> Any:
        """Give a till what it needs to sell without a connection; that it was given is kept."""
        return services.make_pack(till=call.till, now=call.now, secret=call.secret)

    @expose("/offline/sales", methods=["POST"])
    @called(
        Operation(
            schemas.OfflineSalesAnswer,
            schemas.OfflineSalesRequest,
            refuses=(StillRunning, DatabaseBusy),
            largest=LARGEST_UPLOAD,
        )
    )
    def offline_sales(self, call: Call) -> Any:
        """Take sales that were made without a connection: each once, by its own key, in whatever order they come."""
        asked = call.asked["sales"]
        taken = services.take_sales(till=call.till, asked=asked, now=call.now, secret=call.secret)
        return {"sales": [_worded(sale) for sale in taken]}

    @expose("/openapi.json", methods=["GET"])
    def openapi(self) -> Any:
        """Describe the API, to tills and to people who are logged in."""
        return self.openapi_for_tills() if shows_credential() else self.openapi_for_people()

    @called(Operation(Schema))
    def openapi_for_tills(self, _call: Call) -> Any:
        """Describe the API to a till."""
        return description()

    @permission_name("read")
    def openapi_for_people(self) -> Response:
        """Describe the API to whoever may see the tills."""
        return jsonify(description())

    openapi_for_people = protect(allow_browser_login=True)(openapi_for_people)


def _worded(sale: dict[str, Any]) -> dict[str, Any]:
    """Say why a sale was refused in the language that was asked for."""
    problem = sale["problem"]
    if problem is None:
        return sale
    refusal = refusals()[problem["code"]](**problem["facts"])
    return sale | {"problem": problem | {"message": refusal.worded(gettext)}}


def description() -> dict[str, Any]:
    """Return the OpenAPI document of the API."""
    return openapi.document(PosApi)
