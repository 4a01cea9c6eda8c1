"""The decisions that moved value: facts, version and outcome, kept as written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db.base import Base
from core.db.scope import StoreScoped
from core.db.types import Key, Moment
from core.ledger.entry import COVERS_ID, Sealed, write_entries
from core.policy.facts import dump, event_as_json, event_from_json, outcome_as_text, outcome_from_text
from core.policy.live import Live
from rules.event import Event
from rules.trace import Decision


class StoredDecision(Sealed, StoreScoped, Base):
    """One decision; append-only. The texts are kept byte for byte: it is decided again from them."""

    __tablename__ = "core_decision"
    __table_args__ = {"info": {"append_only": True, COVERS_ID: True}}

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    store_id: Mapped[int] = mapped_column(Key, index=True)  # the kernel knows no table of stores
    event: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)

    def __str__(self) -> str:
        """Return its number."""
        return f"{self.event} {self.id}"

    def given(self) -> Event:
        """Return what was given to the rules."""
        return event_from_json(json.loads(self.facts))

    def decided(self) -> Decision:
        """Return what came out."""
        return outcome_from_text(self.outcome)


class Made(NamedTuple):
    """A decision just made, to be kept under an id that was reserved for it."""

    decision_id: int
    store_id: int
    at: datetime
    event: Event
    decision: Decision


def keep(session: Session, live: Live, made: Sequence[Made]) -> None:
    """Write decisions of one version, all in one statement; the caller has checked the stores."""
    write_entries(session, StoredDecision.__table__, [_row(live, one) for one in made])


def _row(live: Live, made: Made) -> dict[str, Any]:
    return {
        "id": made.decision_id,
        "store_id": made.store_id,
        "event": made.event.kind,
        "at": made.at,
        "version": live.version,
        "digest": live.digest,
        "facts": dump(event_as_json(made.event)),
        "outcome": outcome_as_text(made.decision),
    }
