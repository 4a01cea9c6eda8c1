"""Background work of the audit: what is new is sealed and its head kept outside each night; everything is verified."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from addons.audit import services
from core import clock
from core.db.session import snapshot
from core.errors import Refusal
from core.jobs import Progress, job
from core.ledger.anchor import Anchor
from core.ledger.books import Finding
from core.ledger.verify import Verified

MOST_TOLD = 500
VERIFY = "audit.verify"


@job("audit.seal", nightly=90)
def seal(_progress: Progress) -> dict[str, Any]:
    """Seal what is new, and write the newest head into the folder of anchors."""
    with snapshot() as connection:
        may_seal = services.may_seal(connection)
    put = services.put_seals(clock.now()) if may_seal else []
    path = services.anchor()
    return {
        "seals": len(put),
        "anchor": None if path is None else path.name,
        "sealer": "this job" if may_seal else "its own",
    }


@job(VERIFY, nightly=95)
def verify(progress: Progress, anchors: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Count everything again that was written once: hashes, seals, chain, signatures, balances."""
    so_far, shown = Verified(), _Shown(progress)
    try:
        asked = services.verification(held=[Anchor(**anchor) for anchor in anchors])
    except Refusal as refusal:
        return {"refused": refusal.code, "facts": refusal.facts}
    found = asked.findings(so_far, shown.at)
    told = [_plain(finding) for finding in islice(found, MOST_TOLD)]
    return {
        "findings": told,
        "count": len(told) + sum(1 for _ in found),
        "entries": so_far.entries,
        "unsealed": so_far.unsealed,
        "seals": so_far.seals,
        "anchors": len(asked.anchors),
        "head": so_far.head,
    }


class _Shown:
    """Progress by hundredths: a job's row is not written for every batch of rows."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.last = progress, -1

    def at(self, done: int, total: int) -> None:
        if total and done * 100 // total != self.last:
            self.last = done * 100 // total
            self.progress.at(done, total)


def _plain(finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    return {
        "table": finding.table,
        "entry": finding.entry,
        "problem": [problem.zh_hant, problem.zh_hans, problem.en],
        "expected": finding.expected,
        "found": finding.found,
    }
