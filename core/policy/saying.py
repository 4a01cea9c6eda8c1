"""Rules as people read them, for papers that kept their names alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.periods import local_day
from core.policy.live import live_program
from core.policy.version import NoLiveBook
from rules.sentences import sentences

_INSTANT = timedelta(microseconds=1)


def said_rules(session: Session, brand_codes: Iterable[str], until: datetime, language: str) -> dict[str, str]:
    """Return the sentences of the rules that decided for brands last before a moment, by name.

    Rules of older versions are missing, brands without a rule book give none, and where brands differ about a name
    nothing is said.
    """
    said: dict[str, str] = {}
    at = until - _INSTANT
    for code in sorted(set(brand_codes)):
        try:
            program = live_program(session, code, at).program
        except NoLiveBook:
            continue
        for name, sentence in sentences(program.book, program.vocabulary, language, local_day(at)).items():
            said[name] = sentence if said.get(name, sentence) == sentence else ""
    return said
