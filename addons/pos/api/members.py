"""Calls about customers: finding a member, beginning a file, recording a visit."""

from __future__ import annotations

from typing import Any

from addons.membership.services import errors as membership
from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from addons.pos.api.references import reference
from addons.pos.api.refused import ON_WRITES
from core.db.posting import Posted
from core.errors import NotFound
from core.web.views import expose


class MemberCalls:
    """Who stands before the till."""

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

    @expose("/members", methods=["POST"])
    @called(
        Operation(
            schemas.ProspectAnswer,
            schemas.MemberRequest,
            keyed=True,
            refuses=(NotFound, membership.BadPhone, membership.PhoneTaken, membership.ProgrammeOff, *ON_WRITES),
        )
    )
    def begin(self, call: Call) -> Posted:
        """Begin the file of a customer from a phone number; a member she becomes with a receipt."""
        begun = services.begin_file(till=call.till, asked=call.asked, key=call.key, now=call.now)
        told = {name: begun.answer[name] for name in ("number", "status")}
        return Posted(told | {"member": reference(call.till.store_id, begun.answer["member_id"])}, begun.repeated)

    @expose("/visits", methods=["POST"])
    @called(Operation(schemas.VisitAnswer, schemas.VisitRequest, keyed=True, refuses=(NotFound, *ON_WRITES)))
    def visit(self, call: Call) -> Posted:
        """Record a visit that staff confirmed."""
        return services.record_visit(till=call.till, asked=call.asked, key=call.key, now=call.now)
