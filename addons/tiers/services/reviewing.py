"""The review of a brand, in parts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.tiers import queries
from addons.tiers.services.climbing import Standing, evaluate_many
from addons.tiers.services.moving import TierChanged
from rules.decide import Program


def review(
    session: Session, brand_id: int, day: date, now: datetime, program: Program, *, after_id: int = 0, limit: int = 500
) -> tuple[int | None, list[TierChanged]]:
    """Review the next members of a brand; return the last id reviewed (None: nobody is left) and the steps.

    Refuses with OutOfScope for a store that may not be written.
    """
    found = queries.to_review(session, brand_id, day, after_id, limit)
    standings = [Standing(m.member_id, m.store_id, m.tier, m.credit, m.points) for m in found]
    changes = evaluate_many(session, standings, day, now, program, reason="review")
    return (found[-1].member_id if found else None), changes
