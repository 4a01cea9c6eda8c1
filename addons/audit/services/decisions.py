"""Decisions looked up and made again; nothing here changes anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from addons.sales.models import Receipt
from core.errors import NotFound
from core.policy.live import Live, NoSuchVersion, program_of_digest
from core.policy.store import StoredDecision
from rules.errors import RulesError
from rules.event import Event
from rules.explain import Explanation, explain
from rules.sentences import Speaker
from rules.trace import Decision
from rules.vocabulary import Fact, Value

MOST_DIFFERENCES = 200
Verdict = Literal["identical", "different", "not_possible", "nothing"]  # the last: nothing was there to decide


@dataclass(frozen=True, slots=True)
class Decided:
    """A receipt with the decision that priced it: what was given, what came out, the version that decided."""

    receipt: Receipt
    stored: StoredDecision
    event: Event
    decision: Decision
    live: Live | None  # None: the version cannot be found any more

    def facts(self, language: str) -> tuple[Worded, ...]:
        """Return the facts it rests on, in words of a language where the version still knows them."""
        given = sorted(self.event.facts.items())
        if self.live is None:
            return tuple(Worded(name, name, str(value)) for name, value in given)
        program = self.live.program
        speaker, known = Speaker(program.book, program.vocabulary, language), program.vocabulary.facts
        return tuple(Worded(name, speaker.label(name), _said(speaker, known.get(name), value)) for name, value in given)

    def explained(self, language: str) -> Explanation | None:
        """Explain it in all detail, in a language; None without its version."""
        if self.live is None:
            return None
        program = self.live.program
        return explain(program.book, program.vocabulary, self.event, self.decision, language=language, level="auditor")


@dataclass(frozen=True, slots=True)
class Worded:
    """A fact: its name in rules, what people call it, its value as people write it."""

    name: str
    label: str
    value: str


def _said(speaker: Speaker, fact: Fact | None, value: Value) -> str:
    return str(value) if fact is None else speaker.value(value, fact.kind, fact.choices)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that came out otherwise when the decision was made again."""

    path: str
    stored: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class Reperformed:
    """A decision made again from the facts and the version that are kept with it."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()


def decided(session: Session, receipt_id: int) -> Decided:
    """Return the decision of a receipt within one's stores.

    Refuses with NotFound.
    """
    receipt = session.get(Receipt, receipt_id)
    stored = None if receipt is None else session.get(StoredDecision, receipt.decision_id)
    if receipt is None or stored is None:
        raise NotFound(what="receipt", which=str(receipt_id))
    try:
        live: Live | None = program_of_digest(session, stored.digest)
    except NoSuchVersion:
        live = None
    return Decided(receipt, stored, stored.given(), stored.decided(), live)


def reperform(found: Decided) -> Reperformed:
    """Decide again from the stored facts with the stored version, and compare every value."""
    if found.live is None:
        return Reperformed("not_possible")
    before = json.loads(found.stored.outcome)
    try:
        again = found.live.program.decide(found.event).as_json()
    except RulesError as problem:
        return Reperformed("different", (Difference("", "", str(problem)),))
    unlike = tuple(differences("", before, json.loads(json.dumps(again))))[:MOST_DIFFERENCES]
    return Reperformed("different" if unlike else "identical", unlike)


def differences(path: str, stored: Any, again: Any) -> Iterator[Difference]:
    """Yield where two pieces of plain data are not the same, with the way to each place."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for name in sorted({*stored, *again}):
            yield from differences(f"{path}.{name}".lstrip("."), stored.get(name), again.get(name))
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for place, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from differences(f"{path}[{place}]", one, other)
    elif stored != again:
        yield Difference(path, json.dumps(stored, ensure_ascii=False), json.dumps(again, ensure_ascii=False))
