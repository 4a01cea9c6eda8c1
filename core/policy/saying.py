"""Rules as people read them, for papers that kept their names alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from core.periods import local_day
from core.policy.live import live_program
from core.policy.version import NoLiveBook
from rules.sentences import sentences


def said_rules(session: Session, brand_codes: Iterable[str], at: datetime, language: str) -> dict[str, str]:
    """Return the sentences of the rules that decide for brands at a moment, by name.

    Rules of older versions are missing, and brands without a rule book give none.
    """
    said: dict[str, str] = {}
    for code in sorted(set(brand_codes)):
        try:
            program = live_program(session, code, at).program
        except NoLiveBook:
            continue
        said |= sentences(program.book, program.vocabulary, language, local_day(at))
    return said
