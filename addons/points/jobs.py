"""Background work of the points ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from addons.points import services
from addons.stores.queries import day_everywhere
from core import clock
from core.db.posting import Operation, post
from core.db.session import reading
from core.jobs import Progress, job

PART = 500  # lots in one transaction

#: Does a part of the work and returns how much it was.
_Work = Callable[[Session, date, datetime], int]


def _in_parts(kind: str, work: _Work) -> int:
    """Post work part by part until a part finds nothing; run again, it goes on where it was."""
    now = clock.now()
    with reading() as session:
        day = day_everywhere(session, now)
    total = part = 0
    while True:
        request = {"day": day.isoformat(), "part": part}

        def command(session: Session) -> dict[str, int]:
            return {"count": work(session, day, now)}

        posted = post(Operation(kind, f"{kind}:{now.isoformat()}:{part}", request), command)
        if not posted.answer["count"]:
            return total
        total += 0 if posted.repeated else posted.answer["count"]
        part += 1


@job("points.release_pending", nightly=40)
def release_pending(_progress: Progress) -> dict[str, int]:
    """Give the points that waited until goods could no longer come back (C16, C21)."""
    released = _in_parts(
        "points.release_pending", lambda s, day, now: services.release_pending(s, day=day, now=now, limit=PART)
    )
    return {"released": released}


@job("points.release_holds", nightly=45)
def release_holds(_progress: Progress) -> dict[str, int]:
    """Free the points that tills held too long."""
    freed = _in_parts("points.release_holds", lambda s, _day, now: services.release_overdue(s, now=now, limit=PART))
    return {"freed": freed}


@job("points.expire", nightly=50)
def expire(_progress: Progress) -> dict[str, int]:
    """Let points go whose last day is over, once headquarters has switched that on (C21)."""
    expired = _in_parts("points.expire", lambda s, day, now: services.expire(s, day=day, now=now, limit=PART))
    return {"expired": expired}
