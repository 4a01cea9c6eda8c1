"""The review of every brand, nightly and on demand, in parts: by this process, and by workers where there are any.

A part that is done twice, or is gone on with after the process was killed, writes nothing twice: whom the review has
raised already is left out, and what is written is decided anew under a lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from addons.stores.models import Brand
from addons.tiers import domain, queries, services
from addons.tiers.models import TierChange
from core import clock, settings
from core.config import broker_url
from core.db.posting import Operation, post
from core.db.session import reading
from core.ids import unguessable
from core.jobs import Progress, ask, job
from core.periods import local_day
from core.policy.live import Live, live_program

AT_ONCE = 1_000  # members in one transaction


@job("tiers.review", nightly=10)
def review(progress: Progress, *, whole: bool = False, span: int = services.SPAN) -> dict[str, int]:
    """Review the members of every brand: the second step of a big receipt, credit that came otherwise (C04).

    `whole` asks for everybody; `span` is how many members make a part.
    """
    now = clock.now()
    with reading() as session:
        settings.refresh(session)
        brands = select(Brand.id, Brand.code).where(Brand.has_programme).order_by(Brand.id)
        found = [(row.id, row.code) for row in session.execute(brands)]
    reviews = {brand_id: _begin(brand_id, code, now, whole=whole, span=span) for brand_id, code in found}
    before = _climbed(list(reviews.values()))
    with reading() as session:
        parts = [part for review_id in reviews.values() for part in queries.open_parts(session, review_id)]
    _deliver(parts)
    for done, part in enumerate(parts):
        progress.at(done, len(parts))
        run_part(part.part_id)
    progress.at(len(parts), len(parts))
    return {"climbed": _climbed(list(reviews.values())) - before}


@job("tiers.review_part")
def review_part(_progress: Progress, part_id: int) -> dict[str, int]:
    """Review one part of a brand's members, as a worker."""
    with reading() as session:
        settings.refresh(session)
    return {"looked_at": run_part(part_id)}


def _deliver(parts: list[queries.Span]) -> None:
    """Give the parts to the workers, the last ones first: this process begins with the first, and they meet."""
    if broker_url() is not None:
        for part in reversed(parts):
            ask("tiers.review_part", {"part_id": part.part_id})


def _begin(brand_id: int, code: str, now: datetime, *, whole: bool, span: int) -> int:
    day = local_day(now)
    with reading() as session:  # before the transaction that begins the review has its number
        marks = queries.marks(session)

    def command(session: Session) -> dict[str, int]:
        live = live_program(session, code, now)
        wanted = services.Wanted(brand_id, day, now, whole=whole, span=span)
        return {"review_id": services.begin_review(session, wanted=wanted, live=live, marks=marks)}

    request = {"brand_id": brand_id, "day": day.isoformat(), "whole": whole, "span": span}
    answer = post(Operation("tiers.begin_review", _key("tiers.begin_review"), request), command).answer
    return int(answer["review_id"])


def run_part(part_id: int) -> int:
    """Do a part unless it is done already; return how many members were looked at closely."""
    with reading() as session:
        found = queries.review_with(session, part_id)
        if found.done_at is not None:
            return 0
        code = session.scalar(select(Brand.code).where(Brand.id == found.brand_id)) or ""
        live = live_program(session, code, found.began_at)
        possible = domain.asked(live.program.book, found.day).possible
        ids = queries.may_climb(session, found, queries.Span(part_id, found.first, found.last), possible)
    for members in queries.chunks(ids, AT_ONCE):
        _review(found, list(members), live)
    _end(found)
    return len(ids)


def _review(found: Any, members: list[int], live: Live) -> None:
    def command(session: Session) -> dict[str, int]:
        changes = services.review_members(session, review=found, member_ids=members, now=clock.now(), live=live)
        return {"climbed": len(changes)}

    request = {"part": found.part_id, "first": members[0], "last": members[-1]}
    post(Operation("tiers.review", _key("tiers.review"), request), command)


def _end(found: Any) -> None:
    def command(session: Session) -> dict[str, int]:
        services.end_part(session, review=found, now=clock.now())
        return {"part": found.part_id}

    post(Operation("tiers.end_part", _key("tiers.end_part"), {"part": found.part_id}), command)


def _key(kind: str) -> str:
    """Return a key of its own: what may be done twice is held by the rows themselves."""
    return f"{kind}:{unguessable(24)}"


def _climbed(review_ids: list[int]) -> int:
    with reading() as session:
        return session.scalar(select(func.count(TierChange.id)).where(TierChange.review_id.in_(review_ids))) or 0
