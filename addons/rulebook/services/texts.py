"""Texts of rule books: read with every problem named, kept under their digest, held against the pinned cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from addons.rulebook.models import BookText, PinnedCase, Version, VersionEvent
from addons.rulebook.services.refusals import BookHasProblems, LimitsNotHeld, PinnedCasesFail
from core.policy.live import words_in_force
from core.policy.version import digest_of
from rules.book import RuleBook
from rules.cases import read_cases
from rules.decide import Program
from rules.errors import BookRefused, RulesError
from rules.limits import limits_not_held
from rules.policy import read_book
from rules.safety import try_out
from rules.scenarios import run_case


def read(text: str) -> RuleBook:
    """Read a text with the words of the installed addons.

    Refuses with BookHasProblems, listing all of them.
    """
    try:
        return read_book(text, words_in_force())
    except RulesError as refusal:
        raise BookHasProblems(problems=listed(refusal)) from None


def require_limits_held(book: RuleBook) -> None:
    """Do nothing for a book whose limits are all held.

    Refuses with LimitsNotHeld, listing those that nobody would count.
    """
    found = limits_not_held(book, words_in_force())
    if found:
        raise LimitsNotHeld(limits=listed(BookRefused(found)))


def listed(refusal: RulesError) -> str:
    """Write the problems of a refusal in one line."""
    return "; ".join(f"{each.path}: {each.sentence}" if each.path else each.sentence for each in refusal.problems)


def keep(session: Session, text: str) -> str:
    """Keep a text under its digest and return that."""
    digest = digest_of(text)
    if session.get(BookText, digest) is None:
        session.add(BookText(digest=digest, text=text))
        session.flush()
    return digest


def note_event(session: Session, version: Version, what: str, *, who: str, now: datetime, detail: str = "") -> None:
    """Write down who did what with a version."""
    session.add(VersionEvent(version_id=version.id, what=what, who=who, detail=detail[:400], at=now))
    session.flush()


def prove_safe(text: str, cases: Iterable[PinnedCase]) -> None:
    """Build the book in a child process and run it there on samples and on the pinned cases.

    Refuses with BookHasProblems if it cannot be built, crashes or hangs the engine, or is not decided as it reads.
    """
    book, words = read(text), words_in_force()
    try:
        try_out(book, words, [case.event for pinned in cases for case in read_cases(pinned.text, words)])
    except RulesError as refusal:
        raise BookHasProblems(problems=listed(refusal)) from None


def prove_cases(text: str, cases: Iterable[PinnedCase]) -> None:
    """Run the pinned cases.

    Refuses with PinnedCasesFail naming each case, BookHasProblems if a case cannot be read with the words of today.
    """
    book, words = read(text), words_in_force()
    try:
        wanted = [case for pinned in cases for case in read_cases(pinned.text, words)]
        with Program(book, words) as program:
            outcomes = [run_case(program, case) for case in wanted]
    except RulesError as refusal:
        raise BookHasProblems(problems=listed(refusal)) from None
    failed = [outcome.case.name for outcome in outcomes if outcome.mismatches]
    if failed:
        raise PinnedCasesFail(cases=", ".join(failed))
