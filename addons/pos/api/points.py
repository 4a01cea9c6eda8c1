"""Calls about points: holding, letting go, spending on a gift."""

from __future__ import annotations

from addons.pos import schemas, services
from addons.pos.api.calls import Call, Operation, called
from addons.pos.api.refused import ON_HELD_POINTS, ON_POINTS, ON_WRITES
from core.db.posting import Posted
from core.web.views import expose


class PointsCalls:
    """Gifts for points."""

    @expose("/points/hold", methods=["POST"])
    @called(
        Operation(schemas.PointsHoldAnswer, schemas.PointsHoldRequest, keyed=True, refuses=(*ON_POINTS, *ON_WRITES))
    )
    def hold_points(self, call: Call) -> Posted:
        """Hold points of a member: nothing else takes them until they are let go, spent, or time is over."""
        return services.hold_points(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/points/release", methods=["POST"])
    @called(
        Operation(
            schemas.PointsReleaseAnswer,
            schemas.PointsReleaseRequest,
            keyed=True,
            refuses=(*ON_HELD_POINTS, *ON_WRITES),
        )
    )
    def release_points(self, call: Call) -> Posted:
        """Let go of points that this till holds."""
        return services.release_points(till=call.till, asked=call.asked, key=call.key, now=call.now)

    @expose("/points/redeem", methods=["POST"])
    @called(
        Operation(
            schemas.PointsRedeemAnswer,
            schemas.PointsRedeemRequest,
            keyed=True,
            refuses=(*ON_POINTS, *ON_HELD_POINTS, *ON_WRITES),
        )
    )
    def redeem_points(self, call: Call) -> Posted:
        """Spend points on a gift: those that are held, or a member's own at once."""
        return services.redeem_points(till=call.till, asked=call.asked, key=call.key, now=call.now)
