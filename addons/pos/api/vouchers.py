"""Calls about vouchers: checking, holding, letting go, handing over, splitting, giving on."""

from __future__ import annotations

from typing import Any

from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from addons.pos.api.refused import ON_GIVING, ON_HAND_OVER, ON_HOLDS, ON_SPLITTING, ON_VOUCHERS, ON_WRITES
from core.db.posting import Posted
from core.errors import NotFound
from core.web.views import expose


class VoucherCalls:
    """Vouchers that are shown at the till."""

    @expose("/vouchers/check", methods=["POST"])
    @called(Operation(schemas.VoucherAnswer, schemas.VoucherCheckRequest, refuses=(NotFound, *ON_VOUCHERS)))
    def check(self, call: Call) -> Any:
        """Check a voucher; it is used by naming it in a checkout."""
        member_id = call.asked.get("member")
        return services.check_voucher(
            call.session, till=call.till, code=call.asked["code"], member_id=member_id, now=call.now
        )

    @expose("/vouchers/lock", methods=["POST"])
    @called(Operation(schemas.LockAnswer, schemas.LockRequest, keyed=True, refuses=(NotFound, *ON_HOLDS, *ON_WRITES)))
    def lock(self, call: Call) -> Posted:
        """Hold vouchers for a sale in the making: no other till can use them until they are let go or time is over."""
        return services.lock_vouchers(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/vouchers/release", methods=["POST"])
    @called(Operation(schemas.ReleaseAnswer, schemas.HoldRequest, keyed=True, refuses=ON_WRITES))
    def release(self, call: Call) -> Posted:
        """Let go of vouchers that are held for a sale."""
        return services.release_vouchers(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/vouchers/hand-over", methods=["POST"])
    @called(
        Operation(
            schemas.HandOverAnswer,
            schemas.HandOverRequest,
            keyed=True,
            refuses=(NotFound, *ON_HAND_OVER, *ON_WRITES),
        )
    )
    def hand_over(self, call: Call) -> Posted:
        """Give what a gift or parking voucher is for; it is used up with that."""
        return services.hand_over(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/vouchers/split", methods=["POST"])
    @called(
        Operation(schemas.SplitAnswer, schemas.SplitRequest, keyed=True, refuses=(NotFound, *ON_SPLITTING, *ON_WRITES))
    )
    def split(self, call: Call) -> Posted:
        """Split a cash voucher into several; they are the same member's, end on the same day and have new codes."""
        return services.split_voucher(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/vouchers/give", methods=["POST"])
    @called(
        Operation(schemas.NewVoucherAnswer, schemas.GiveRequest, keyed=True, refuses=(NotFound, *ON_GIVING, *ON_WRITES))
    )
    def give(self, call: Call) -> Posted:
        """Give a voucher to another member of the brand: it has a new code, and the old one is worth nothing."""
        return services.give_voucher(till=call.till, asked=call.asked, key=call.key, now=call.now)
