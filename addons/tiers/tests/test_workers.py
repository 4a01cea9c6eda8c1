"""Workers share the parts of a review; whoever comes first does a part, and it counts once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from addons.tiers.models import Review, TierChange
from addons.tiers.tests.buying import committed, paid
from core import clock
from core.db.models import Job
from core.jobs import record
from core.periods import local_day

ROOT = Path(__file__).parents[3]
#: A database of Redis of its own: other tests of workers empty theirs.
PATIENCE = 120  # seconds; a busy machine is slow

_DELIVER = "import sys; from core.jobs.worker import deliver; deliver(int(sys.argv[1]))"
_WORKER = "celery -A core.jobs.worker worker --pool prefork --concurrency 2 --loglevel error"


@pytest.mark.redis
def test_two_workers_share_a_review(every_database: Engine, broker: str) -> None:
    house = committed()
    day: date = local_day(clock.now())
    with house.open() as shop:
        members = [shop.member(str(n)) for n in range(1, 61)]
        for member in members:
            paid(shop, member, 820_000, day)
    url = every_database.url.render_as_string(hide_password=False)
    environment = os.environ | {"GUIBIN_DATABASE": url, "GUIBIN_BROKER": broker, "PYTHONPATH": str(ROOT)}
    job_id = record("tiers.review", {"span": 5})
    subprocess.run([sys.executable, "-c", _DELIVER, str(job_id)], cwd=ROOT, env=environment, check=True)

    def waiting() -> int:
        with house.open() as shop:
            ended = select(func.count()).select_from(Job).where(Job.state.in_(("done", "failed")))
            return 13 - (shop.session.scalar(ended) or 0)  # the review and its twelve parts

    with subprocess.Popen(
        [sys.executable, "-m", *_WORKER.split()], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as worker:
        began = clock.elapsed_seconds()
        while waiting() and clock.elapsed_seconds() - began < PATIENCE:
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the worker ended: {worker.wait(0.2)}")
        worker.terminate()
    with house.open() as shop:
        jobs = shop.session.execute(select(Job.name, Job.state, Job.error).order_by(Job.id)).all()
        assert [job.error for job in jobs if job.state != "done"] == []
        assert [job.name for job in jobs] == ["tiers.review", *["tiers.review_part"] * 12]
        [review] = shop.session.scalars(select(Review))
        assert (review.state, review.climbed) == ("done", 60)
        steps = shop.session.execute(select(TierChange.member_id, TierChange.tier_after).order_by(TierChange.member_id))
        assert [tuple(step) for step in steps] == [(member, "gold") for member in members]
