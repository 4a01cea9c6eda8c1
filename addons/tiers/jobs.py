"""Background work of the tiers: cards converted by themselves, grants that end, the nightly review of a brand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from addons.stores.models import Brand
from addons.tiers import services
from core import clock
from core.db.posting import Operation, post
from core.db.session import reading
from core.jobs import Progress, job
from core.periods import local_day
from core.policy.live import live_program

PART = 500  # members in one transaction


@job("tiers.convert_due", nightly=20)
def convert_due(_progress: Progress) -> dict[str, int]:
    """Let tiers hold whose card was not converted in time (C06)."""
    return {"converted": _in_parts("tiers.convert_due", services.convert_due)}


@job("tiers.end_grants", nightly=30)
def end_grants(_progress: Progress) -> dict[str, int]:
    """End the grants whose last day is over (C27)."""
    return {"ended": _in_parts("tiers.end_grants", services.end_grants)}


def _in_parts(kind: str, command: Any) -> int:
    """Post a command part by part until a part finds nothing; run again, it goes on where it was."""
    now = clock.now()
    total = part = 0
    while True:
        key = f"{kind}:{now.isoformat()}:{part}"
        request = {"day": local_day(now).isoformat(), "part": part}

        def work(session: Session) -> dict[str, int]:
            return {"count": len(command(session, day=local_day(now), now=now, limit=PART))}

        posted = post(Operation(kind, key, request), work)
        if not posted.answer["count"]:
            return total
        total += 0 if posted.repeated else posted.answer["count"]
        part += 1


@job("tiers.review", nightly=10)
def review(progress: Progress) -> dict[str, int]:
    """Review the members of every brand: the second step of a big receipt, credit that came otherwise (C04)."""
    with reading() as session:
        brands = [(brand.id, brand.code) for brand in session.scalars(select(Brand).order_by(Brand.id))]
    climbed = 0
    for done, (brand_id, code) in enumerate(brands, 1):
        climbed += _review_brand(brand_id, code)
        progress.at(done, len(brands))
    return {"climbed": climbed}


def _review_brand(brand_id: int, code: str) -> int:
    """Review a brand in parts; a day's part that was done is not done again."""
    now = clock.now()
    after: int | None = 0
    climbed = 0
    while after is not None:
        after, count = _review_part(brand_id, code, now, after)
        climbed += count
    return climbed


def _review_part(brand_id: int, code: str, now: datetime, after: int) -> tuple[int | None, int]:
    """Review the next members; return the last one's id and how many climbed."""
    day = local_day(now)

    def command(session: Session) -> dict[str, Any]:
        program = live_program(session, code, now).program
        last, changes = services.review(session, brand_id, day, now, program, after_id=after, limit=PART)
        return {"last": last, "climbed": len(changes)}

    key = f"tiers.review:{brand_id}:{day.isoformat()}:{after}"
    request = {"brand_id": brand_id, "day": day.isoformat(), "after": after}
    posted = post(Operation("tiers.review", key, request), command)
    return posted.answer["last"], 0 if posted.repeated else posted.answer["climbed"]
