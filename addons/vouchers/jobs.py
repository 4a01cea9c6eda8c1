"""Background work of vouchers: those whose last day is over end, approved batches are issued."""

from __future__ import annotations

from sqlalchemy.orm import Session

from addons.stores.queries import day_everywhere
from addons.vouchers import queries, services
from core import clock
from core.db.posting import DatabaseBusy, Operation, post
from core.db.session import reading, work
from core.errors import Refusal
from core.jobs import Progress, job
from core.periods import local_day

PART = 1000  # vouchers that end in one transaction
BATCH_PART = 5000  # vouchers that are issued in one transaction


@job("vouchers.expire", nightly=45)
def expire(_progress: Progress) -> dict[str, int]:
    """End vouchers whose last day is over; what remains of them is expired."""
    now = clock.now()
    with reading() as session:
        day = day_everywhere(session, now)
    total = part = 0
    while True:

        def command(session: Session) -> dict[str, int]:
            return {"count": services.expire(session, day=day, now=now, limit=PART)}

        request = {"day": day.isoformat(), "part": part}
        posted = post(Operation("vouchers.expire", f"vouchers.expire:{now.isoformat()}:{part}", request), command)
        if not posted.answer["count"]:
            return {"expired": total}
        total += 0 if posted.repeated else posted.answer["count"]
        part += 1


@job("vouchers.issue_batches", nightly=46)
def issue_batches(progress: Progress) -> dict[str, int]:
    """Issue the vouchers of approved batches; one that is refused says why, and keeps none of the others waiting."""
    with reading() as session:
        waiting = queries.batches_to_issue(session)
    before = sum(batch.issued for batch in waiting)
    done, total = before, sum(batch.size for batch in waiting)
    for batch in waiting:
        issued = batch.issued
        while issued < batch.size:
            try:
                issued = issue_next(batch.id, issued, by="vouchers.issue_batches")
            except DatabaseBusy:
                raise
            except Refusal:
                break
            progress.at(done + issued - batch.issued, total)
        done += issued - batch.issued
    return {"issued": done - before}


def issue_next(batch_id: int, issued: int, *, by: str, limit: int = BATCH_PART) -> int:
    """Issue the next part of a batch of which so many are issued, once; return how many are issued now.

    What it refuses is kept on the batch. Refuses like `services.issue_part`, and with DatabaseBusy.
    """
    now = clock.now()

    def command(session: Session) -> dict[str, int]:
        return services.issue_part(
            session, batch_id=batch_id, after=issued, limit=limit, day=local_day(now), now=now, by=by
        )

    key = f"vouchers.batch:{batch_id}:{issued}:{now.isoformat()}"
    operation = Operation("vouchers.issue_part", key, {"batch": batch_id, "after": issued})
    try:
        return int(post(operation, command).answer["issued"])
    except DatabaseBusy:
        raise
    except Refusal as refusal:
        with work() as session:
            services.hold_up(session, batch_id=batch_id, refusal=refusal)
        raise
