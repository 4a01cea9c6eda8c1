"""Drafts: written, changed, sent into review and back; and the cases that HQ pins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from addons.rulebook import queries
from addons.rulebook.models import PinnedCase, Version
from addons.rulebook.services.refusals import BookHasProblems, NotTheAuthor, WrongState
from addons.rulebook.services.texts import keep, listed, note_event, read, require_limits_held
from core.errors import NotFound
from core.policy.live import words_in_force
from rules.cases import read_cases
from rules.errors import RulesError


def import_book(session: Session, *, brand_id: int, text: str, note: str, by: str, now: datetime) -> Version:
    """Make a new draft of a brand from a text.

    Refuses with BookHasProblems, listing all of them, and LimitsNotHeld.
    """
    check_text(text)
    return new_draft(session, brand_id=brand_id, text=text, note=note, by=by, now=now)


def check_text(text: str) -> None:
    """Check that a text is a rule book; refuses with BookHasProblems, listing all of them, and LimitsNotHeld."""
    require_limits_held(read(text))


def new_draft(session: Session, *, brand_id: int, text: str, note: str, by: str, now: datetime) -> Version:
    """Make a new draft of a brand from a text that was read before; refuses nothing."""
    version = Version(
        brand_id=brand_id,
        number=queries.next_number(session, brand_id),
        digest=keep(session, text),
        state="draft",
        note=note[:200],
        author=by,
        changed_at=now,
    )
    session.add(version)
    session.flush()
    note_event(session, version, "drafted", who=by, now=now, detail=note)
    return version


def edit_draft(
    session: Session, *, version_id: int, text: str, by: str, now: datetime, note: str | None = None
) -> Version:
    """Change the text of one's own draft, and what it says is new (None: as it was).

    Refuses with WrongState unless it is a draft, NotTheAuthor, BookHasProblems, LimitsNotHeld.
    """
    version = in_state(session, version_id, "draft")
    if version.author != by:
        raise NotTheAuthor(author=version.author)
    check_text(text)
    version.digest, version.changed_at = keep(session, text), now
    version.note = version.note if note is None else note[:200]
    note_event(session, version, "changed", who=by, now=now)
    return version


def submit(session: Session, *, version_id: int, by: str, now: datetime) -> Version:
    """Send one's own draft into review.

    Refuses with WrongState, NotTheAuthor.
    """
    version = in_state(session, version_id, "draft")
    if version.author != by:
        raise NotTheAuthor(author=version.author)
    return _move(session, version, "in_review", by, now=now)


def send_back(session: Session, *, version_id: int, by: str, reason: str, now: datetime) -> Version:
    """Make a version in review a draft again, saying why.

    Refuses with WrongState.
    """
    version = in_state(session, version_id, "in_review")
    return _move(session, version, "draft", by, now=now, detail=reason)


def in_state(session: Session, version_id: int, wanted: str) -> Version:
    """Return a version that is in a state.

    Refuses with NotFound, WrongState.
    """
    version = queries.version(session, version_id)
    if version.state != wanted:
        raise WrongState(version=str(version), state=version.state, wanted=wanted)
    return version


def _move(session: Session, version: Version, to: str, by: str, *, now: datetime, detail: str = "") -> Version:
    version.state, version.changed_at = to, now
    note_event(session, version, to if to != "draft" else "sent_back", who=by, now=now, detail=detail)
    return version


def pin_case(session: Session, *, brand_id: int, text: str, by: str) -> PinnedCase:
    """Pin one case to a brand's rule book, in place of one of the same name.

    Refuses with BookHasProblems for a text that is not exactly one case.
    """
    try:
        cases = read_cases(text, words_in_force())
    except RulesError as refusal:
        raise BookHasProblems(problems=listed(refusal)) from None
    if len(cases) != 1:
        raise BookHasProblems(problems=f"one case is wanted, there are {len(cases)}")
    found = next((pinned for pinned in queries.pinned(session, brand_id) if pinned.name == cases[0].name), None)
    case = found or PinnedCase(brand_id=brand_id, name=cases[0].name)
    case.text, case.pinned_by = text, by
    session.add(case)
    session.flush()
    return case


def unpin_case(session: Session, *, case_id: int) -> None:
    """Take a pinned case away.

    Refuses with NotFound.
    """
    case = session.get(PinnedCase, case_id)
    if case is None:
        raise NotFound(what="pinned case", which=str(case_id))
    session.delete(case)
    session.flush()
