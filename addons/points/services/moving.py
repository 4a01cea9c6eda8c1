"""Points of one member become another's: a lot is emptied into a new one that names where its points came from."""

from __future__ import annotations

from typing import Any

from addons.points.queries import LotHeld
from addons.points.services.earning import new_lot


def moved_lot(lot: LotHeld, member_id: int, points: int, receipt_id: int | None) -> dict[str, Any]:
    """Return the row of the lot that takes up points of another, still empty: days, source and store stay."""
    return new_lot(
        member_id=member_id,
        store_id=lot.store_id,
        source=lot.source,
        earned_on=lot.earned_on,
        due_on=lot.due_on,
        expires_on=lot.expires_on,
        points=points,
        receipt_id=receipt_id,
        origin_id=lot.origin_id or lot.id,
        rule=lot.rule,
    )
