"""What is due on a day: cards converted by themselves, grants that end."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from addons.tiers import services
from core import clock
from core.db.posting import Operation, post
from core.jobs import Progress, job
from core.periods import local_day

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
