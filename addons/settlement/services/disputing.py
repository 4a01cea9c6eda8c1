"""Lines a franchisee does not agree with: it says why, and another person at headquarters decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from addons.settlement import domain
from addons.settlement.models import Dispute, Entry
from addons.settlement.services.refusals import (
    AlreadyDisputed,
    DisputeIsDecided,
    DisputeNeedsSecondPerson,
    NotYourLine,
    ReasonMissing,
)
from addons.stores.queries import place
from core.db.scope import require_store
from core.db.statement import Statement, upsert
from core.errors import NotFound
from core.ledger.entry import write_entries
from core.ledger.periods import open_month
from core.periods import local_day

_D, _E = Dispute.__table__, Entry.__table__
_ASK = upsert(_D, lambda new: new.on_conflict_do_nothing(index_elements=["entry_id"]).returning(_D.c.id))
_DECIDE = Statement(
    update(_D)
    .where(_D.c.id == bindparam("b_id"), _D.c.state == "asked")
    .values(
        state=bindparam("b_state"),
        answer=bindparam("b_answer"),
        decided_by=bindparam("b_by"),
        decided_at=bindparam("b_now"),
    )
)


def dispute(session: Session, *, entry_id: int, reason: str, by: str, now: datetime) -> int:
    """Dispute a line of one's own stores within a posting; returns the number of the dispute.

    Refuses with ReasonMissing, NotFound outside one's stores, NotYourLine, AlreadyDisputed.
    """
    entry = session.get(Entry, entry_id)
    if entry is None:
        raise NotFound(what="line", which=str(entry_id))
    require_store(entry.store_id, write=True)
    if not reason.strip():
        raise ReasonMissing
    if not any(party.startswith(domain.FRANCHISEE) for party in (entry.from_party, entry.to_party)):
        raise NotYourLine(entry=entry_id)
    row = {"store_id": entry.store_id, "entry_id": entry_id, "reason": reason.strip(), "state": "asked"}
    made: int | None = _ASK.scalar(session, **row, answer="", asked_by=by, asked_at=now)
    if made is None:
        raise AlreadyDisputed(entry=entry_id)
    return made


def decide(session: Session, *, dispute_id: int, accept: bool, answer: str, by: str, now: datetime) -> int | None:
    """Decide on a dispute within a posting; accepted, the line is taken back by a counter entry in the open month.

    Returns the key of the dispute's counter entry source, None where it was refused.
    Refuses with NotFound, ReasonMissing, DisputeNeedsSecondPerson, DisputeIsDecided.
    """
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound(what="dispute", which=str(dispute_id))
    require_store(found.store_id, write=True)
    if not answer.strip():
        raise ReasonMissing
    if found.asked_by == by:
        raise DisputeNeedsSecondPerson(person=by)
    state = "accepted" if accept else "refused"
    changed = _DECIDE.run(session, b_id=dispute_id, b_state=state, b_answer=answer.strip(), b_by=by, b_now=now)
    if not changed:
        raise DisputeIsDecided(dispute=dispute_id)
    if not accept:
        return None
    write_entries(session, _E, [_counter(session, found, now)])
    return dispute_id


def _counter(session: Session, found: Dispute, now: datetime) -> dict[str, Any]:
    """Return the disputed line the other way round; headquarters bear what accounts of others would lose by it."""
    entry = found.entry
    day = local_day(now, place(session, entry.store_id).zone)
    return {
        "store_id": entry.store_id,
        "from_party": _bearer(entry.to_party),
        "to_party": _bearer(entry.from_party),
        "what": "dispute",
        "amount": entry.amount,
        "currency": entry.currency,
        "rule": entry.rule,
        "source": "dispute",
        "source_id": found.id,
        "part": 1,
        "receipt_id": entry.receipt_id,
        "day": day,
        "month": open_month(session, domain.BOOK, day),
        "at": now,
    }


def _bearer(party: str) -> str:
    """Return who takes a party's side: what members hold, and what passes between franchisees, stays as it is."""
    return domain.HQ if party in domain.EXPLAINED else party
