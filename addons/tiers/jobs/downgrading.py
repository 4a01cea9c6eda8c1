"""Notices and steps down of a night (C05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Brand
from addons.tiers import services
from core import clock, settings
from core.db.posting import Operation, post
from core.db.session import reading
from core.ids import unguessable
from core.jobs import Progress, job
from core.periods import local_day
from core.policy.live import live_program

AT_ONCE = 500  # members in one transaction

#: (session, last id so far) -> (last id now, None at the end; how many)
_Part = Callable[[Session, int], tuple[int | None, int]]


@job("tiers.downgrade", nightly=15)
def downgrade(progress: Progress) -> dict[str, int]:
    """Give notice to members whose tier is reviewed soon, and lower those whose grace is over (C05)."""
    now = clock.now()
    with reading() as session:
        settings.refresh(session)
        brands = [(row.id, row.code) for row in session.execute(select(Brand.id, Brand.code).order_by(Brand.id))]
    lowered = noticed = 0
    for done, (brand_id, code) in enumerate(brands, 1):
        lowered += _in_parts("tiers.settle_notices", _settle(brand_id, now))
        noticed += _in_parts("tiers.give_notices", _give(brand_id, code, now))
        progress.at(done, len(brands))
    return {"noticed": noticed, "lowered": lowered}


def _settle(brand_id: int, now: datetime) -> _Part:
    def part(session: Session, after: int) -> tuple[int | None, int]:
        asked = {"brand_id": brand_id, "day": local_day(now), "now": now, "after_id": after, "limit": AT_ONCE}
        last, lowered = services.settle_notices(session, **asked)  # type: ignore[arg-type]
        return last, len(lowered)

    return part


def _give(brand_id: int, code: str, now: datetime) -> _Part:
    def part(session: Session, after: int) -> tuple[int | None, int]:
        program = live_program(session, code, now).program
        asked = {"brand_id": brand_id, "day": local_day(now), "after_id": after, "limit": AT_ONCE}
        return services.give_notices(session, program=program, **asked)  # type: ignore[arg-type]

    return part


def _in_parts(kind: str, part: _Part) -> int:
    """Post part after part; one that is done again finds nothing more to do."""
    after: int | None = 0
    total = 0
    while after is not None:
        at = after

        def command(session: Session, at: int = at) -> dict[str, Any]:
            last, count = part(session, at)
            return {"last": last, "count": count}

        answer = post(Operation(kind, f"{kind}:{unguessable(24)}", {"after": at}), command).answer
        after, total = answer["last"], total + answer["count"]
    return total
