"""Calls of a till that sells without a connection."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from core.db.posting import DatabaseBusy, StillRunning
from core.errors import NotFound, refusals
from core.policy.live import NoLiveBook
from core.web.views import expose

#: Bytes of an upload of sales.
LARGEST_UPLOAD = 4 * 2**20


class OfflineCalls:
    """The pack that is taken along, and the sales that are brought back."""

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


def _worded(sale: dict[str, Any]) -> dict[str, Any]:
    """Say why a sale was refused in the language that was asked for."""
    problem = sale["problem"]
    if problem is None:
        return sale
    refusal = refusals()[problem["code"]](**problem["facts"])
    return sale | {"problem": problem | {"message": refusal.worded(gettext)}}
