"""Background work of settlement."""

from __future__ import annotations

from addons.settlement import services
from core import clock
from core.jobs import Progress, job

SETTLE = "settlement.settle"


@job(SETTLE, nightly=60)
def settle(progress: Progress) -> dict[str, int]:
    """Settle what was sold, returned, earned and redeemed since the last time."""
    return services.settle(now=clock.now(), progress=lambda done: progress.at(done, 0))
