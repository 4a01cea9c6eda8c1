"""Background work of the points ledger."""

from __future__ import annotations

from sqlalchemy.orm import Session

from addons.points import services
from core import clock
from core.db.posting import Operation, post
from core.jobs import Progress, job
from core.periods import local_day

PART = 500  # lots in one transaction


@job("points.release_pending", nightly=40)
def release_pending(_progress: Progress) -> dict[str, int]:
    """Give the points that waited until goods could no longer come back (C16, C21)."""
    now = clock.now()
    day = local_day(now)
    total = part = 0
    while True:
        request = {"day": day.isoformat(), "part": part}

        def command(session: Session) -> dict[str, int]:
            return {"count": services.release_pending(session, day=day, now=now, limit=PART)}

        key = f"points.release_pending:{now.isoformat()}:{part}"
        posted = post(Operation("points.release_pending", key, request), command)
        if not posted.answer["count"]:
            return {"released": total}
        total += 0 if posted.repeated else posted.answer["count"]
        part += 1
