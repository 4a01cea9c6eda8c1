"""Returns decided again: what was kept, by the version and the facts of the sale, and what goes back because of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from addons.audit.services.decisions import MOST_DIFFERENCES, Decided, Difference, Reperformed, differences
from addons.sales import queries
from addons.sales.queries import Changed
from core.policy.facts import dump, event_as_json, outcome_as_text
from core.policy.live import Live
from core.policy.store import StoredDecision
from rules.errors import RulesError
from rules.returns import Standing, standing


@dataclass(frozen=True, slots=True)
class ReturnedAgain:
    """A return of a receipt, decided again; `kind` is what it was: return, exchange, swap, correction."""

    number: str
    day: date
    kind: str
    quantity: int  # units that are kept
    version: str
    again: Reperformed


def reperform_returns(session: Session, found: Decided) -> list[ReturnedAgain]:
    """Decide again what was kept after each return of a receipt, and compare it with what was written.

    The sale is the beginning: its facts and its version say what the kept goods come to. Where nothing is kept there
    is nothing to decide, and nothing may be left of it.
    """
    told = []
    for changed in queries.changes_of(session, found.receipt.id):
        stored = queries.stored_decision(session, changed.decision_id)
        again = reperform_return(found, changed, stored)
        units = sum(line.quantity for line in changed.kept)
        told.append(ReturnedAgain(changed.number, changed.day, changed.kind, units, stored.version, again))
    return told


def reperform_return(found: Decided, changed: Changed, stored: StoredDecision) -> Reperformed:
    """Decide one of them again and compare every value."""
    if found.live is None:
        return Reperformed("not_possible")
    try:
        unlike = tuple(_unlike(found, found.live, changed, stored))[:MOST_DIFFERENCES]
    except RulesError as problem:
        return Reperformed("different", (Difference("", "", str(problem)),))
    verdict = "nothing" if changed.empty else "identical"
    return Reperformed("different", unlike) if unlike else Reperformed(verdict)  # type: ignore[arg-type]


def _unlike(found: Decided, live: Live, changed: Changed, stored: StoredDecision) -> Iterator[Difference]:
    program = live.program
    now = standing(
        program.decide, program.book.settings, found.event, found.decision, changed.kept, keep_whole=changed.forgone
    )
    yield from differences("version", stored.digest, found.stored.digest)
    yield from differences("given", json.loads(stored.facts), json.loads(dump(event_as_json(now.event))))
    yield from differences("", json.loads(stored.outcome), json.loads(outcome_as_text(now.decision)))
    yield from differences("receipt", changed.figures, _figures(found, now))


def _figures(found: Decided, now: Standing) -> dict[str, Any]:
    """Return what the receipt comes to; whoever earned nothing with it has nothing to give back."""
    earned = found.receipt.points > 0 or found.receipt.credit > 0
    return {
        "total": now.total,
        "tendered": now.tendered,
        "cash": now.cash,
        "points": now.points if earned else 0,
        "credit": now.credit if earned else 0,
    }
