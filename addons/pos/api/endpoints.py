"""The API of tills: each call is let in, asks a service and returns plain data."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Response, jsonify
from flask_appbuilder.security.decorators import permission_name
from flask_babel import lazy_gettext
from marshmallow import Schema

from addons.pos import schemas
from addons.pos.api import openapi
from addons.pos.api.calls import Call, Operation, called, shows_credential
from addons.pos.api.members import MemberCalls
from addons.pos.api.offline import OfflineCalls
from addons.pos.api.points import PointsCalls
from addons.pos.api.returns import ReturnCalls
from addons.pos.api.selling import SellingCalls
from addons.pos.api.vouchers import VoucherCalls
from addons.stores.queries import place
from core.periods import local_day
from core.web.roles import FRANCHISE_ADMIN, HQ, NOBODY, STORE_MANAGER
from core.web.views import GuibinApi, expose, protect


class PosApi(MemberCalls, SellingCalls, VoucherCalls, PointsCalls, ReturnCalls, OfflineCalls, GuibinApi):
    """Tills of other makers."""

    title = lazy_gettext("Point-of-sale API, for programs")
    #: What its steps are called where permissions are listed.
    step_words: ClassVar[dict[str, Any]] = {"read": lazy_gettext("Describe (API)")}

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


def description() -> dict[str, Any]:
    """Return the OpenAPI document of the API."""
    return openapi.document(PosApi)
