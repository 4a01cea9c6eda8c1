"""The review of a brand: planned in parts, each part in steps that may be repeated, ended with its last part.

Who can have something new is found by the database (queries.reviewing); who climbs is decided by the rules, under a
lock of the members in question and by what counts at that moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from addons.tiers import domain, models, queries
from addons.tiers.queries import Marks, deciding
from addons.tiers.services.climbing import Climb, Standing
from addons.tiers.services.moving import TierChanged
from core import settings
from core.policy.live import Live

_R, _P, _T = models.Review.__table__, models.ReviewPart.__table__, models.TierChange.__table__

SPAN = 20_000  # members of a part


@dataclass(frozen=True, slots=True)
class Wanted:
    """The review of a brand on a day: of everybody, or of what is new; `span` members make a part."""

    brand_id: int
    day: date
    now: datetime
    whole: bool = False
    span: int = SPAN


def begin_review(session: Session, *, wanted: Wanted, live: Live, marks: Marks) -> int:
    """Begin the review of a brand on a day, or go on with it; return its id. `marks` were read before (Review).

    Parts that are still open are gone on with. Where nothing is open, members with something new since the last review
    make up new parts; everybody does with `whole`, the first time, and where rules or settings have changed. Who was
    raised by this review is not raised by it again (C04).
    """
    brand_id, day = wanted.brand_id, wanted.day
    begun = queries.review_of(session, brand_id, day)
    if begun is not None and begun.state == "running" and queries.open_parts(session, begun.id):
        return int(begun.id)
    asked = domain.asked(live.program.book, day)
    digest = _digest(session, live, asked)
    since = None if wanted.whole or asked.others else queries.since(session, brand_id, digest)
    plan = None if since is None else queries.plan_of_changed(session, brand_id, since, day, wanted.span)
    if plan is None:
        since, plan = None, queries.plan_of_all(session, brand_id, wanted.span)
    spans = plan.spans if asked.possible else []
    under = queries.under_way(session)
    row = {
        "state": "running" if spans else "done",
        "whole": since is None,
        "asked": digest,
        "since": None if since is None else since.day,
        "since_at": None if since is None else since.began_at,
        "credit_from": 0 if since is None else since.credit,
        "credit_to": marks.credit,
        "change_from": 0 if since is None else since.change,
        "change_to": marks.change,
        "began_as": under.own,
        "oldest": under.oldest,
        "members": plan.members,
        "began_at": wanted.now,
        "ended_at": None if spans else wanted.now,
    }
    review_id = _kept(session, begun, wanted, row)
    if spans:
        parts = [{"review_id": review_id, "first": first, "last": last} for first, last in spans]
        session.connection().execute(_P.insert(), parts)
    return review_id


def _digest(session: Session, live: Live, asked: domain.Asked) -> str:
    """Return a digest of all that decides who climbs with so much credit."""
    most: int = settings.value(session, "tiers.steps_per_evaluation")
    return hashlib.sha256(repr((live.digest, queries.window(session), most, asked.steps)).encode()).hexdigest()


def _kept(session: Session, begun: Any | None, wanted: Wanted, row: dict[str, Any]) -> int:
    connection = session.connection()
    of_brand = _R.c.brand_id == wanted.brand_id
    unfinished = of_brand & (_R.c.state == "running") & (_R.c.day != wanted.day)
    connection.execute(update(_R).where(unfinished).values(state="left", ended_at=row["began_at"]))
    if begun is not None:
        connection.execute(update(_R).where(_R.c.id == begun.id).values(row))
        return int(begun.id)
    new = row | {"brand_id": wanted.brand_id, "day": wanted.day, "climbed": 0}
    review_id: int = connection.scalar(_R.insert().returning(_R.c.id), new)
    return review_id


def review_members(
    session: Session, *, review: Any, member_ids: Sequence[int], now: datetime, live: Live
) -> list[TierChanged]:
    """Let the rules decide about these members and write their steps; whom this review has raised is left out.

    Refuses with OutOfScope for a store that may not be written.
    """
    members = queries.lock_members(session, member_ids)
    already = queries.climbed_in(session, review.id, member_ids)
    open_ = [m for m in members.values() if m.status == "active" and m.tier and m.member_id not in already]
    ids = [member.member_id for member in open_]
    waiting = queries.waiting_many(session, ids)
    counts = queries.credit_many(session, ids, review.day)
    climb = Climb.begun(session, review.day, now, "review", review.id)
    decide = deciding.by_ladder(session, live.program, review.day, review.began_at)
    climbed: list[tuple[Standing, list[TierChanged]]] = []
    for member in open_:
        standing = Standing(member.member_id, member.store_id, member.tier, *counts[member.member_id])
        changes = climb.steps_of(standing, waiting.get(member.member_id, member.tier), decide)
        if changes:
            climbed.append((standing, changes))
    climb.keep(climbed)
    return [change for _, changes in climbed for change in changes]


def end_part(session: Session, *, review: Any, now: datetime) -> None:
    """Note that a part is done, and with the last one that the review is; a part done twice changes nothing."""
    connection = session.connection()
    counted = select(func.count()).select_from(_T).where(_T.c.review_id == review.id).scalar_subquery()
    # The row of the review first: whoever ends another part meanwhile waits, and then sees this one done.
    of_review = update(_R).where(_R.c.id == review.id)
    connection.execute(of_review.values(climbed=counted))
    part = update(_P).where(_P.c.id == review.part_id, _P.c.done_at.is_(None))
    connection.execute(part.values(done_at=now))
    if not queries.open_parts(session, review.id):
        connection.execute(of_review.where(_R.c.state == "running").values(state="done", ended_at=now))
